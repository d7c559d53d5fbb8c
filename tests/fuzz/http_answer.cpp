// Answers to notifications: any bytes, in any pieces. The first byte says how long a piece is.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "gateway/notify/response_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using tsunagu::gateway::notify::ResponseReader;
  if (size == 0) return 0;
  std::string_view rest(reinterpret_cast<const char*>(data + 1), size - 1);
  const std::size_t piece = 1u + data[0];
  ResponseReader reader;
  while (!rest.empty() &&
         (reader.state() == ResponseReader::State::kHead || reader.state() == ResponseReader::State::kBody)) {
    reader.feed(rest.substr(0, piece));
    rest.remove_prefix(std::min(piece, rest.size()));
  }
  if (reader.state() != ResponseReader::State::kHead && reader.state() != ResponseReader::State::kBad &&
      reader.status() < 100)
    std::abort();
  return 0;
}
