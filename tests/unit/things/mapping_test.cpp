// Payloads of any form, by what is said of them in TOML.
#include "things/mapping.h"

#include <gtest/gtest.h>

namespace tsunagu::things {
namespace {

std::string told(std::string_view toml, std::string_view bytes) {
  const auto mapping = Mapping::read(toml);
  if (!mapping) return "wrong: " + mapping.error().detail;
  Payload payload;
  if (const auto done = (*mapping)->apply(bytes, payload); !done) return "refused: " + done.error().detail;
  std::string out;
  for (const Report& report : payload.reports) {
    if (!out.empty()) out += "; ";
    out += report.address;
    if (report.at != kNoInstant) out.append("@").append(to_string(report.at));
    for (std::uint32_t i = report.first; i < report.first + report.count; ++i) {
      out.append(" ").append(payload.readings[i].name).append("=").append(payload.readings[i].value);
    }
  }
  for (const auto& fault : payload.faults) out += " !" + fault.reason;
  return out;
}

TEST(Mappings, PointIntoJson) {
  EXPECT_EQ(told(R"(
device = "/dev/eui"
time = "/when"
[[reading]]
name = "temperature"
from = "/object/temp"
scale = 0.1
[[reading]]
name = "gate"
from = "/object/g"
values = { "0" = "closed", "1" = "open" }
[[reading]]
name = "missing"
from = "/object/none"
)",
                 R"({"dev":{"eui":"01ab"},"when":1783126800,"object":{"temp":215,"g":1}})"),
            "01ab@2026-07-04T01:00:00Z temperature=21.5 gate=\"open\"");
}

TEST(Mappings, GoThroughLists) {
  EXPECT_EQ(told("each = \"/r\"\ntime = \"/t\"\n[[reading]]\nname = \"x\"\nfrom = \"/v\"\n",
                 R"({"r":[{"t":"2026-07-04T01:00:00Z","v":1},{"t":"2026-07-04T01:10:00Z","v":2}]})"),
            "@2026-07-04T01:00:00Z x=1; @2026-07-04T01:10:00Z x=2");
}

TEST(Mappings, TakeBytesApart) {
  constexpr std::string_view kBytes = R"(
[bytes]
from = "/data"
encoding = "base64"
[[reading]]
name = "level"
at = 0
as = "i16be"
scale = 0.1
skip = -32768
[[reading]]
name = "battery"
at = 2
[[reading]]
name = "door"
at = 3
bits = [4, 2]
)";
  EXPECT_EQ(told(kBytes, R"({"data":"/84aIA=="})"), " level=-5 battery=26 door=2");
  EXPECT_EQ(told(kBytes, R"({"data":"gAAa"})"), " battery=26") << "nothing measured, and too short for the door";
  EXPECT_EQ(told(kBytes, R"({"data":"?"})"), "refused: /data is not Base64");
  EXPECT_EQ(told("[[reading]]\nname = \"f\"\nat = 0\nas = \"f32le\"\n", std::string_view("\x00\x00\xac\x41", 4)),
            " f=21.5");
  EXPECT_EQ(told("[[reading]]\nname = \"f\"\nat = 0\nas = \"f32le\"\n", std::string_view("\x00\x00\xc0\x7f", 4)),
            " !f is no number (NaN or infinite)");
}

TEST(Mappings, SayWhatIsWrongInThem) {
  for (const auto* text : {"", "x = 1", "[[reading]]\nname=\"a\"", "[[reading]]\nname=\"a\"\nfrom=\"temp\"",
                           "[[reading]]\nname=\"a\"\nat=0\nas=\"u64\"", "[[reading]]\nname=\"a\"\nat=0\nbits=[30,9]",
                           "time = 5\n[[reading]]\nname=\"a\"\nat=0", "[[reading", "reading = [1]"}) {
    EXPECT_EQ(told(text, "{}").substr(0, 14), "wrong: mapping") << text;
  }
}

/// Port and bytes (hexadecimal) of a downlink.
std::string sent(std::string_view toml, std::string_view name, std::string_view value) {
  const auto mapping = Mapping::read(toml);
  if (!mapping) return "wrong: " + mapping.error().detail;
  const auto made = (*mapping)->downlink(name, value);
  if (!made) return "refused: " + made.error().detail;
  std::string out = std::to_string(made->port) + (made->confirmed ? "" : " unconfirmed");
  for (const char c : made->bytes) {
    const char* digits = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(c);
    out += std::string(" ") + digits[byte >> 4] + digits[byte & 15];
  }
  return out;
}

constexpr std::string_view kValve = R"(
[[command]]
name = "report"
port = 20
bytes = "01 0000 ff"
[[command.field]]
from = "/minutes"
at = 1
as = "u16be"
[[command]]
name = "gate"
confirmed = false
[[command.field]]
at = 0
as = "u8"
bits = [0, 2]
values = { "closed" = 0, "open" = 1, "half" = 2 }
[[command]]
name = "target"
[[command.field]]
from = "/celsius"
at = 0
as = "i16le"
scale = 0.1
offset = -40
)";

TEST(Mappings, MakeDownlinksOfCommands) {
  EXPECT_EQ(sent(kValve, "report", R"({"minutes":600})"), "20 01 02 58 ff");
  EXPECT_EQ(sent(kValve, "gate", "\"half\""), "10 unconfirmed 02");
  EXPECT_EQ(sent(kValve, "target", R"({"celsius":-41.2})"), "10 f4 ff");
}

TEST(Mappings, WhatDoesNotFitIsNoDownlink) {
  EXPECT_EQ(sent(kValve, "report", R"({"minutes":65536})"), "refused: /minutes: 65536 does not fit into its bytes");
  EXPECT_EQ(sent(kValve, "report", R"({"minutes":-1})"), "refused: /minutes: -1 does not fit into its bytes");
  EXPECT_EQ(sent(kValve, "report", "{}"), "refused: /minutes: it is missing in the command");
  EXPECT_EQ(sent(kValve, "report", R"({"minutes":"x"})"), "refused: /minutes: \"x\" is no number");
  EXPECT_EQ(sent(kValve, "gate", "\"ajar\""), "refused: gate: \"ajar\" is none of its values");
  EXPECT_EQ(sent(kValve, "fly", "1"), "refused: the mapping knows no command fly");
}

TEST(Mappings, FaultsOfCommandsAreTold) {
  EXPECT_EQ(sent("[[command]]\nname = \"a\"\n", "a", "1"), "wrong: mapping:1: a: a downlink has 1 to 242 bytes");
  EXPECT_EQ(sent("[[command]]\nname = \"a\"\nport = 0\n", "a", "1"), "wrong: mapping:1: port is 1 to 223");
  EXPECT_EQ(sent("[[command]]\nname = \"a\"\nbytes = \"0g\"\n", "a", "1"), "wrong: mapping:1: bytes are hexadecimal");
  EXPECT_EQ(sent("[[command]]\nname = \"a\"\n[[command.field]]\nat = 300\n", "a", "1"), "wrong: mapping:1: a: a downlink has 1 to 242 bytes");
  EXPECT_EQ(sent("[[command]]\nname = \"a\"\n[[command.field]]\nat = 0\nbits = [4, 8]\n", "a", "1"), "wrong: mapping:3: bits that it does not have");
}

}  // namespace
}  // namespace tsunagu::things
