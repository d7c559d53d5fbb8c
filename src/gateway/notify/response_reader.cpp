#include "gateway/notify/response_reader.h"

#include <algorithm>

#include "base/text.h"

namespace tsunagu::gateway::notify {
namespace {

bool digit(char c) {
  return c >= '0' && c <= '9';
}

// The end of the head, behind its empty line; npos: not there yet.
std::size_t head_end(std::string_view text) {
  for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) {
    if (text.substr(at + 1, 1) == "\n") return at + 2;
    if (text.substr(at + 1, 2) == "\r\n") return at + 3;
  }
  return std::string_view::npos;
}

}  // namespace

void ResponseReader::reset() {
  state_ = State::kHead;
  begun_ = chunked_ = has_length_ = false;
  keep_alive_ = true;
  status_ = 0;
  left_ = 0;
  head_.clear();
  passed_.clear();
}

ResponseReader::State ResponseReader::feed(std::string_view bytes) {
  while (state_ == State::kHead && !bytes.empty()) {
    begun_ = true;
    const std::size_t before = head_.size();
    std::string_view all = bytes;
    if (before > 0) {
      head_.append(bytes.substr(0, kMaxHead + 1 - std::min(before, kMaxHead)));
      all = head_;
    }
    const std::size_t end = head_end(all);
    if (end == std::string_view::npos || end > kMaxHead) {
      if (all.size() > kMaxHead) return state_ = State::kBad;
      if (before == 0) head_.assign(bytes);
      return state_;
    }
    if (!read_head(all.substr(0, end))) return state_ = State::kBad;
    bytes.remove_prefix(end - before);
    head_.clear();
    if (status_ / 100 == 1 && status_ != 101) {
      chunked_ = has_length_ = false;
      keep_alive_ = true;
      continue;  // "100 Continue" and the like: the answer is still to come
    }
    if (status_ == 101) keep_alive_ = false;
    if (status_ == 101 || status_ == 204 || status_ == 304 || (has_length_ && !chunked_ && left_ == 0)) {
      state_ = State::kDone;
    } else if (!chunked_ && (!has_length_ || left_ > kMaxBody)) {
      state_ = State::kDropped;
    } else {
      state_ = State::kBody;
      chunks_ = {};
    }
  }
  if (state_ == State::kBody)
    feed_body(bytes);
  else if (state_ == State::kDone && !bytes.empty())
    state_ = State::kDropped;
  return state_;
}

void ResponseReader::feed_body(std::string_view bytes) {
  if (chunked_) {
    const auto used = chunks_.feed(bytes, passed_, kMaxBody);
    if (!used || (chunks_.done() && *used < bytes.size()))
      state_ = State::kDropped;
    else if (chunks_.done())
      state_ = State::kDone;
  } else if (bytes.size() > left_) {
    state_ = State::kDropped;
  } else {
    left_ -= bytes.size();
    if (left_ == 0) state_ = State::kDone;
  }
}

bool ResponseReader::read_head(std::string_view head) {
  const std::size_t end = head.find('\n');
  std::string_view line = trim(head.substr(0, end));
  if (line.size() < 12 || !line.starts_with("HTTP/1.") || !digit(line[7]) || line[8] != ' ' || !digit(line[9]) ||
      !digit(line[10]) || !digit(line[11]) || (line.size() > 12 && line[12] != ' '))
    return false;
  keep_alive_ = line[7] != '0';
  status_ = static_cast<unsigned>((line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0'));
  if (status_ < 100) return false;
  head.remove_prefix(end + 1);
  while (!head.empty()) {
    const std::size_t stop = head.find('\n');
    line = trim(head.substr(0, stop));
    head.remove_prefix(stop + 1);
    if (!line.empty() && !read_field(line)) return false;
  }
  return true;
}

bool ResponseReader::read_field(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return false;
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trim(line.substr(colon + 1));
  if (equal_ignoring_case(name, "content-length")) {
    const auto length = parse_number<std::uint64_t>(value);
    if (!length || (has_length_ && left_ != *length)) return false;
    has_length_ = true;
    left_ = *length;
  } else if (equal_ignoring_case(name, "transfer-encoding")) {
    chunked_ = equal_ignoring_case(value, "chunked");
    if (!chunked_) keep_alive_ = has_length_ = false;
  } else if (equal_ignoring_case(name, "connection")) {
    if (equal_ignoring_case(value, "close")) keep_alive_ = false;
    if (equal_ignoring_case(value, "keep-alive")) keep_alive_ = true;
  }
  return true;
}

}  // namespace tsunagu::gateway::notify
