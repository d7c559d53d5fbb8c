// Errors that cross module borders. One table (error.cpp) maps each code to its HTTP status, RFC 9457 problem type and
// a title in English and Japanese; nothing else in the program decides on these.
#pragma once
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace tsunagu {

/// What went wrong, named as in ETSI GS CIM 009 clause 5.5.2 and 6.3.2 where the specification has a name.
enum class ErrorCode : unsigned char {
  kInvalidRequest,         ///< 400, syntactically wrong request (not JSON, unknown parameter value)
  kBadRequestData,         ///< 400, content does not meet the rules of the operation
  kUnauthorized,           ///< 401
  kForbidden,              ///< 403
  kTooComplexQuery,        ///< 403
  kTooManyResults,         ///< 403
  kResourceNotFound,       ///< 404
  kNonexistentTenant,      ///< 404
  kMethodNotAllowed,       ///< 405
  kNotAcceptable,          ///< 406
  kRequestTimeout,         ///< 408, the client was too slow
  kAlreadyExists,          ///< 409
  kConflict,               ///< 409
  kLengthRequired,         ///< 411
  kContentTooLarge,        ///< 413
  kUriTooLong,             ///< 414
  kUnsupportedMediaType,   ///< 415
  kOperationNotSupported,  ///< 422
  kTooManyRequests,        ///< 429
  kHeadersTooLarge,        ///< 431
  kInternalError,          ///< 500
  kNotImplemented,         ///< 501
  kNoMultiTenantSupport,   ///< 501
  kLdContextNotAvailable,  ///< 504
  kUnavailable,            ///< 503, overloaded or stopping: the same request may succeed later
  kStorageFull,            ///< 507, nothing was changed; succeeds when space returns
  kReadOnly,               ///< 503, the data folder cannot be written
};

struct ErrorInfo {
  const char* name;      ///< "BadRequestData"
  unsigned status;       ///< HTTP status
  const char* type;      ///< RFC 9457 problem type URI
  const char* title;     ///< English
  const char* title_ja;  ///< Japanese
};

/// The table row of `code`; never fails.
const ErrorInfo& info(ErrorCode code);

struct Error {
  ErrorCode code;
  std::string detail;  ///< for the person who made the request: what is wrong, where, what to do
};

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(ErrorCode code, std::string detail) {
  return tl::unexpected<Error>(Error{code, std::move(detail)});
}
inline tl::unexpected<Error> bad(std::string detail) {
  return fail(ErrorCode::kBadRequestData, std::move(detail));
}

/// ProblemDetails as JSON: {"type","title","status","detail"}.
std::string problem_json(const Error& error);

}  // namespace tsunagu
