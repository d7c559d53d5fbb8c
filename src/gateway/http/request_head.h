// Request line and header fields (RFC 9112 clauses 2–6), read strictly: what could be understood in two ways is
// refused. Pure functions over bytes; the connection (connection.h) does the I/O.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace tsunagu::gateway {

/// Looks for the empty line that ends a head, in bytes that come in pieces.
class HeadScanner {
 public:
  enum class Found : unsigned char { kNothing, kEnd, kFault };
  /// `bytes` starts with the first byte of the request and may have grown since the last call; only what is new is
  /// looked at. kFault: a line ends without CR, or the first byte cannot start a method.
  Found scan(std::string_view bytes);
  /// Bytes of the head, its empty line included; after kEnd.
  std::size_t size() const { return line_; }
  /// Bytes of the request line with its CR LF; 0 as long as it is not complete.
  std::size_t request_line() const { return request_line_; }

 private:
  std::size_t line_ = 0;  // where the line begins that is being looked at
  std::size_t request_line_ = 0;
  std::size_t seen_ = 0;
};

/// A head that was read. Views point into `text`.
struct RequestHead {
  struct Span {
    std::uint32_t at = 0;
    std::uint32_t size = 0;
  };
  struct Field {
    Span name;
    Span value;
  };

  /// Reads `bytes`, a head as HeadScanner found it. One pass, two allocations. The error's code tells the status to
  /// answer: 400, 411 (POST, PUT, PATCH without length), 431 (more than 100 fields), 501 (transfer coding), and
  /// `bad_version` is set for 505.
  Result<void> read(std::string_view bytes);

  std::string_view view(Span span) const { return std::string_view(text).substr(span.at, span.size); }
  /// Value of the first field `name` (any case); several of the same name are one, joined by ", ".
  std::optional<std::string_view> field(std::string_view name) const;

  std::string text;
  Span method;
  Span target;
  Span path;  ///< of the target, without query
  std::vector<Field> fields;
  std::vector<std::pair<std::string, std::string>> joined;  ///< name and value of fields that were sent several times
  std::uint64_t content_length = 0;
  bool chunked = false;
  bool http11 = true;
  bool keep_alive = true;
  bool expects_continue = false;
  bool bad_version = false;

 private:
  Result<void> read_request_line(std::string_view line);
  Result<void> read_field(std::string_view line);
  Result<void> note_field(std::string_view name, std::string_view value);
  Result<void> join_repeated(std::string_view name, std::string_view value);
  Result<void> check_framing();
  Span span(std::string_view part) const;

  unsigned hosts_ = 0;
  bool has_length_ = false;
  bool has_coding_ = false;
};

/// Are they equal but for the case of ASCII letters?
bool same_ignoring_case(std::string_view a, std::string_view b);

}  // namespace tsunagu::gateway
