// Text in any encoding that public data comes in → UTF-8, as a stream.
#pragma once
#include <optional>
#include <string>
#include <string_view>

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

  /// U+FDD0, a code point that no text holds: stands where a byte means nothing.
  static constexpr std::string_view kDamage = "\xEF\xB7\x90";

  /// Appends the text of `bytes` to `out`, byte order mark left out, kDamage for each byte that means nothing. While
  /// nothing but ASCII has come and the encoding is to be detected, ASCII passes at once; from the first other byte on
  /// up to 256 KiB are held back for the decision.
  void feed(std::string_view bytes, std::string& out);
  void finish(std::string& out);

  /// What is being decoded; kDetect as long as only ASCII has come (all candidates read it alike).
  Encoding encoding() const { return encoding_; }

 private:
  void advance(std::string& out, bool at_end);
  void take_mark();
  void decode_utf8(std::string_view bytes, std::string& out, bool at_end);
  void convert(std::string_view bytes, std::string& out, bool at_end);

  Encoding encoding_;
  bool started_ = false;       // a byte order mark can no longer come
  std::string held_;           // bytes not decoded yet: before the decision, or the head of a character
  void* converter_ = nullptr;  // iconv_t
};

}  // namespace tsunagu::catalog
