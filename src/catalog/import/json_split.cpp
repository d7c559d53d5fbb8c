#include "catalog/import/json_split.h"

#include <fmt/format.h>

namespace tsunagu::catalog {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

}  // namespace

void JsonSplitter::feed(std::string_view text) {
  for (const char c : text) {
    if (place_ == Place::kStopped) return;
    consume(c);
    if (c == '\n') ++line_;
  }
}

void JsonSplitter::start_value(char c) {
  depth_ = c == '{' || c == '[' ? 1 : 0;
  quoted_ = c == '"';
  scalar_ = depth_ == 0 && !quoted_;
  escaped_ = false;
}

// False when the value has ended: with `c` (a bracket or quote) or, for a scalar, before it.
bool JsonSplitter::value_goes_on(char c) {
  if (scalar_) return !is_space(c) && c != ',' && c != ']' && c != '}';
  if (escaped_) {
    escaped_ = false;
  } else if (quoted_) {
    if (c == '\\') escaped_ = true;
    if (c == '"') quoted_ = false;
  } else if (c == '"') {
    quoted_ = true;
  } else if (c == '{' || c == '[') {
    ++depth_;
  } else if (c == '}' || c == ']') {
    --depth_;
  }
  return depth_ > 0 || quoted_;
}

void JsonSplitter::consume(char c) {
  switch (place_) {
    case Place::kTop:
      if (is_space(c) || c == '\x1e') return;
      if (c == '[') {
        in_object_ = false;
        place_ = Place::kListStart;
        return;
      }
      if (c == '{' && !list_.empty()) {
        in_object_ = true;
        name_.clear();
        list_found_ = false;
        object_line_ = line_;
        place_ = Place::kName;
        return;
      }
      after_value_ = Place::kTop;
      break;
    case Place::kListStart:
      if (is_space(c)) return;
      if (c == ']') {
        place_ = in_object_ ? Place::kAfterMember : Place::kTop;
        return;
      }
      after_value_ = Place::kAfterItem;
      break;
    case Place::kList:
      if (is_space(c)) return;
      after_value_ = Place::kAfterItem;
      break;
    case Place::kAfterItem:
      if (is_space(c)) return;
      if (c == ',') {
        place_ = Place::kList;
      } else if (c == ']') {
        place_ = in_object_ ? Place::kAfterMember : Place::kTop;
      } else {
        stop("expected ',' or ']' between two items of the list");
      }
      return;
    case Place::kRecord:
      if (scalar_ && !value_goes_on(c)) {
        place_ = after_value_;
        handlers_.record(record_, record_line_);
        if (place_ != Place::kStopped) consume(c);
        return;
      }
      if (record_.size() >= kMaxRecord) {
        stop(fmt::format("the record that begins in line {} is larger than {} bytes", record_line_, kMaxRecord));
        return;
      }
      record_ += c;
      if (!scalar_ && !value_goes_on(c)) {
        place_ = after_value_;
        handlers_.record(record_, record_line_);
      }
      return;
    case Place::kName:
      if (is_space(c)) return;
      if (c == '"') {
        name_.clear();
        escaped_ = false;
        place_ = Place::kNameText;
      } else if (c == '}' && name_.empty()) {
        place_ = Place::kTop;
        if (!list_found_) handlers_.no_list(object_line_);
      } else {
        stop("expected a member name in double quotes");
      }
      return;
    case Place::kNameText:
      if (c == '"' && !escaped_) {
        place_ = Place::kColon;
      } else if (name_.size() < 1024) {
        name_ += c;
      }
      escaped_ = c == '\\' && !escaped_;
      return;
    case Place::kColon:
      if (is_space(c)) return;
      if (c == ':') {
        place_ = Place::kMemberStart;
      } else {
        stop("expected ':' after a member name");
      }
      return;
    case Place::kMemberStart:
      if (is_space(c)) return;
      if (c == '[' && name_ == list_) {
        list_found_ = true;
        place_ = Place::kListStart;
        return;
      }
      if (c == ',' || c == '}' || c == ']') {
        stop("expected a value");
        return;
      }
      start_value(c);
      place_ = Place::kMember;
      return;
    case Place::kMember:
      if (value_goes_on(c)) return;
      place_ = Place::kAfterMember;
      if (scalar_) consume(c);
      return;
    case Place::kAfterMember:
      if (is_space(c)) return;
      if (c == ',') {
        name_ = " ";  // a name has to follow
        place_ = Place::kName;
      } else if (c == '}') {
        place_ = Place::kTop;
        if (!list_found_) handlers_.no_list(object_line_);
      } else {
        stop("expected ',' or '}' after a member");
      }
      return;
    case Place::kStopped:
      return;
  }
  // A record begins.
  if (c == ',' || c == ']' || c == '}' || c == ':') {
    stop(fmt::format("expected a value, not '{}'", c));
    return;
  }
  record_.assign(1, c);
  record_line_ = line_;
  start_value(c);
  place_ = Place::kRecord;
}

void JsonSplitter::stop(const std::string& reason) {
  place_ = Place::kStopped;
  record_.clear();
  handlers_.fault(line_, reason);
}

void JsonSplitter::finish() {
  if (place_ == Place::kRecord && scalar_ && after_value_ == Place::kTop) {
    place_ = Place::kTop;
    handlers_.record(record_, record_line_);
  }
  if (place_ == Place::kTop || place_ == Place::kStopped) return;
  if (place_ == Place::kRecord) {
    stop(fmt::format("the text ends inside the record that begins in line {}", record_line_));
  } else {
    stop("the text ends before the list is closed");
  }
}

}  // namespace tsunagu::catalog
