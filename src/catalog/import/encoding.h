// Text in any encoding that public data comes in → UTF-8, as a stream.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tsunagu::catalog {

enum class Encoding : unsigned char {
  kDetect,  ///< byte order mark; else valid UTF-8; else whichever of cp932 and EUC-JP reads with fewer faults
  kUtf8,
  kUtf16Le,
  kUtf16Be,
  kCp932,  ///< Shift_JIS as Windows writes it; a trail byte may be 0x5C
  kEucJp,
};

/// "auto", "utf-8", "utf-16le", "utf-16be", "shift_jis" (also "sjis", "cp932", "windows-31j"), "euc-jp"; any case, '_'
/// = '-'.
std::optional<Encoding> parse_encoding(std::string_view name);
const char* to_string(Encoding encoding);

/// Decodes chunk by chunk. Memory: a few hundred KiB at most. Not thread-safe.
class TextDecoder {
 public:
  explicit TextDecoder(Encoding encoding = Encoding::kDetect);
  ~TextDecoder();
  TextDecoder(const TextDecoder&) = delete;
  TextDecoder& operator=(const TextDecoder&) = delete;

  /// Appends the text of `bytes` to `out`, byte order mark left out. A byte that means nothing becomes U+FFFD and its
  /// line is noted. While nothing but ASCII has come and the encoding is to be detected, ASCII passes at once; from the
  /// first other byte on up to 256 KiB are held back for the decision.
  void feed(std::string_view bytes, std::string& out);
  void finish(std::string& out);

  /// What is being decoded; kDetect as long as only ASCII has come (all candidates read it alike).
  Encoding encoding() const { return encoding_; }

  /// Is there a byte without meaning in lines `first` to `last` (from 1)? Forgets what lies before `first`: ask in
  /// order.
  bool damaged(std::size_t first, std::size_t last);

 private:
  void advance(std::string& out, bool at_end);
  void take_mark();
  void decode_utf8(std::string_view bytes, std::string& out, bool at_end);
  void convert(std::string_view bytes, std::string& out, bool at_end);
  void put(std::string_view text, std::string& out);
  void put_damage(std::string& out);

  Encoding encoding_;
  bool started_ = false;       // a byte order mark can no longer come
  std::string held_;           // bytes not decoded yet: before the decision, or the head of a character
  void* converter_ = nullptr;  // iconv_t
  std::size_t line_ = 1;
  char last_ = 0;
  std::vector<std::size_t> damage_;  // ascending lines
  std::size_t damage_seen_ = 0;
};

}  // namespace tsunagu::catalog
