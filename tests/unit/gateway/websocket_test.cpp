#include "gateway/http/websocket.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace tsunagu::gateway {
namespace {

using Kind = WebSocketReader::Kind;

constexpr std::size_t kMax = 1000;
constexpr unsigned char kFinal = 0x80;

// A frame as a client sends it.
std::string frame(unsigned char first, std::string_view payload, std::string_view mask = "\x12\x34\x56\x78") {
  std::string out(1, static_cast<char>(first));
  const char bit = mask.empty() ? 0 : static_cast<char>(0x80);
  if (payload.size() < 126) {
    out += static_cast<char>(bit | static_cast<char>(payload.size()));
  } else {
    out += static_cast<char>(bit | 126);
    out += static_cast<char>(payload.size() >> 8);
    out += static_cast<char>(payload.size() & 0xff);
  }
  out += mask;
  for (std::size_t i = 0; i < payload.size(); ++i) {
    out += mask.empty() ? payload[i] : static_cast<char>(payload[i] ^ mask[i % 4]);
  }
  return out;
}

struct Read {
  Kind kind;
  std::string payload;
  int code = 0;
  bool operator==(const Read&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Read& read) {
  return out << static_cast<int>(read.kind) << " \"" << read.payload << "\" " << read.code;
}

std::vector<Read> read(std::string_view bytes, std::size_t piece) {
  WebSocketReader reader(kMax);
  std::vector<Read> all;
  while (!bytes.empty()) {
    std::string_view part = bytes.substr(0, piece);
    bytes.remove_prefix(part.size());
    while (!part.empty()) {
      const Kind kind = reader.next(part);
      if (kind == Kind::kNothing) continue;
      const bool ends = kind == Kind::kClose || kind == Kind::kFault;
      all.push_back({kind, kind == Kind::kFault ? "" : reader.payload(), ends ? static_cast<int>(reader.code()) : 0});
      if (ends) return all;
    }
  }
  return all;
}

// Whatever pieces the bytes come in, they mean the same.
std::vector<Read> read(std::string_view bytes) {
  auto all = read(bytes, bytes.size());
  EXPECT_EQ(read(bytes, 1), all);
  EXPECT_EQ(read(bytes, 3), all);
  return all;
}

std::vector<Read> fault(CloseCode code) {
  return {{Kind::kFault, "", static_cast<int>(code)}};
}

TEST(WebSocketReader, UnmasksMessages) {
  EXPECT_EQ(read(frame(kFinal | 1, "hello")), (std::vector<Read>{{Kind::kText, "hello"}}));
  EXPECT_EQ(read(frame(kFinal | 2, "\xff")), (std::vector<Read>{{Kind::kBinary, "\xff"}}));
  EXPECT_EQ(read(frame(kFinal | 1, "")), (std::vector<Read>{{Kind::kText, ""}}));
  const std::string longer(300, 'x');
  EXPECT_EQ(read(frame(kFinal | 1, longer) + frame(kFinal | 1, "b")),
            (std::vector<Read>{{Kind::kText, longer}, {Kind::kText, "b"}}));
  // The example of RFC 6455 clause 5.7.
  EXPECT_EQ(read("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"), (std::vector<Read>{{Kind::kText, "Hello"}}));
}

TEST(WebSocketReader, PutsFragmentsTogether) {
  EXPECT_EQ(read(frame(1, "\xe3\x81") + frame(kFinal | 9, "p") + frame(0, "\xa4") + frame(0, "") + frame(kFinal, "!")),
            (std::vector<Read>{{Kind::kPing, "p"}, {Kind::kText, "つ!"}}));
}

TEST(WebSocketReader, KnowsControlFrames) {
  EXPECT_EQ(read(frame(kFinal | 9, "") + frame(kFinal | 10, std::string(125, 'p'))),
            (std::vector<Read>{{Kind::kPing, ""}, {Kind::kPong, std::string(125, 'p')}}));
  EXPECT_EQ(read(frame(kFinal | 8, "")), (std::vector<Read>{{Kind::kClose, "", 1005}}));
  EXPECT_EQ(read(frame(kFinal | 8, "\x03\xe8gone")), (std::vector<Read>{{Kind::kClose, "gone", 1000}}));
}

TEST(WebSocketReader, RefusesWhatIsNotTheProtocol) {
  EXPECT_EQ(read(frame(kFinal | 1, "x", "")), fault(CloseCode::kProtocolError)) << "not masked";
  EXPECT_EQ(read(frame(kFinal | 0x40 | 1, "x")), fault(CloseCode::kProtocolError)) << "reserved bit";
  EXPECT_EQ(read(frame(kFinal | 3, "")), fault(CloseCode::kProtocolError)) << "opcode";
  EXPECT_EQ(read(frame(kFinal | 11, "")), fault(CloseCode::kProtocolError)) << "control opcode";
  EXPECT_EQ(read(frame(kFinal, "x")), fault(CloseCode::kProtocolError)) << "nothing to continue";
  EXPECT_EQ(read(frame(1, "x") + frame(kFinal | 1, "y")), fault(CloseCode::kProtocolError)) << "message in a message";
  EXPECT_EQ(read(frame(9, "")), fault(CloseCode::kProtocolError)) << "ping in fragments";
  EXPECT_EQ(read(frame(kFinal | 9, std::string(126, 'x'))), fault(CloseCode::kProtocolError)) << "long ping";
  EXPECT_EQ(read(std::string("\x81\xfe\x00\x05", 4)), fault(CloseCode::kProtocolError)) << "length in a longer form";
  EXPECT_EQ(read(std::string("\x81\xff\x80\0\0\0\0\0\0\0", 10)), fault(CloseCode::kProtocolError)) << "top bit";
}

TEST(WebSocketReader, RefusesWhatIsTooBig) {
  EXPECT_EQ(read(frame(kFinal | 2, std::string(kMax, 'x'))).front().kind, Kind::kBinary);
  EXPECT_EQ(read(frame(kFinal | 2, std::string(kMax + 1, 'x'))), fault(CloseCode::kTooBig));
  EXPECT_EQ(read(frame(2, std::string(kMax, 'x')) + frame(kFinal, "x")), fault(CloseCode::kTooBig));
  EXPECT_EQ(read(std::string("\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff", 10)), fault(CloseCode::kTooBig));
}

TEST(WebSocketReader, ChecksTextAndCloseCodes) {
  EXPECT_EQ(read(frame(kFinal | 1, "\xc3")), fault(CloseCode::kInvalidText));
  EXPECT_EQ(read(frame(kFinal | 8, "\x03")), fault(CloseCode::kProtocolError));
  EXPECT_EQ(read(frame(kFinal | 8, "\x03\xe8\xff")), fault(CloseCode::kInvalidText));
  for (const int code : {0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535}) {
    const std::string payload{static_cast<char>(code >> 8), static_cast<char>(code)};
    EXPECT_EQ(read(frame(kFinal | 8, payload)), fault(CloseCode::kProtocolError)) << code;
  }
  for (const int code : {1000, 1003, 1007, 1014, 3000, 4999}) {
    const std::string payload{static_cast<char>(code >> 8), static_cast<char>(code)};
    EXPECT_EQ(read(frame(kFinal | 8, payload)), (std::vector<Read>{{Kind::kClose, "", code}}));
  }
}

TEST(WebSocketFrames, HaveTheShortestLength) {
  const auto head = [](std::size_t size) {
    std::string out;
    append_text_frame(out, std::string(size, 'x'));
    return out.substr(0, out.size() - size);
  };
  EXPECT_EQ(head(0), std::string("\x81\x00", 2));
  EXPECT_EQ(head(125), "\x81\x7d");
  EXPECT_EQ(head(126), std::string("\x81\x7e\x00\x7e", 4));
  EXPECT_EQ(head(65535), "\x81\x7e\xff\xff");
  EXPECT_EQ(head(65536), std::string("\x81\x7f\0\0\0\0\0\x01\0\0", 10));
}

TEST(WebSocketFrames, ACloseSaysWhyInOneFrame) {
  std::string out;
  append_close_frame(out, CloseCode::kGoingAway, "bye");
  EXPECT_EQ(out,
            "\x88\x05\x03\xe9"
            "bye");
  out.clear();
  append_close_frame(out, CloseCode::kNoStatus);
  EXPECT_EQ(out, std::string("\x88\x00", 2));
  out.clear();
  std::string reason;
  for (int i = 0; i < 50; ++i) reason += "長";
  append_close_frame(out, CloseCode::kNormal, reason);
  EXPECT_EQ(out.size(), 2 + 2 + 123u);  // 41 characters
}

class Asked final : public Request {
 public:
  using Fields = std::map<std::string, std::string, std::less<>>;
  explicit Asked(Fields fields) : fields_(std::move(fields)) {}
  std::string_view method() const override { return "GET"; }
  std::string_view target() const override { return "/"; }
  std::string_view path() const override { return "/"; }
  std::string_view body() const override { return {}; }
  std::string_view header(std::string_view name) const override {
    const auto found = fields_.find(name);
    return found == fields_.end() ? std::string_view() : found->second;
  }
  bool has_header(std::string_view name) const override { return fields_.contains(name); }
  std::string_view peer() const override { return ""; }

 private:
  Fields fields_;
};

TEST(WebSocketHandshake, AnswersTheKey) {
  const Asked good({{"Upgrade", "h2c, WebSocket"},
                    {"Connection", "keep-alive, Upgrade"},
                    {"Sec-WebSocket-Version", "13"},
                    {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}});
  EXPECT_TRUE(asks_for_websocket(good));
  const Response response = websocket_handshake(good);
  EXPECT_EQ(response.status, 101u);
  EXPECT_EQ(response.headers.back().second, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");  // RFC 6455 clause 1.3
}

TEST(WebSocketHandshake, SaysWhatIsWrong) {
  EXPECT_FALSE(asks_for_websocket(Asked(Asked::Fields{{"Upgrade", "h2c"}})));
  EXPECT_FALSE(asks_for_websocket(Asked(Asked::Fields{})));
  EXPECT_EQ(websocket_handshake(Asked(Asked::Fields{{"Upgrade", "websocket"}})).status, 400u);
  EXPECT_EQ(websocket_handshake(Asked({{"Connection", "upgrade"}, {"Sec-WebSocket-Version", "8"}})).status, 426u);
  for (const char* key :
       {"", "x", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZ!==", "dGhlIHNhbXBsZSBub25jZQ==="}) {
    const Asked request({{"Connection", "upgrade"}, {"Sec-WebSocket-Version", "13"}, {"Sec-WebSocket-Key", key}});
    EXPECT_EQ(websocket_handshake(request).status, 400u) << key;
  }
}

}  // namespace
}  // namespace tsunagu::gateway
