// Frames from a client. Whatever comes and in whatever pieces: the same messages, none larger than allowed, texts and
// reasons are UTF-8, close codes may be sent on.
#include "gateway/http/websocket.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace {

using namespace tsunagu::gateway;
using Kind = WebSocketReader::Kind;
constexpr std::size_t kMax = 1000;

std::vector<std::string> read(std::string_view bytes, std::size_t piece) {
  WebSocketReader reader(kMax);
  std::vector<std::string> all;
  while (!bytes.empty()) {
    std::string_view part = bytes.substr(0, piece);
    bytes.remove_prefix(part.size());
    while (!part.empty()) {
      const std::size_t before = part.size();
      const Kind kind = reader.next(part);
      if (part.size() >= before) std::abort();
      if (kind == Kind::kNothing) continue;
      const bool text = kind == Kind::kText || kind == Kind::kClose;
      if (kind != Kind::kFault &&
          (reader.payload().size() > kMax || (text && !tsunagu::valid_utf8(reader.payload())))) {
        std::abort();
      }
      all.push_back(std::to_string(static_cast<int>(kind)) +
                    std::string(kind == Kind::kFault ? reader.fault() : std::string_view(reader.payload())));
      if (kind == Kind::kClose || kind == Kind::kFault) {
        std::string out;
        append_close_frame(out, reader.code(), kind == Kind::kClose ? reader.payload() : reader.fault());
        if (out.size() > 127) std::abort();
        return all;
      }
    }
  }
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto all = read(bytes, size);
  if (read(bytes, 1) != all || read(bytes, 7) != all) std::abort();
  return 0;
}
