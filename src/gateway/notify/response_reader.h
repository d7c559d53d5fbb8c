// Reads an HTTP answer as far as a notification needs it (RFC 9112): the status, and where the answer ends. The content
// is passed over, up to a small bound. Anything may come in.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/http/chunked.h"

namespace tsunagu::gateway::notify {

class ResponseReader {
 public:
  static constexpr std::size_t kMaxHead = 16 * 1024;
  static constexpr std::size_t kMaxBody = 64 * 1024;

  enum class State : unsigned char {
    kHead,     ///< more must come
    kBody,     ///< the status is known; more must come before the connection can be used again
    kDone,     ///< complete: the connection can be used again if keep_alive()
    kDropped,  ///< the status is known; the rest is too long to wait for, or wrong: close the connection
    kBad,      ///< this is not HTTP
  };

  State feed(std::string_view bytes);
  State state() const { return state_; }
  unsigned status() const { return status_; }
  bool keep_alive() const { return keep_alive_; }
  /// Something of an answer has come.
  bool begun() const { return state_ != State::kHead || begun_; }
  void reset();

 private:
  bool read_head(std::string_view head);
  bool read_field(std::string_view line);
  void feed_body(std::string_view bytes);

  State state_ = State::kHead;
  bool begun_ = false;
  bool keep_alive_ = true;
  bool chunked_ = false;
  bool has_length_ = false;
  unsigned status_ = 0;
  std::uint64_t left_ = 0;  // of the body
  std::string head_;        // what came of it, unless all came at once
  std::string passed_;      // content of chunks
  ChunkedDecoder chunks_;
};

}  // namespace tsunagu::gateway::notify
