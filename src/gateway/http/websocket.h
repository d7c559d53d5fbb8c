// WebSocket (RFC 6455, version 13, no extensions): the handshake, and frames as a server reads and writes them. Pure
// functions over bytes; the connection (connection.h) does the I/O.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/http/http.h"

namespace tsunagu::gateway {

/// Status codes of clause 7.4.1.
enum class CloseCode : std::uint16_t {
  kNormal = 1000,
  kGoingAway = 1001,
  kProtocolError = 1002,
  kUnsupportedData = 1003,
  kNoStatus = 1005,  ///< never sent: the other side gave none
  kInvalidText = 1007,
  kPolicyViolation = 1008,
  kTooBig = 1009,
  kTryAgainLater = 1013,
};

/// Does the request ask to change over to WebSocket?
bool asks_for_websocket(const Request& request);
/// The head of the answer: 101, or what is wrong (400; 426 with the version that is spoken here).
Response websocket_handshake(const Request& request);

/// What a client sends: frames put together to messages, as they come in.
class WebSocketReader {
 public:
  enum class Kind : unsigned char { kNothing, kText, kBinary, kPing, kPong, kClose, kFault };

  explicit WebSocketReader(std::size_t max_message) : max_message_(max_message) {}

  /// Takes bytes off the front of `bytes` up to the end of the next message or control frame and tells what it was;
  /// kNothing: all was taken. After kClose and kFault nothing more is to be fed.
  Kind next(std::string_view& bytes);

  /// Of the last kText, kBinary, kPing, kPong (its payload) or kClose (the reason); until the next call.
  const std::string& payload() const { return control_ ? control_payload_ : message_; }
  /// Of kClose: what the client gave; of kFault: what it is to be told.
  CloseCode code() const { return code_; }
  /// Of kFault, for the client.
  std::string_view fault() const { return fault_; }

 private:
  enum class State : unsigned char { kFirst, kLength, kExtended, kMask, kPayload };
  Kind fail(CloseCode code, std::string_view why);
  Kind begin();
  Kind take_length();
  Kind finish();
  Kind finish_close();

  const std::size_t max_message_;
  State state_ = State::kFirst;
  unsigned char head_ = 0;          // first byte of the frame
  std::uint64_t length_ = 0;        // of the payload
  std::uint64_t left_ = 0;          // bytes of the payload still to come
  unsigned field_left_ = 0;         // bytes of the length or mask still to come
  unsigned char length_field_ = 0;  // second byte of the frame without its mask bit
  unsigned char mask_[4] = {};
  unsigned mask_place_ = 0;
  bool control_ = false;     // the frame is a control frame
  bool in_message_ = false;  // fragments of a message have come
  bool text_ = false;        // it is text
  std::string message_;
  bool message_done_ = false;  // message_ was handed out
  std::string control_payload_;
  CloseCode code_ = CloseCode::kNormal;
  std::string_view fault_;
};

/// Appends one unfragmented frame.
void append_text_frame(std::string& out, std::string_view text);
void append_ping_frame(std::string& out, std::string_view payload);  ///< at most 125 bytes
void append_pong_frame(std::string& out, std::string_view payload);  ///< at most 125 bytes
/// `reason`: UTF-8; what is beyond 123 bytes is left off. kNoStatus: an empty frame.
void append_close_frame(std::string& out, CloseCode code, std::string_view reason = {});

}  // namespace tsunagu::gateway
