#include "gateway/http/websocket.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>

#include "base/json.h"
#include "base/text.h"

namespace tsunagu::gateway {
namespace {

constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr std::size_t kMaxControl = 125;
constexpr unsigned char kFinal = 0x80, kReserved = 0x70, kMasked = 0x80;

enum Opcode : unsigned char { kContinuation = 0, kText = 1, kBinary = 2, kClose = 8, kPing = 9, kPong = 10 };

bool list_has(std::string_view list, std::string_view wanted) {
  while (!list.empty()) {
    if (equal_ignoring_case(trim(take_until(list, ',')), wanted)) return true;
  }
  return false;
}

// 16 bytes in base64: 22 characters, two '='.
bool is_key(std::string_view key) {
  if (key.size() != 24 || !key.ends_with("==")) return false;
  return std::all_of(key.begin(), key.end() - 2, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
  });
}

std::string accept_of(std::string_view key) {
  std::string text(key);
  text.append(kGuid);
  unsigned char digest[SHA_DIGEST_LENGTH];
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  unsigned char base64[4 * ((SHA_DIGEST_LENGTH + 2) / 3) + 1];
  const int size = EVP_EncodeBlock(base64, digest, SHA_DIGEST_LENGTH);
  return {reinterpret_cast<const char*>(base64), static_cast<std::size_t>(size)};
}

// May a client send it (clause 7.4.1, 7.4.2)?
bool is_close_code(unsigned code) {
  if (code >= 3000 && code <= 4999) return true;
  return code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006;
}

void append_frame(std::string& out, Opcode opcode, std::string_view payload) {
  out += static_cast<char>(kFinal | opcode);
  const std::uint64_t size = payload.size();
  const auto append_big_endian = [&](int bytes) {
    for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(size >> (8 * i) & 0xff);
  };
  if (size <= kMaxControl) {
    out += static_cast<char>(size);
  } else if (size <= 0xffff) {
    out += static_cast<char>(126);
    append_big_endian(2);
  } else {
    out += static_cast<char>(127);
    append_big_endian(8);
  }
  out.append(payload);
}

}  // namespace

bool asks_for_websocket(const Request& request) {
  return list_has(request.header("Upgrade"), "websocket");
}

Response websocket_handshake(const Request& request) {
  if (request.method() != "GET" || !list_has(request.header("Connection"), "upgrade")) {
    return problem({ErrorCode::kInvalidRequest, "A WebSocket begins with GET and the header Connection: Upgrade."});
  }
  if (request.header("Sec-WebSocket-Version") != "13") {
    Response response = problem({ErrorCode::kInvalidRequest, "The WebSocket version spoken here is 13."});
    response.status = 426;
    response.headers = {{"Sec-WebSocket-Version", "13"}, {"Upgrade", "websocket"}};
    return response;
  }
  const std::string_view key = request.header("Sec-WebSocket-Key");
  if (!is_key(key)) return problem({ErrorCode::kInvalidRequest, "Sec-WebSocket-Key must be 16 bytes in base64."});
  Response response;
  response.status = 101;
  response.headers = {{"Upgrade", "websocket"}, {"Connection", "Upgrade"}, {"Sec-WebSocket-Accept", accept_of(key)}};
  return response;
}

WebSocketReader::Kind WebSocketReader::fail(CloseCode code, std::string_view why) {
  code_ = code;
  fault_ = why;
  return Kind::kFault;
}

WebSocketReader::Kind WebSocketReader::next(std::string_view& bytes) {
  if (message_done_) {
    message_.clear();
    message_done_ = false;
  }
  while (!bytes.empty()) {
    Kind kind = Kind::kNothing;
    if (state_ == State::kPayload) {
      const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
      std::string& into = control_ ? control_payload_ : message_;
      for (const char c : bytes.substr(0, size)) into += static_cast<char>(c ^ mask_[mask_place_++ % 4]);
      bytes.remove_prefix(size);
      left_ -= size;
      if (left_ == 0) kind = finish();
    } else {
      const auto byte = static_cast<unsigned char>(bytes.front());
      bytes.remove_prefix(1);
      switch (state_) {
        case State::kFirst:
          head_ = byte;
          kind = begin();
          break;
        case State::kLength:
          if (!(byte & kMasked)) return fail(CloseCode::kProtocolError, "frames of a client must be masked");
          length_field_ = byte & 0x7f;
          length_ = length_field_;
          field_left_ = length_field_ == 127 ? 8 : length_field_ == 126 ? 2 : 0;
          if (field_left_ > 0) {
            length_ = 0;
            state_ = State::kExtended;
          } else {
            kind = take_length();
          }
          break;
        case State::kExtended:
          length_ = length_ << 8 | byte;
          if (--field_left_ == 0) kind = take_length();
          break;
        default:
          mask_[4 - field_left_] = byte;
          if (--field_left_ > 0) break;
          state_ = State::kPayload;
          left_ = length_;
          mask_place_ = 0;
          if (left_ == 0) kind = finish();
          break;
      }
    }
    if (kind != Kind::kNothing) return kind;
  }
  return Kind::kNothing;
}

// After the first byte: is a frame of this kind possible here?
WebSocketReader::Kind WebSocketReader::begin() {
  if (head_ & kReserved) return fail(CloseCode::kProtocolError, "no extension was agreed on");
  const unsigned char opcode = head_ & 0x0f;
  control_ = opcode >= kClose;
  if (control_) {
    if (opcode > kPong) return fail(CloseCode::kProtocolError, "unknown opcode");
    if (!(head_ & kFinal)) return fail(CloseCode::kProtocolError, "a control frame is in fragments");
    control_payload_.clear();
  } else {
    if (opcode > kBinary) return fail(CloseCode::kProtocolError, "unknown opcode");
    if (in_message_ != (opcode == kContinuation)) {
      return fail(CloseCode::kProtocolError, in_message_ ? "a message begins inside another" : "nothing to continue");
    }
    if (!in_message_) text_ = opcode == kText;
    in_message_ = true;
  }
  state_ = State::kLength;
  return Kind::kNothing;
}

WebSocketReader::Kind WebSocketReader::take_length() {
  const bool shorter_form = (length_field_ == 126 && length_ < 126) || (length_field_ == 127 && length_ <= 0xffff);
  if (shorter_form || length_ >> 63) return fail(CloseCode::kProtocolError, "a length is not in its shortest form");
  if (control_ && length_ > kMaxControl) return fail(CloseCode::kProtocolError, "a control frame is too long");
  if (!control_ && length_ > max_message_ - message_.size()) return fail(CloseCode::kTooBig, "the message is too big");
  state_ = State::kMask;
  field_left_ = 4;
  return Kind::kNothing;
}

WebSocketReader::Kind WebSocketReader::finish() {
  state_ = State::kFirst;
  if (control_) {
    const unsigned char opcode = head_ & 0x0f;
    return opcode == kPing ? Kind::kPing : opcode == kPong ? Kind::kPong : finish_close();
  }
  if (!(head_ & kFinal)) return Kind::kNothing;
  in_message_ = false;
  message_done_ = true;
  if (text_ && !valid_utf8(message_)) return fail(CloseCode::kInvalidText, "the text is not UTF-8");
  return text_ ? Kind::kText : Kind::kBinary;
}

WebSocketReader::Kind WebSocketReader::finish_close() {
  code_ = CloseCode::kNoStatus;
  if (control_payload_.empty()) return Kind::kClose;
  if (control_payload_.size() == 1) return fail(CloseCode::kProtocolError, "half a close code");
  const unsigned code =
      static_cast<unsigned char>(control_payload_[0]) * 256u + static_cast<unsigned char>(control_payload_[1]);
  if (!is_close_code(code)) return fail(CloseCode::kProtocolError, "unknown close code");
  control_payload_.erase(0, 2);
  if (!valid_utf8(control_payload_)) return fail(CloseCode::kInvalidText, "the reason is not UTF-8");
  code_ = static_cast<CloseCode>(code);
  return Kind::kClose;
}

void append_text_frame(std::string& out, std::string_view text) {
  append_frame(out, kText, text);
}

void append_ping_frame(std::string& out, std::string_view payload) {
  append_frame(out, kPing, payload.substr(0, kMaxControl));
}

void append_pong_frame(std::string& out, std::string_view payload) {
  append_frame(out, kPong, payload.substr(0, kMaxControl));
}

void append_close_frame(std::string& out, CloseCode code, std::string_view reason) {
  if (code == CloseCode::kNoStatus) return append_frame(out, kClose, {});
  std::string payload;
  payload += static_cast<char>(static_cast<unsigned>(code) >> 8);
  payload += static_cast<char>(static_cast<unsigned>(code) & 0xff);
  std::size_t size = std::min(reason.size(), kMaxControl - 2);
  while (size < reason.size() && size > 0 && (reason[size] & 0xc0) == 0x80) --size;  // not inside a character
  payload.append(reason.substr(0, size));
  append_frame(out, kClose, payload);
}

}  // namespace tsunagu::gateway
