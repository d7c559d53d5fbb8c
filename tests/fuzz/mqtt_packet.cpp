// Packets of MQTT from a stream of bytes: the same however the stream is cut, and what is written is read again.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/mqtt/packet.h"

namespace {

using namespace tsunagu::gateway::mqtt;

std::vector<std::string> read(std::string_view bytes, Version version, std::size_t step) {
  PacketReader reader(65536);
  reader.set_version(version);
  std::vector<std::string> all;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    reader.add(bytes.substr(at, step));
    for (;;) {
      auto packet = reader.next();
      if (!packet) {
        all.push_back(packet.error().detail);
        return all;
      }
      if (!*packet) break;
      std::string written;
      append(written, version, **packet);
      PacketReader again(1u << 20);
      again.set_version(version);
      again.add(written);
      auto same = again.next();
      if (!same || !*same || !(**same == **packet)) std::abort();
      all.push_back(std::move(written));
    }
  }
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Version version = data[0] & 1 ? Version::k311 : Version::k5;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto all = read(bytes, version, size);
  if (read(bytes, version, 1) != all || read(bytes, version, 7) != all) std::abort();
  return 0;
}
