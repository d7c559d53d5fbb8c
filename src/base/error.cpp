#include "base/error.h"

#include <array>
#include <cstddef>

#include "base/json.h"

namespace tsunagu {
namespace {

#define NGSI_LD(name) #name, "https://uri.etsi.org/ngsi-ld/errors/" #name

// Where the specification has no name for a fault, the type is "about:blank" (RFC 9457 clause 4.2.1) and the title is
// the HTTP status phrase.
constexpr const char* kPlainHttp = "about:blank";

struct Row {
  ErrorCode code;
  const char* name;
  const char* type;
  unsigned status;
  const char* title;
  const char* title_ja;
};

constexpr std::array kTable{
    Row{ErrorCode::kInvalidRequest, NGSI_LD(InvalidRequest), 400, "Invalid request",
        "リクエストの形式が正しくありません"},
    Row{ErrorCode::kBadRequestData, NGSI_LD(BadRequestData), 400, "Bad request data",
        "リクエストの内容が正しくありません"},
    Row{ErrorCode::kUnauthorized, "Unauthorized", kPlainHttp, 401, "Unauthorized", "認証が必要です"},
    Row{ErrorCode::kForbidden, "Forbidden", kPlainHttp, 403, "Forbidden", "この操作は許可されていません"},
    Row{ErrorCode::kTooComplexQuery, NGSI_LD(TooComplexQuery), 403, "Too complex query", "検索条件が複雑すぎます"},
    Row{ErrorCode::kTooManyResults, NGSI_LD(TooManyResults), 403, "Too many results", "検索結果が多すぎます"},
    Row{ErrorCode::kResourceNotFound, NGSI_LD(ResourceNotFound), 404, "Resource not found", "対象が見つかりません"},
    Row{ErrorCode::kNonexistentTenant, NGSI_LD(NonexistentTenant), 404, "Nonexistent tenant", "テナントが存在しません"},
    Row{ErrorCode::kMethodNotAllowed, "MethodNotAllowed", kPlainHttp, 405, "Method Not Allowed",
        "このメソッドは使えません"},
    Row{ErrorCode::kNotAcceptable, "NotAcceptable", kPlainHttp, 406, "Not Acceptable", "要求された形式では返せません"},
    Row{ErrorCode::kRequestTimeout, "RequestTimeout", kPlainHttp, 408, "Request Timeout",
        "リクエストの受信に時間がかかりすぎました"},
    Row{ErrorCode::kAlreadyExists, NGSI_LD(AlreadyExists), 409, "Already exists", "すでに存在します"},
    Row{ErrorCode::kConflict, NGSI_LD(Conflict), 409, "Conflict", "現在の状態と矛盾します"},
    Row{ErrorCode::kLengthRequired, "LengthRequired", kPlainHttp, 411, "Length Required", "本文の長さの指定が必要です"},
    Row{ErrorCode::kContentTooLarge, "ContentTooLarge", kPlainHttp, 413, "Content Too Large", "本文が大きすぎます"},
    Row{ErrorCode::kUriTooLong, "UriTooLong", kPlainHttp, 414, "URI Too Long", "URIが長すぎます"},
    Row{ErrorCode::kUnsupportedMediaType, "UnsupportedMediaType", kPlainHttp, 415, "Unsupported Media Type",
        "この形式の本文は受け付けられません"},
    Row{ErrorCode::kOperationNotSupported, NGSI_LD(OperationNotSupported), 422, "Operation not supported",
        "この操作には対応していません"},
    Row{ErrorCode::kTooManyRequests, "TooManyRequests", kPlainHttp, 429, "Too Many Requests", "リクエストが多すぎます"},
    Row{ErrorCode::kHeadersTooLarge, "HeadersTooLarge", kPlainHttp, 431, "Request Header Fields Too Large",
        "ヘッダーが大きすぎます"},
    Row{ErrorCode::kInternalError, NGSI_LD(InternalError), 500, "Internal error", "内部エラーが発生しました"},
    Row{ErrorCode::kNotImplemented, "NotImplemented", kPlainHttp, 501, "Not Implemented", "この機能はまだありません"},
    Row{ErrorCode::kNoMultiTenantSupport, NGSI_LD(NoMultiTenantSupport), 501, "No multi-tenant support",
        "マルチテナントには対応していません"},
    Row{ErrorCode::kLdContextNotAvailable, NGSI_LD(LdContextNotAvailable), 504, "LD context not available",
        "@contextを取得できません"},
    Row{ErrorCode::kUnavailable, "Unavailable", kPlainHttp, 503, "Service Unavailable", "現在利用できません"},
    Row{ErrorCode::kStorageFull, "StorageFull", kPlainHttp, 507, "Insufficient Storage", "保存領域が不足しています"},
    Row{ErrorCode::kReadOnly, "ReadOnly", kPlainHttp, 503, "Service Unavailable", "データフォルダーに書き込めません"},
};

#undef NGSI_LD

constexpr auto kInfos = [] {
  std::array<ErrorInfo, kTable.size()> infos{};
  for (const Row& row : kTable) {
    infos[static_cast<std::size_t>(row.code)] = {row.name, row.status, row.type, row.title, row.title_ja};
  }
  return infos;
}();

constexpr bool table_is_complete() {
  for (const ErrorInfo& row : kInfos) {
    if (row.name == nullptr) return false;
  }
  return kInfos.size() == static_cast<std::size_t>(ErrorCode::kReadOnly) + 1;
}
static_assert(table_is_complete(), "every ErrorCode has exactly one row");

}  // namespace

const ErrorInfo& info(ErrorCode code) {
  return kInfos[static_cast<std::size_t>(code)];
}

std::string problem_json(const Error& error) {
  const ErrorInfo& row = info(error.code);
  std::string out = R"({"type":)";
  append_json_string(out, row.type);
  out += R"(,"title":)";
  append_json_string(out, row.title);
  out += R"(,"status":)";
  append_json_number(out, static_cast<std::int64_t>(row.status));
  out += R"(,"detail":)";
  append_json_string(out, error.detail);
  out += '}';
  return out;
}

}  // namespace tsunagu
