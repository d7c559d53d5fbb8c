#include "gateway/things/gunzip.h"

#include <zlib.h>

#include <algorithm>

namespace tsunagu::gateway::iot {

Result<std::string> gunzip(std::string_view bytes, std::size_t most) {
  constexpr int kGzip = 16 + MAX_WBITS;
  z_stream stream{};
  if (inflateInit2(&stream, kGzip) != Z_OK) return fail(ErrorCode::kInternalError, "zlib does not start");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(std::min<std::size_t>(bytes.size(), 1u << 30));
  std::string out;
  int status = Z_OK;
  while (status == Z_OK && out.size() <= most) {
    const std::size_t size = out.size();
    out.resize(size + std::max<std::size_t>(bytes.size() * 4, 64u << 10));
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + size);
    stream.avail_out = static_cast<uInt>(out.size() - size);
    status = inflate(&stream, Z_NO_FLUSH);
    out.resize(out.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (out.size() > most) return fail(ErrorCode::kContentTooLarge, "the body is too large when it is unpacked");
  if (status != Z_STREAM_END) return fail(ErrorCode::kInvalidRequest, "the body is no gzip file, or cut off");
  return out;
}

}  // namespace tsunagu::gateway::iot
