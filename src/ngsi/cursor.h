// Reading a query text from left to right, with errors that say where.
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"

namespace tsunagu::ngsi {

class Cursor {
 public:
  /// `what` names the parameter in errors: "q".
  Cursor(std::string_view what, std::string_view text) : what_(what), text_(text) {}

  std::string_view text() const { return text_; }
  std::size_t position() const { return at_; }
  void move_to(std::size_t position) { at_ = position; }
  bool at_end() const { return at_ >= text_.size(); }
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool looking_at(std::string_view token) const { return text_.substr(at_, token.size()) == token; }
  bool take(std::string_view token) {
    if (!looking_at(token)) return false;
    at_ += token.size();
    return true;
  }
  void skip_space() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }
  static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

  /// Notes the first error; always false. The position (counted in characters from 1) is added to the message.
  bool fail(std::string_view message) { return fail_at(at_, message); }
  bool fail_at(std::size_t position, std::string_view message, ErrorCode code = ErrorCode::kBadRequestData);
  bool too_complex(std::string_view message);
  bool failed() const { return failed_; }
  tl::unexpected<Error> error() const { return tl::unexpected<Error>(error_); }

  /// Reads a JSON string, quotes and escapes included, that begins here.
  bool quoted(std::string& out);

 private:
  bool escape(std::string& out);
  bool hex4(unsigned& out);

  std::string_view what_, text_;
  std::size_t at_ = 0;
  bool failed_ = false;
  Error error_{ErrorCode::kBadRequestData, {}};
};

}  // namespace tsunagu::ngsi
