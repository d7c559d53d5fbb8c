#include "gateway/http/chunked.h"

#include <algorithm>

namespace tsunagu::gateway {
namespace {

constexpr std::size_t kMaxOverhead = 16 << 10;
constexpr unsigned kMaxDigits = 15;

tl::unexpected<Error> refuse(const char* detail) {
  return fail(ErrorCode::kInvalidRequest, detail);
}

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = static_cast<char>(c | 0x20);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

}  // namespace

Result<std::size_t> ChunkedDecoder::feed(std::string_view bytes, std::string& out, std::size_t max_bytes) {
  std::size_t at = 0;
  while (at < bytes.size() && state_ != State::kDone) {
    if (state_ == State::kData) {
      const std::size_t size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size() - at));
      out.append(bytes.substr(at, size));
      at += size;
      left_ -= size;
      if (left_ == 0) state_ = State::kDataReturn;
      continue;
    }
    if (const auto taken = take(bytes[at++]); !taken) return tl::unexpected(taken.error());
    if (state_ == State::kData && left_ > max_bytes - out.size()) {
      return fail(ErrorCode::kContentTooLarge, "The body is larger than " + std::to_string(max_bytes) + " bytes.");
    }
  }
  return at;
}

Result<void> ChunkedDecoder::take(char c) {
  switch (state_) {
    case State::kSize:
      if (const int digit = hex(c); digit >= 0) {
        if (++digits_ > kMaxDigits) return refuse("The size of a chunk has too many digits.");
        left_ = left_ << 4 | static_cast<unsigned>(digit);
        return {};
      }
      if (digits_ == 0) return refuse("A chunk does not start with its size.");
      if (c == '\r') {
        state_ = State::kSizeNewline;
      } else if (c == ';' || c == ' ' || c == '\t') {
        state_ = State::kExtension;
      } else {
        return refuse("The size of a chunk is not a hexadecimal number.");
      }
      return {};
    case State::kExtension:
      if (c == '\r') {
        state_ = State::kSizeNewline;
      } else if (c == '\n' || c == '\0') {
        return refuse("A chunk extension has a control character in it.");
      } else if (++overhead_ > kMaxOverhead) {
        return refuse("The chunk extensions are too long.");
      }
      return {};
    case State::kSizeNewline:
      if (c != '\n') return refuse("The size line of a chunk does not end with CR LF.");
      state_ = left_ == 0 ? State::kTrailer : State::kData;
      return {};
    case State::kDataReturn:
      if (c != '\r') return refuse("A chunk is longer than its size.");
      state_ = State::kDataNewline;
      return {};
    case State::kDataNewline:
      if (c != '\n') return refuse("A chunk does not end with CR LF.");
      state_ = State::kSize;
      left_ = digits_ = 0;
      return {};
    case State::kTrailer:
      if (++overhead_ > kMaxOverhead) return refuse("The trailers are too long.");
      if (c == '\n') {
        if (!after_return_) return refuse("A trailer line ends without CR.");
        if (line_ == 1) state_ = State::kDone;
        line_ = 0;
        after_return_ = false;
      } else {
        if (after_return_) return refuse("A trailer line has a CR in it.");
        ++line_;
        after_return_ = c == '\r';
      }
      return {};
    case State::kData:
    case State::kDone:
      break;
  }
  return {};
}

}  // namespace tsunagu::gateway
