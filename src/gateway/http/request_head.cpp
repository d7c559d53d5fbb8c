#include "gateway/http/request_head.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace tsunagu::gateway {
namespace {

constexpr std::size_t kMaxFields = 100;

enum Kind : unsigned char { kToken = 1, kTarget = 2, kValue = 4 };

// tchar of RFC 9110 clause 5.6.2; targets may hold any visible byte (IRIs are sent as they are by some clients); values
// may hold spaces and tabs too.
constexpr auto kKinds = [] {
  std::array<unsigned char, 256> kinds{};
  for (unsigned c = 0x20; c < 256; ++c) {
    if (c != 0x7f) kinds[c] = static_cast<unsigned char>(c == ' ' ? kValue : kValue | kTarget);
  }
  kinds['\t'] = kValue;
  for (unsigned c = '0'; c <= '9'; ++c) kinds[c] |= kToken;
  for (unsigned c = 'a'; c <= 'z'; ++c) kinds[c] |= kToken, kinds[c - 32] |= kToken;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) kinds[static_cast<unsigned char>(c)] |= kToken;
  return kinds;
}();

bool is(char c, Kind kind) {
  return (kKinds[static_cast<unsigned char>(c)] & kind) != 0;
}

bool all(std::string_view text, Kind kind) {
  return std::all_of(text.begin(), text.end(), [kind](char c) { return is(c, kind); });
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

tl::unexpected<Error> refuse(std::string detail) {
  return fail(ErrorCode::kInvalidRequest, std::move(detail));
}

bool list_has(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    if (same_ignoring_case(trim(list.substr(0, comma)), word)) return true;
    list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
  }
  return false;
}

}  // namespace

bool same_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return x == y || lower(x) == lower(y); });
}

HeadScanner::Found HeadScanner::scan(std::string_view bytes) {
  if (!bytes.empty() && !is(bytes[0], kToken)) return Found::kFault;
  while (seen_ < bytes.size()) {
    const void* newline = std::memchr(bytes.data() + seen_, '\n', bytes.size() - seen_);
    if (newline == nullptr) {
      seen_ = bytes.size();
      break;
    }
    const auto at = static_cast<std::size_t>(static_cast<const char*>(newline) - bytes.data());
    if (at == line_ || bytes[at - 1] != '\r') return Found::kFault;
    const bool empty = at == line_ + 1;
    seen_ = line_ = at + 1;
    if (request_line_ == 0) request_line_ = line_;
    if (empty) return Found::kEnd;
  }
  return Found::kNothing;
}

RequestHead::Span RequestHead::span(std::string_view part) const {
  return {static_cast<std::uint32_t>(part.data() - text.data()), static_cast<std::uint32_t>(part.size())};
}

std::optional<std::string_view> RequestHead::field(std::string_view name) const {
  for (const auto& [joined_name, value] : joined) {
    if (same_ignoring_case(joined_name, name)) return value;
  }
  for (const Field& field : fields) {
    if (field.name.size == name.size() && same_ignoring_case(view(field.name), name)) return view(field.value);
  }
  return std::nullopt;
}

Result<void> RequestHead::read(std::string_view bytes) {
  text.assign(bytes);
  fields.reserve(16);
  std::string_view rest = text;
  bool first = true;
  while (rest.size() > 2) {
    const auto end = rest.find('\n');
    if (end == std::string_view::npos || end == 0 || rest[end - 1] != '\r') return refuse("A header line is cut off.");
    const std::string_view line = rest.substr(0, end - 1);
    rest.remove_prefix(end + 1);
    if (const auto done = first ? read_request_line(line) : read_field(line); !done) return done;
    first = false;
  }
  return check_framing();
}

Result<void> RequestHead::read_request_line(std::string_view line) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) {
    return refuse("The request line is not 'METHOD target HTTP/1.1'.");
  }
  const std::string_view method_part = line.substr(0, first);
  const std::string_view target_part = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (version.size() != 8 || !version.starts_with("HTTP/") || !digit(version[5]) || version[6] != '.' ||
      !digit(version[7])) {
    return refuse("The request line does not end with an HTTP version.");
  }
  if (version[5] != '1') {
    bad_version = true;
    return refuse("This server speaks HTTP/1.1 and HTTP/1.0.");
  }
  http11 = version[7] != '0';
  keep_alive = http11;
  if (method_part.empty() || !all(method_part, kToken)) return refuse("The method is not a token.");
  if (target_part.empty() || !all(target_part, kTarget)) {
    return refuse("The request target has a space or a control character in it; write it percent-encoded.");
  }
  method = span(method_part);
  target = span(target_part);
  std::string_view path_part = target_part;
  for (const std::string_view scheme : {"http://", "https://"}) {  // absolute form, as to a proxy
    if (!same_ignoring_case(target_part.substr(0, scheme.size()), scheme)) continue;
    const auto slash = target_part.find('/', scheme.size());
    path_part = slash == std::string_view::npos ? std::string_view{} : target_part.substr(slash);
  }
  if (!path_part.starts_with('/') && !(path_part == "*" && method_part == "OPTIONS")) {
    return refuse("The request target must be a path that starts with '/'.");
  }
  path = span(path_part.substr(0, path_part.find_first_of("?#")));
  return {};
}

Result<void> RequestHead::read_field(std::string_view line) {
  if (line.empty() || line.front() == ' ' || line.front() == '\t')
    return refuse("A header value is folded over two lines.");
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return refuse("A header line has no colon.");
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trim(line.substr(colon + 1));
  if (name.empty() || !all(name, kToken)) return refuse("The name of a header is not a token.");
  if (!all(value, kValue))
    return refuse("The value of header '" + std::string(name) + "' has a control character in it.");
  if (fields.size() == kMaxFields) return fail(ErrorCode::kHeadersTooLarge, "There are more than 100 headers.");
  if (const auto done = note_field(name, value); !done) return done;
  for (const Field& field : fields) {
    if (field.name.size == name.size() && same_ignoring_case(view(field.name), name)) return join_repeated(name, value);
  }
  fields.push_back({span(name), span(value)});
  return {};
}

Result<void> RequestHead::join_repeated(std::string_view name, std::string_view value) {
  for (auto& [joined_name, joined_value] : joined) {
    if (!same_ignoring_case(joined_name, name)) continue;
    joined_value.append(", ").append(value);
    return {};
  }
  std::string all_values(*field(name));
  joined.emplace_back(name, all_values.append(", ").append(value));
  return {};
}

// What decides where the request ends and what happens to the connection.
Result<void> RequestHead::note_field(std::string_view name, std::string_view value) {
  switch (name.size()) {
    case 4:
      if (same_ignoring_case(name, "host") && ++hosts_ > 1) return refuse("There are two Host headers.");
      break;
    case 6:
      if (same_ignoring_case(name, "expect") && same_ignoring_case(value, "100-continue")) expects_continue = true;
      break;
    case 10:
      if (!same_ignoring_case(name, "connection")) break;
      if (list_has(value, "close")) keep_alive = false;
      if (!http11 && list_has(value, "keep-alive")) keep_alive = true;
      break;
    case 14: {
      if (!same_ignoring_case(name, "content-length")) break;
      if (has_length_) return refuse("There are two Content-Length headers.");
      has_length_ = true;
      const char* end = value.data() + value.size();
      const auto [stop, fault] = std::from_chars(value.data(), end, content_length);
      if (fault != std::errc{} || stop != end) return refuse("Content-Length is not a number of bytes.");
      break;
    }
    case 17:
      if (!same_ignoring_case(name, "transfer-encoding")) break;
      if (has_coding_) return refuse("There are two Transfer-Encoding headers.");
      has_coding_ = true;
      if (!same_ignoring_case(value, "chunked")) {
        return fail(ErrorCode::kNotImplemented, "The only transfer coding understood here is 'chunked'.");
      }
      chunked = true;
      break;
    default:
      break;
  }
  return {};
}

Result<void> RequestHead::check_framing() {
  if (has_coding_ && has_length_) return refuse("There are both Content-Length and Transfer-Encoding.");
  if (has_coding_ && !http11) return refuse("HTTP/1.0 has no Transfer-Encoding.");
  if (hosts_ == 0 && http11) return refuse("There is no Host header.");
  if (!http11) expects_continue = false;
  if (!has_length_ && !has_coding_) {
    const std::string_view verb = view(method);
    if (verb == "POST" || verb == "PATCH" || verb == "PUT") {
      return fail(ErrorCode::kLengthRequired,
                  std::string(verb) + " needs a Content-Length (0 without a body) or a chunked body.");
    }
  }
  return {};
}

}  // namespace tsunagu::gateway
