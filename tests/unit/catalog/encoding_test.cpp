#include "catalog/import/encoding.h"

#include <gtest/gtest.h>

namespace tsunagu::catalog {
namespace {

struct Decoded {
  std::string text;
  Encoding encoding;
};

Decoded decode(std::string_view bytes, Encoding encoding = Encoding::kDetect, std::size_t chunk = 1 << 20) {
  TextDecoder decoder(encoding);
  Decoded out;
  for (std::size_t at = 0; at < bytes.size(); at += chunk) decoder.feed(bytes.substr(at, chunk), out.text);
  decoder.finish(out.text);
  out.encoding = decoder.encoding();
  return out;
}

// "表,ソ" and "日本": the second byte of 表 and of ソ is 0x5C, a backslash in ASCII.
const std::string kSjis = "\x95\x5C,\x83\x5C\r\n\x93\xFA\x96\x7B\r\n";
const std::string kEuc = "\xC9\xBD,\xA5\xBD\r\n\xC6\xFC\xCB\xDC\r\n";
const std::string kText = "表,ソ\r\n日本\r\n";

TEST(Encoding, DetectsWhatJapaneseFilesComeIn) {
  EXPECT_EQ(decode(kText).text, kText);
  EXPECT_EQ(decode(kText).encoding, Encoding::kUtf8);
  EXPECT_EQ(decode("\xEF\xBB\xBF" + kText).text, kText);
  EXPECT_EQ(decode(kSjis).text, kText);
  EXPECT_EQ(decode(kSjis).encoding, Encoding::kCp932);
  EXPECT_EQ(decode(kEuc).text, kText);
  EXPECT_EQ(decode(kEuc).encoding, Encoding::kEucJp);
  EXPECT_EQ(decode(std::string("\xFF\xFE\x68\x88,\0", 6)).text, "表,");
  EXPECT_EQ(decode(std::string("\xFE\xFF\x88\x68\0,", 6)).text, "表,");
}

TEST(Encoding, AsciiAndNothing) {
  EXPECT_EQ(decode("a,b\n").text, "a,b\n");
  EXPECT_EQ(decode("").text, "");
  EXPECT_EQ(decode("x").text, "x");
  EXPECT_EQ(decode("\xEF\xBB\xBF").text, "");
}

TEST(Encoding, TheCutBetweenChunksDoesNotMatter) {
  for (const std::string& bytes : {kText, kSjis, kEuc, "\xEF\xBB\xBF" + kText}) {
    for (std::size_t chunk = 1; chunk < 5; ++chunk)
      EXPECT_EQ(decode(bytes, Encoding::kDetect, chunk).text, kText) << chunk;
  }
}

TEST(Encoding, ALongAsciiHeadDoesNotDecide) {
  std::string bytes;
  for (int i = 0; i < 200'000; ++i) bytes += "a,b\n";
  EXPECT_EQ(decode(bytes + kSjis, Encoding::kDetect, 4096).text, bytes + kText);
}

TEST(Encoding, CharactersOfWindows) {
  EXPECT_EQ(decode("\x87\x40\xFB\xFC\x81\x60\x83\x7C", Encoding::kCp932).text,
            "①髙～ポ");  // NEC and IBM additions, full-width tilde
}

TEST(Encoding, ABrokenByteIsMarkedAndTheRestIsRead) {
  const std::string damage(TextDecoder::kDamage);
  EXPECT_EQ(decode("表\n表\xFF表\n表\n").text, "表\n表" + damage + "表\n表\n");
  EXPECT_EQ(decode("表\n表\xFF表\n表\n").encoding, Encoding::kUtf8);
}

TEST(Encoding, TruncatedInsideACharacter) {
  const std::string damage(TextDecoder::kDamage);
  EXPECT_EQ(decode("a\n\xE8\xA1", Encoding::kUtf8).text, "a\n" + damage + damage);
  EXPECT_EQ(decode("a\n\x95", Encoding::kCp932).text, "a\n" + damage);
}

TEST(Encoding, CanBeForced) {
  EXPECT_EQ(decode("\xB1\xB2", Encoding::kCp932).text, "ｱｲ");
  EXPECT_EQ(parse_encoding("Shift_JIS"), Encoding::kCp932);
  EXPECT_EQ(parse_encoding("EUC-JP"), Encoding::kEucJp);
  EXPECT_EQ(parse_encoding("latin-1"), std::nullopt);
}

TEST(Encoding, AnyBytesGiveValidText) {
  std::string all;
  for (int round = 0; round < 4; ++round) {
    for (int i = 0; i < 256; ++i) all += static_cast<char>((i * 7 + round * 31) & 0xFF);
  }
  for (const Encoding encoding :
       {Encoding::kDetect, Encoding::kUtf8, Encoding::kCp932, Encoding::kEucJp, Encoding::kUtf16Le}) {
    for (const std::size_t chunk : {1U, 3U, 1000U}) {
      EXPECT_EQ(decode(decode(all, encoding, chunk).text, Encoding::kUtf8).text, decode(all, encoding, 1 << 20).text);
    }
  }
}

}  // namespace
}  // namespace tsunagu::catalog
