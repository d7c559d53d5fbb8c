#include "store/history/texts.h"

#include <zstd.h>

#include <algorithm>
#include <array>
#include <memory>

#include "store/history/integers.h"

namespace tsunagu::store::leaf {

namespace {

constexpr int kLevel = 5;
constexpr std::size_t kWorthIt = 32;  // shorter bytes do not get smaller
constexpr std::size_t kFew = 8;       // texts among which a walk is quicker than a table

// Made once per thread: making them costs more than packing a few kilobytes.
ZSTD_CCtx* packer() {
  thread_local const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(), ZSTD_freeCCtx);
  return context.get();
}
ZSTD_DCtx* unpacker() {
  thread_local const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(), ZSTD_freeDCtx);
  return context.get();
}

bool read_lengths(Input& in, std::size_t count, std::array<std::int64_t, kMaxColumn>& lengths, std::uint64_t& sum) {
  if (!read_integers(in, std::span(lengths).first(count))) return false;
  sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (lengths[i] < 0 || static_cast<std::uint64_t>(lengths[i]) > kMaxUnpacked) return false;
    sum += static_cast<std::uint64_t>(lengths[i]);
  }
  return sum <= kMaxUnpacked;
}

}  // namespace

void put_compressed(std::string& out, std::string_view bytes) {
  if (bytes.size() >= kWorthIt && bytes.size() <= kMaxUnpacked && packer() != nullptr) {
    std::string packed(ZSTD_compressBound(bytes.size()), '\0');
    ZSTD_CCtx* context = packer();
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, kLevel);
    ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
    const std::size_t size = ZSTD_compress2(context, packed.data(), packed.size(), bytes.data(), bytes.size());
    if (!ZSTD_isError(size) && size + size / 16 < bytes.size()) {
      put_varint(out, size);
      out.append(packed, 0, size);
      return;
    }
  }
  put_uncompressed(out, bytes);
}

void put_uncompressed(std::string& out, std::string_view bytes) {
  out += '\0';
  out += bytes;
}

bool read_compressed(Input& in, std::uint64_t size, std::string& room, std::string_view& bytes) {
  const std::uint64_t packed_size = in.varint();
  if (packed_size == 0) {
    bytes = in.take(size);
    return in.ok;
  }
  constexpr std::uint64_t kHighestRatio = 40000;  // of zstd's format, about
  const std::string_view packed = in.take(packed_size);
  if (!in.ok || size > kMaxUnpacked || size / kHighestRatio > packed.size() || unpacker() == nullptr) return false;
  room.resize(size);
  if (ZSTD_decompressDCtx(unpacker(), room.data(), room.size(), packed.data(), packed.size()) != size) return false;
  bytes = room;
  return true;
}

void put_texts(std::string& out, std::span<const std::string_view> texts) {
  std::vector<std::int64_t> lengths;
  std::string bytes;
  for (const std::string_view text : texts) {
    lengths.push_back(static_cast<std::int64_t>(text.size()));
    bytes += text;
  }
  put_integers(out, lengths);
  put_compressed(out, bytes);
}

bool read_texts(Input& in, std::size_t count, std::string& room, std::vector<std::string_view>& texts) {
  std::array<std::int64_t, kMaxColumn> lengths;
  std::uint64_t sum = 0;
  std::string_view bytes;
  if (!read_lengths(in, count, lengths, sum) || !read_compressed(in, sum, room, bytes)) return false;
  texts.clear();
  std::size_t at = 0;
  for (std::size_t i = 0; i < count; ++i) {
    texts.push_back(bytes.substr(at, static_cast<std::size_t>(lengths[i])));
    at += static_cast<std::size_t>(lengths[i]);
  }
  return true;
}

void TextPool::clear() {
  if (!numbers_.empty()) numbers_.clear();
  distinct_.clear();
  all_.clear();
  distinct_bytes_ = 0;
}

std::uint32_t TextPool::number_of(std::string_view text) {
  const auto next = static_cast<std::uint32_t>(distinct_.size());
  if (next < kFew) {
    const auto known = std::find(distinct_.begin(), distinct_.end(), text);
    return static_cast<std::uint32_t>(known - distinct_.begin());
  }
  if (numbers_.empty())
    for (std::uint32_t i = 0; i < next; ++i) numbers_.emplace(distinct_[i], i);
  return numbers_.try_emplace(text, next).first->second;
}

void TextPool::add(std::string_view text) {
  if (!all_.empty() && distinct_[all_.back()] == text) {
    all_.push_back(all_.back());
    return;
  }
  const std::uint32_t number = number_of(text);
  if (number == distinct_.size()) {
    distinct_.push_back(text);
    distinct_bytes_ += text.size();
  }
  all_.push_back(number);
}

void TextPool::put(std::string& out, std::size_t begin, std::size_t count) const {
  if (count == 0) return;
  const std::span part = std::span(all_).subspan(begin, count);
  if (as_dictionary()) {
    if (distinct_.size() > 1) put_integers(out, std::vector<std::int64_t>(part.begin(), part.end()));
    return;
  }
  std::vector<std::string_view> texts;
  for (const std::uint32_t number : part) texts.push_back(distinct_[number]);
  put_texts(out, texts);
}

}  // namespace tsunagu::store::leaf
