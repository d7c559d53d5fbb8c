// The columns that leaves are made of.
#include <gtest/gtest.h>

#include <random>

#include "store/history/integers.h"
#include "store/history/numbers.h"
#include "store/history/texts.h"

namespace tsunagu::store::leaf {
namespace {

constexpr std::size_t kSlack = 8;

std::size_t round_trip(const std::vector<std::int64_t>& values) {
  std::string bytes;
  put_integers(bytes, values);
  const std::size_t size = bytes.size();
  bytes.append(kSlack, '\x5a');
  std::vector<std::int64_t> back(values.size());
  Input in(std::string_view(bytes).substr(0, size));
  EXPECT_TRUE(read_integers(in, back));
  EXPECT_EQ(in.left(), 0u);
  EXPECT_EQ(back, values);
  Input again(std::string_view(bytes).substr(0, size));
  EXPECT_TRUE(skip_integers(again, values.size()));
  EXPECT_EQ(again.left(), 0u);
  return size;
}

TEST(LeafColumns, RulesCostNothing) {
  EXPECT_EQ(round_trip({0}), 1u);
  EXPECT_EQ(round_trip(std::vector<std::int64_t>(256, 0)), 1u);
  EXPECT_LE(round_trip(std::vector<std::int64_t>(256, 5'000'000)), 5u);
  std::vector<std::int64_t> regular, accelerating, gap;
  for (std::int64_t i = 0; i < 256; ++i) {
    regular.push_back(1'700'000'000'000'000 + i * 60'000'000);
    accelerating.push_back(i * i * 1000);
    gap.push_back(i * 60 + (i > 100 ? 1'000'000 : 0));
  }
  EXPECT_LE(round_trip(regular), 15u);
  EXPECT_LE(round_trip(accelerating), 6u);
  EXPECT_LE(round_trip(gap), 12u);  // one stray
}

TEST(LeafColumns, CommonDivisorIsTakenOut) {
  std::mt19937_64 random(1);
  std::vector<std::int64_t> milliseconds;
  for (int i = 0; i < 256; ++i) milliseconds.push_back(17 + 1000 * static_cast<std::int64_t>(random() % 1000));
  EXPECT_LE(round_trip(milliseconds), 256u * 10 / 8 + 10);
}

TEST(LeafColumns, EveryWidthAndSizeComesBack) {
  std::mt19937_64 random(2);
  for (unsigned width = 1; width <= 64; ++width)
    for (const std::size_t count : {1u, 2u, 3u, 8u, 9u, 100u, 256u}) {
      std::vector<std::int64_t> values;
      for (std::size_t i = 0; i < count; ++i)
        values.push_back(static_cast<std::int64_t>(random() >> (64 - width)) - static_cast<std::int64_t>(width));
      EXPECT_LE(round_trip(values), count * (width > 57 ? 8 : (width + 7) / 8) + 16);
    }
}

TEST(LeafColumns, AnyIntegersComeBack) {
  const std::vector<std::int64_t> ends{INT64_MIN, INT64_MIN + 1, -1, 0, 1, INT64_MAX - 1, INT64_MAX};
  for (unsigned seed = 0; seed < 500; ++seed) {
    std::mt19937_64 random(seed);
    std::vector<std::int64_t> values;
    const std::uint64_t spread = std::uint64_t{1} << random() % 64, strays = 1 + random() % 60;
    std::int64_t walk = static_cast<std::int64_t>(random());
    for (std::size_t count = 1 + random() % 256; values.size() < count;) {
      walk = plus(walk, static_cast<std::int64_t>(random() % spread));
      values.push_back(random() % strays ? walk : ends[random() % ends.size()]);
    }
    round_trip(values);
  }
}

TEST(LeafColumns, DamagedIntegersAreRefused) {
  std::string bytes;
  put_integers(bytes, std::vector<std::int64_t>{1, 5, 2, 900, 4, 3, 2, 1, 3, 5});
  std::vector<std::int64_t> out(10);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const std::string cut = bytes.substr(0, size) + std::string(kSlack, '\0');
    Input in(std::string_view(cut).substr(0, size));
    EXPECT_FALSE(read_integers(in, out)) << size;
  }
  for (const std::string_view wrong : {"\x03", "\x40\x3a", "\x02", "\x80\x01\x20"}) {
    const std::string padded = std::string(wrong) + std::string(80, '\0');
    Input in(std::string_view(padded).substr(0, 72));
    std::vector<std::int64_t> two(2);
    EXPECT_FALSE(read_integers(in, two));
  }
}

std::vector<std::string> texts_of_column(const std::vector<std::string_view>& texts, std::vector<std::uint8_t>& fits) {
  const PackedNumbers packed = pack_numbers(texts);
  fits = packed.fits;
  const std::string bytes = packed.bytes + std::string(kSlack, '\0');
  std::vector<std::string> out;
  const auto count = static_cast<std::size_t>(std::count(fits.begin(), fits.end(), 1));
  if (count == 0) return out;
  NumberColumn column;
  Input in(std::string_view(bytes).substr(0, packed.bytes.size()));
  EXPECT_TRUE(column.read(in, count));
  std::vector<double> values(count);
  column.values(values.data());
  for (std::size_t i = 0; i < count; ++i) {
    column.append_text(out.emplace_back(), i);
    EXPECT_EQ(values[i], std::strtod(out.back().c_str(), nullptr)) << out.back();
  }
  return out;
}

TEST(LeafColumns, NumbersThatFitKeepTheirTextAndValue) {
  const std::vector<std::vector<std::string_view>> columns{
      {"1", "2", "3"},
      {"12.5", "12", "12.25"},
      {"12.50", "12.00", "0.10"},
      {"-0.5", "0.5", "-100.25"},
      {"9223372036854775807", "-9223372036854775808"},
      {"9007199254740993", "9007199254740992"},
      {"0.30000000000000004", "3.141592653589793", "1e-07", "1e+22"},
      {"0.30000000000000004", "25.0", "100000.0", "0.0001", "123456.78901234567"},
      {"0.30000000000000004", "1e-7", "2.345678901234567e-9", "1e+21", "1.2345678901234567e-8"},
      {"21.299999237060547", "21.31999969482422", "21.34000015258789"},
  };
  for (const auto& texts : columns) {
    std::vector<std::uint8_t> fits;
    const std::vector<std::string> back = texts_of_column(texts, fits);
    ASSERT_EQ(back.size(), texts.size()) << texts[0];
    for (std::size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(back[i], texts[i]);
  }
}

TEST(LeafColumns, OneOddNumberDoesNotSpoilTheOthers) {
  std::vector<std::string> kept;
  for (int i = 0; i < 200; ++i) kept.push_back(std::to_string(20 + i % 7) + "." + std::to_string(1 + i % 9));
  kept[77] = "3.141592653589793238462643383279502884197169399375";
  kept[78] = "1E400";
  std::vector<std::string_view> texts(kept.begin(), kept.end());
  std::vector<std::uint8_t> fits;
  EXPECT_EQ(texts_of_column(texts, fits).size(), 198u);
  EXPECT_FALSE(fits[77] || fits[78]);
  EXPECT_LE(pack_numbers(texts).bytes.size(), 210u);
}

TEST(LeafColumns, OnlyNumbersAreNumbers) {
  EXPECT_EQ(number_of("12.5"), 12.5);
  EXPECT_EQ(number_of("1E2"), 100);
  for (const char* text : {"", "true", "\"12\"", "[1]", "1e999", "null", "{}"}) EXPECT_FALSE(number_of(text)) << text;
}

TEST(LeafColumns, CompressedBytesComeBackOrAreRefused) {
  for (const std::size_t size : {0u, 1u, 31u, 32u, 1000u, 200000u}) {
    const std::string bytes(size, 'a');
    std::string packed, room;
    put_compressed(packed, bytes);
    std::string_view back;
    Input in(packed);
    ASSERT_TRUE(read_compressed(in, size, room, back));
    EXPECT_EQ(back, bytes);
    EXPECT_EQ(in.left(), 0u);
    Input larger(packed);
    EXPECT_FALSE(read_compressed(larger, size + 1, room, back));
    Input huge(packed);
    EXPECT_FALSE(read_compressed(huge, std::uint64_t{1} << 60, room, back));
  }
}

}  // namespace
}  // namespace tsunagu::store::leaf
