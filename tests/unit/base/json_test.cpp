#include "base/json.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <cmath>
#include <limits>
#include <random>

namespace tsunagu {
namespace {

std::string json_text(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

std::string number(double value) {
  std::string out;
  append_json_number(out, value);
  return out;
}

std::string canonical(std::string_view text, int max_depth = 64) {
  std::string out;
  return append_canonical_json(out, text, max_depth) ? out : "refused";
}

TEST(JsonString, EscapesOnlyWhatItMust) {
  EXPECT_EQ(json_text(""), R"("")");
  EXPECT_EQ(json_text("札幌市/Sapporo"), "\"札幌市/Sapporo\"");
  EXPECT_EQ(json_text("a\"b\\c\b\f\n\r\t\x01\x1f\x7f"), "\"a\\\"b\\\\c\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\"");
  EXPECT_EQ(json_text(std::string_view("\0", 1)), "\"\\u0000\"");
}

TEST(JsonString, FindsSpecialBytesAtEveryPlaceOfAWord) {
  for (const char special : {'"', '\\', '\n', '\x01'}) {
    for (std::size_t length = 1; length < 24; ++length) {
      for (std::size_t at = 0; at < length; ++at) {
        std::string text(length, '\xe9');
        text[at] = special;
        EXPECT_EQ(json_string_text(json_text(text)), text) << length << ' ' << at;
        EXPECT_GT(json_text(text).size(), length + 2);
      }
    }
  }
}

TEST(JsonString, ReadsBackWhatItWrote) {
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    std::string text(random() % 40, ' ');
    for (char& c : text) c = static_cast<char>(random() % 128);
    EXPECT_EQ(json_string_text(json_text(text)), text);
  }
}

TEST(JsonString, TextOfAnythingNeverFails) {
  EXPECT_EQ(json_string_text(""), "");
  EXPECT_EQ(json_string_text("\""), "");
  EXPECT_EQ(json_string_text(R"("a\")"), "a");
  EXPECT_EQ(json_string_text(R"("a\u12")"), "a12");
  EXPECT_EQ(json_string_text(R"("\u65e5\ud83d\ude00")"), "日😀");
}

TEST(JsonNumber, IsShortAndReadsBack) {
  EXPECT_EQ(number(200000.0), "200000");
  EXPECT_EQ(number(-9007199254740991.0), "-9007199254740991");
  EXPECT_EQ(number(-0.0), "-0");
  EXPECT_EQ(number(25.0), "25");
  EXPECT_EQ(number(0.1), "0.1");
  EXPECT_EQ(number(-43.062), "-43.062");
  EXPECT_EQ(number(1e300), "1e+300");
  EXPECT_EQ(number(5e-324), "5e-324");
  EXPECT_EQ(number(std::numeric_limits<double>::infinity()), "null");
  EXPECT_EQ(number(std::nan("")), "null");
  std::string out = "[";
  append_json_number(out, std::int64_t{-9223372036854775807 - 1});
  EXPECT_EQ(out, "[-9223372036854775808");
}

TEST(CanonicalJson, DropsWhiteSpaceAndNeedlessEscapes) {
  EXPECT_EQ(canonical(" { \"a\" : [ 1 , 2.50 , -0 , 1E+2 ] ,\r\n\t\"b\" : { } , \"c\":[ ] } "),
            R"({"a":[1,2.50,-0,1E+2],"b":{},"c":[]})");
  EXPECT_EQ(canonical(R"("\u0061\/\u65E5\uD83D\uDE00\u000a\u0000")"), "\"a/日😀\\n\\u0000\"");
  EXPECT_EQ(canonical("[[[true]],[false,null]]"), "[[[true]],[false,null]]");
  EXPECT_EQ(canonical("123456789012345678901234567890"), "123456789012345678901234567890");
}

TEST(CanonicalJson, RefusesWhatIsNotJson) {
  for (const char* text : {"",
                           " ",
                           "{",
                           "}",
                           "[1,]",
                           "[,1]",
                           "[1 2]",
                           "{\"a\"}",
                           "{\"a\":}",
                           "{\"a\":1,}",
                           "{a:1}",
                           "{\"a\" 1}",
                           "[1}",
                           "1 2",
                           "01",
                           "-",
                           "1.",
                           ".5",
                           "1e",
                           "1e+",
                           "+1",
                           "0x1",
                           "NaN",
                           "tru",
                           "truex",
                           "nul",
                           "\"a",
                           "\"\\x\"",
                           "\"\\u12g4\"",
                           "\"\\ud800\"",
                           "\"\\ud800\\u0041\"",
                           "\"\\udc00\"",
                           "\"\n\"",
                           "\"\xff\"",
                           "\"\xed\xa0\x80\"",
                           "[1]]",
                           "//c\n1",
                           "\xef\xbb\xbf"
                           "1"}) {
    EXPECT_EQ(canonical(text), "refused") << text;
  }
  EXPECT_EQ(canonical(std::string_view("1\0", 2)), "refused");
}

TEST(CanonicalJson, LimitsTheDepth) {
  EXPECT_EQ(canonical("[[1]]", 2), "[[1]]");
  EXPECT_EQ(canonical("[[1]]", 1), "refused");
  EXPECT_EQ(canonical("{\"a\":[]}", 1), "refused");
  EXPECT_EQ(canonical("1", 0), "1");
  EXPECT_EQ(canonical(std::string(1'000'000, '[')), "refused");
  const std::string deep = std::string(5000, '[') + std::string(5000, ']');
  EXPECT_EQ(canonical(deep, 5000), deep);
}

// Random edits of a document: this reader and simdjson must agree on what JSON is, and the outcome is stable.
TEST(CanonicalJson, AgreesWithAnotherReader) {
  const std::string seed = R"({"a":[1,-2.5e3,"x\u0041\n",true,false,null,{}],"b":{"c":[],"d":"\ud83d\ude00日"}})";
  constexpr std::string_view kBytes = "{}[],:\"\\u0123456789eE+-. \n\ttruefalsn\xe6\x97\xa5";
  std::mt19937 random(7);
  simdjson::dom::parser parser;
  int valid = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string text = seed;
    for (unsigned edits = random() % 3; edits-- > 0;) {
      const std::size_t at = random() % text.size();
      const char byte = kBytes[random() % kBytes.size()];
      if (random() % 3 == 0) {
        text.erase(at, 1);
      } else if (random() % 2 == 0) {
        text.insert(at, 1, byte);
      } else {
        text[at] = byte;
      }
    }
    const std::string once = canonical(text);
    const auto fault = parser.parse(text).error();
    if (fault == simdjson::NUMBER_ERROR) continue;  // stricter about large numbers
    EXPECT_EQ(once != "refused", fault == simdjson::SUCCESS) << text;
    if (once == "refused") continue;
    ++valid;
    EXPECT_EQ(canonical(once), once);
  }
  EXPECT_GT(valid, 5000);
}

TEST(Utf8, IsChecked) {
  EXPECT_TRUE(valid_utf8(""));
  EXPECT_TRUE(valid_utf8("北海道😀"));
  for (const char* text : {"\x80", "\xc0\xaf", "\xe3\x81", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\x93\xfa\x96{"}) {
    EXPECT_FALSE(valid_utf8(text));
  }
}

}  // namespace
}  // namespace tsunagu
