#include "catalog/import/encoding.h"

#include <iconv.h>

#include <array>
#include <cerrno>

#include "base/text.h"

namespace tsunagu::catalog {
namespace {

constexpr std::size_t kProbe = 256 * 1024;

unsigned char byte(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

// Length of the UTF-8 character at `at`; 0 when the bytes are none, -1 when the text ends inside one.
int utf8_length(std::string_view text, std::size_t at) {
  const unsigned char c = byte(text, at);
  if (c < 0x80) return 1;
  const int length = c >= 0xC2 && c <= 0xDF ? 2 : c >= 0xE0 && c <= 0xEF ? 3 : c >= 0xF0 && c <= 0xF4 ? 4 : 0;
  for (int i = 1; i < length; ++i) {
    if (at + static_cast<std::size_t>(i) >= text.size()) return -1;
    const unsigned char next = byte(text, at + static_cast<std::size_t>(i));
    unsigned char low = 0x80, high = 0xBF;
    if (i == 1 && c == 0xE0) low = 0xA0;
    if (i == 1 && c == 0xED) high = 0x9F;
    if (i == 1 && c == 0xF0) low = 0x90;
    if (i == 1 && c == 0xF4) high = 0x8F;
    if (next < low || next > high) return 0;
  }
  return length;
}

bool reads_as_utf8(std::string_view text, bool at_end) {
  for (std::size_t at = 0; at < text.size();) {
    const int length = utf8_length(text, at);
    if (length == 0) return false;
    if (length < 0) return !at_end;
    at += static_cast<std::size_t>(length);
  }
  return true;
}

// Faults of the text read as cp932, and how much of it would be half-width katakana: EUC-JP read as cp932 is full of
// them.
struct Score {
  std::size_t faults = 0;
  std::size_t odd = 0;
};

Score score_cp932(std::string_view text) {
  Score score;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const unsigned char c = byte(text, at);
    if (c < 0x80) continue;
    if (c >= 0xA1 && c <= 0xDF) {
      ++score.odd;
    } else if ((c >= 0x81 && c <= 0x9F) || (c >= 0xE0 && c <= 0xFC)) {
      if (at + 1 == text.size()) break;
      const unsigned char trail = byte(text, ++at);
      if (trail < 0x40 || trail == 0x7F || trail > 0xFC) ++score.faults;
    } else {
      ++score.faults;
    }
  }
  return score;
}

Score score_euc(std::string_view text) {
  Score score;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const unsigned char c = byte(text, at);
    if (c < 0x80) continue;
    const std::size_t trails = c == 0x8F ? 2 : 1;
    if (c != 0x8E && c != 0x8F && (c < 0xA1 || c == 0xFF)) {
      ++score.faults;
      continue;
    }
    if (at + trails >= text.size()) break;
    for (std::size_t i = 1; i <= trails; ++i) {
      const unsigned char trail = byte(text, at + i);
      if (trail < 0xA1 || trail == 0xFF) ++score.faults;
    }
    if (c == 0x8E) ++score.odd;
    at += trails;
  }
  return score;
}

// The encoding of text that has a byte beyond ASCII and no byte order mark.
Encoding detect(std::string_view text, bool at_end) {
  if (reads_as_utf8(text, at_end)) return Encoding::kUtf8;
  const Score sjis = score_cp932(text), euc = score_euc(text);
  std::size_t wrong = 0, right = 0;  // bytes that are no UTF-8, and characters of three bytes: rare by chance
  for (std::size_t at = 0; at < text.size();) {
    const int length = utf8_length(text, at);
    if (length > 2) ++right;
    if (length == 0) ++wrong;
    at += length > 0 ? static_cast<std::size_t>(length) : 1;
  }
  // A few stray bytes in UTF-8 text must not turn all of it into another encoding.
  if (right > 0 && right >= wrong * 2) return Encoding::kUtf8;
  if (sjis.faults != euc.faults) return sjis.faults < euc.faults ? Encoding::kCp932 : Encoding::kEucJp;
  return sjis.odd > euc.odd ? Encoding::kEucJp : Encoding::kCp932;
}

const char* iconv_name(Encoding encoding) {
  switch (encoding) {
    case Encoding::kUtf16Le:
      return "UTF-16LE";
    case Encoding::kUtf16Be:
      return "UTF-16BE";
    case Encoding::kEucJp:
      return "EUC-JP-MS";
    default:
      return "CP932";
  }
}

}  // namespace

std::optional<Encoding> parse_encoding(std::string_view name) {
  std::string plain(name);
  for (char& c : plain) c = c == '_' ? '-' : c;
  struct Name {
    const char* text;
    Encoding encoding;
  };
  constexpr std::array<Name, 14> kNames{{{"auto", Encoding::kDetect},
                                         {"utf-8", Encoding::kUtf8},
                                         {"utf8", Encoding::kUtf8},
                                         {"utf-16le", Encoding::kUtf16Le},
                                         {"utf-16be", Encoding::kUtf16Be},
                                         {"shift-jis", Encoding::kCp932},
                                         {"shiftjis", Encoding::kCp932},
                                         {"sjis", Encoding::kCp932},
                                         {"cp932", Encoding::kCp932},
                                         {"ms932", Encoding::kCp932},
                                         {"windows-31j", Encoding::kCp932},
                                         {"euc-jp", Encoding::kEucJp},
                                         {"eucjp", Encoding::kEucJp},
                                         {"euc-jp-ms", Encoding::kEucJp}}};
  for (const Name& known : kNames) {
    if (equal_ignoring_case(plain, known.text)) return known.encoding;
  }
  return std::nullopt;
}

const char* to_string(Encoding encoding) {
  switch (encoding) {
    case Encoding::kDetect:
      return "ASCII";
    case Encoding::kUtf8:
      return "UTF-8";
    case Encoding::kUtf16Le:
      return "UTF-16LE";
    case Encoding::kUtf16Be:
      return "UTF-16BE";
    case Encoding::kCp932:
      return "Shift_JIS (cp932)";
    case Encoding::kEucJp:
      return "EUC-JP";
  }
  return "";
}

TextDecoder::TextDecoder(Encoding encoding) : encoding_(encoding) {}

TextDecoder::~TextDecoder() {
  if (converter_ != nullptr) iconv_close(static_cast<iconv_t>(converter_));
}

void TextDecoder::feed(std::string_view bytes, std::string& out) {
  held_ += bytes;
  if (started_ || held_.size() >= 3) advance(out, false);
}

void TextDecoder::finish(std::string& out) {
  advance(out, true);
}

void TextDecoder::advance(std::string& out, bool at_end) {
  if (!started_) take_mark();
  if (encoding_ == Encoding::kDetect) {
    std::size_t ascii = 0;
    while (ascii < held_.size() && byte(held_, ascii) < 0x80) ++ascii;
    out.append(held_, 0, ascii);
    held_.erase(0, ascii);
    if (held_.empty() || (held_.size() < kProbe && !at_end)) return;
    encoding_ = detect(held_, at_end);
  }
  std::string bytes;
  bytes.swap(held_);
  if (encoding_ == Encoding::kUtf8) {
    decode_utf8(bytes, out, at_end);
  } else {
    convert(bytes, out, at_end);
  }
}

void TextDecoder::take_mark() {
  struct Mark {
    std::string_view bytes;
    Encoding encoding;
  };
  constexpr std::array<Mark, 3> kMarks{
      {{"\xEF\xBB\xBF", Encoding::kUtf8}, {"\xFF\xFE", Encoding::kUtf16Le}, {"\xFE\xFF", Encoding::kUtf16Be}}};
  started_ = true;
  for (const Mark& mark : kMarks) {
    if (!held_.starts_with(mark.bytes)) continue;
    if (encoding_ == Encoding::kDetect) encoding_ = mark.encoding;
    if (encoding_ == mark.encoding) held_.erase(0, mark.bytes.size());
    return;
  }
}

void TextDecoder::decode_utf8(std::string_view bytes, std::string& out, bool at_end) {
  std::size_t good = 0;
  for (std::size_t at = 0; at < bytes.size();) {
    const int length = utf8_length(bytes, at);
    if (length > 0) {
      at += static_cast<std::size_t>(length);
      continue;
    }
    out += bytes.substr(good, at - good);
    if (length < 0 && !at_end) {
      held_ = bytes.substr(at);
      return;
    }
    out += kDamage;
    good = ++at;
  }
  out += bytes.substr(good);
}

void TextDecoder::convert(std::string_view bytes, std::string& out, bool at_end) {
  if (converter_ == nullptr) {
    const iconv_t opened = iconv_open("UTF-8", iconv_name(encoding_));
    if (opened == reinterpret_cast<iconv_t>(-1)) {  // the system lacks the table: every byte is without meaning
      decode_utf8(bytes, out, at_end);
      return;
    }
    converter_ = opened;
  }
  char* in = const_cast<char*>(bytes.data());
  std::size_t left = bytes.size();
  std::array<char, 16 * 1024> buffer;
  while (left > 0) {
    char* to = buffer.data();
    std::size_t room = buffer.size();
    errno = 0;
    const std::size_t done = iconv(static_cast<iconv_t>(converter_), &in, &left, &to, &room);
    const int fault = done == static_cast<std::size_t>(-1) ? errno : 0;
    out.append(buffer.data(), buffer.size() - room);
    if (fault == EINVAL && !at_end) {
      held_.assign(in, left);
      return;
    }
    if (fault == EILSEQ || fault == EINVAL) {
      out += kDamage;
      const std::size_t skip =
          encoding_ == Encoding::kUtf16Le || encoding_ == Encoding::kUtf16Be ? std::min<std::size_t>(2, left) : 1;
      in += skip;
      left -= skip;
    }
  }
}

}  // namespace tsunagu::catalog
