#include "gateway/http/compression.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <new>

namespace tsunagu::gateway {
namespace {

constexpr std::size_t kShortest = 1 << 10;  // a shorter body fits into one packet anyway
constexpr std::size_t kAtOnce = 64 << 10;   // a longer body is compressed while it is sent
constexpr int kLevel = 4;
constexpr int kGzipWindow = 15 + 16;
constexpr int kMemory = 8;

class Gzip {
 public:
  Gzip() {
    if (deflateInit2(&state_, kLevel, Z_DEFLATED, kGzipWindow, kMemory, Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::bad_alloc();
  }
  ~Gzip() { deflateEnd(&state_); }
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;

  /// Appends to `out` what is ready of `bytes` and of what came before; all of it with `last`.
  void take(std::string_view bytes, bool last, std::string& out) {
    std::array<char, 16 << 10> piece;
    state_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    state_.avail_in = static_cast<uInt>(bytes.size());
    do {
      state_.next_out = reinterpret_cast<Bytef*>(piece.data());
      state_.avail_out = static_cast<uInt>(piece.size());
      deflate(&state_, last ? Z_FINISH : Z_NO_FLUSH);
      out.append(piece.data(), piece.size() - state_.avail_out);
    } while (state_.avail_out == 0);
  }

 private:
  z_stream state_{};
};

class CompressedStream final : public BodyStream {
 public:
  explicit CompressedStream(std::unique_ptr<BodyStream> inner) : inner_(std::move(inner)) {}

  bool next(std::string& chunk) override {
    plain_.clear();
    const bool more = inner_->next(plain_);
    gzip_.take(plain_, !more, chunk);
    return more;
  }

 private:
  std::unique_ptr<BodyStream> inner_;
  std::string plain_;
  Gzip gzip_;
};

class TextStream final : public BodyStream {
 public:
  explicit TextStream(std::string text) : text_(std::move(text)) {}

  bool next(std::string& chunk) override {
    const std::size_t size = std::min(kAtOnce, text_.size() - at_);
    chunk.append(text_, at_, size);
    at_ += size;
    return at_ < text_.size();
  }

 private:
  std::string text_;
  std::size_t at_ = 0;
};

bool is_text(std::string_view type) {
  type = type.substr(0, type.find(';'));
  return type.starts_with("text/") || type.ends_with("json") || type.ends_with("xml") ||
         type == "application/javascript" || type == "application/x-ndjson";
}

}  // namespace

bool accepts_coding(std::string_view header, std::string_view coding) {
  while (!header.empty()) {
    const auto comma = header.find(',');
    std::string_view item = header.substr(0, comma);
    header = comma == std::string_view::npos ? std::string_view{} : header.substr(comma + 1);
    while (item.starts_with(' ')) item.remove_prefix(1);
    if (!item.starts_with(coding)) continue;
    const std::string_view behind = item.substr(coding.size());
    if (behind.empty() || behind.starts_with(' ') || behind.starts_with(';')) {
      const auto q = behind.find("q=0");
      return q == std::string_view::npos || behind.find_first_of("123456789", q + 3) != std::string_view::npos;
    }
  }
  return false;
}

void compress_answer(Response& response, std::unique_ptr<BodyStream>& stream, std::string_view accepted) {
  if ((!stream && response.body.size() < kShortest) || !is_text(response.content_type)) return;
  for (const auto& [name, value] : response.headers) {
    if (name == "Content-Encoding" || name == "Vary") return;
  }
  response.headers.emplace_back("Vary", "Accept-Encoding");
  if (!accepts_coding(accepted, "gzip")) return;
  response.headers.emplace_back("Content-Encoding", "gzip");
  if (!stream && response.body.size() <= kAtOnce) {
    std::string small;
    Gzip().take(response.body, true, small);
    response.body = std::move(small);
    return;
  }
  if (!stream) stream = std::make_unique<TextStream>(std::exchange(response.body, {}));
  stream = std::make_unique<CompressedStream>(std::move(stream));
}

}  // namespace tsunagu::gateway
