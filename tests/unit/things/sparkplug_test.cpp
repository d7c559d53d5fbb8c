#include "things/sparkplug.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace tsunagu::things {
namespace {

std::string from_hex(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    out += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return out;
}

// Written by npm sparkplug-payload 1.0.3.
const std::string kPayload = from_hex(
    "0880d095ffbc31121f0a0c456e67696e652f5370656564100118e8d795ffbc31200350fbffffff0f120a0a01742009656666aa41120e0a0164"
    "200a69000000000000f83f12070a0162200b7001120a0a0173200c7a03e6b0b412100a016c200458f4ffffffffffffffff0112070a01752008"
    "580c120c0a026938200150ffffffff0f120d0a026174200d5880d095ffbc3112070a016e200338011807");

TEST(Sparkplug, ReadsEveryTypeThatBecomesAnAttribute) {
  const auto payload = read_sparkplug(kPayload);
  ASSERT_TRUE(payload);
  EXPECT_EQ(to_string(payload->at), "2023-11-14T22:13:20Z");
  EXPECT_EQ(payload->sequence, 7u);
  std::string all;
  for (const SparkplugMetric& metric : payload->metrics) {
    all += metric.name + "=" + sparkplug_value(metric, metric.type) + " ";
  }
  EXPECT_EQ(all,
            "Engine/Speed=-5 t=21.3 d=1.5 b=true s=\"水\" l=-12 u=12 i8=-1 "
            "at={\"@type\":\"DateTime\",\"@value\":\"2023-11-14T22:13:20Z\"} n= ");
  EXPECT_EQ(payload->metrics[0].alias, 1u);
  EXPECT_EQ(to_string(payload->metrics[0].at), "2023-11-14T22:13:21Z");
}

TEST(Sparkplug, WhatIsCutOffOrDamagedIsRefusedOrRead) {
  for (std::size_t n = 0; n < kPayload.size(); ++n) {
    auto payload = read_sparkplug(std::string_view(kPayload).substr(0, n));
    EXPECT_TRUE(payload || payload.error().code == ErrorCode::kInvalidRequest);
    for (int value : {0, 0x7f, 0xff}) {
      std::string damaged = kPayload;
      damaged[n] = static_cast<char>(value);
      payload = read_sparkplug(damaged);
      if (!payload) continue;
      for (const SparkplugMetric& metric : payload->metrics) sparkplug_value(metric, metric.type);
    }
  }
}

TEST(Sparkplug, NumbersThatAreNoneHaveNoValue) {
  SparkplugMetric metric;
  metric.wire = SparkplugMetric::Wire::kDouble;
  metric.real = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(sparkplug_value(metric, SparkplugType::kDouble), "");
  metric.wire = SparkplugMetric::Wire::kFloat;
  metric.real = std::numeric_limits<double>::infinity();
  EXPECT_EQ(sparkplug_value(metric, SparkplugType::kFloat), "");
}

/// What a command says when it is read again; why not, when it cannot be said.
std::string said_again(SparkplugType type, std::string_view json, std::optional<std::uint64_t> alias = {}) {
  const Instant at = *parse_instant("2026-07-04T01:00:00Z");
  const auto bytes = sparkplug_command("Motor/Speed", alias, type, json, at);
  if (!bytes) return "refused";
  const auto payload = read_sparkplug(*bytes);
  if (!payload || payload->metrics.size() != 1 || payload->at != at) return "not read";
  const SparkplugMetric& metric = payload->metrics[0];
  EXPECT_EQ(metric.name, alias ? "" : "Motor/Speed");
  EXPECT_EQ(metric.alias, alias);
  EXPECT_EQ(metric.type, type);
  return sparkplug_value(metric, metric.type);
}

TEST(Sparkplug, CommandsAreReadAgain) {
  using enum SparkplugType;
  EXPECT_EQ(said_again(kBoolean, "true"), "true");
  EXPECT_EQ(said_again(kBoolean, "false", 7), "false");
  EXPECT_EQ(said_again(kInt8, "-128"), "-128");
  EXPECT_EQ(said_again(kInt32, "-7", 300), "-7");
  EXPECT_EQ(said_again(kUint32, "4294967295"), "4294967295");
  EXPECT_EQ(said_again(kInt64, "-9007199254740993"), "-9007199254740993");
  EXPECT_EQ(said_again(kUint64, "18446744073709551615"), "18446744073709551615");
  EXPECT_EQ(said_again(kFloat, "0.1"), "0.1");
  EXPECT_EQ(said_again(kDouble, "-1.5e+300"), said_again(kDouble, "-1.5e300"));
  EXPECT_EQ(said_again(kString, "\"停止\""), "\"停止\"");
  EXPECT_EQ(said_again(kDateTime, "\"2026-07-04T01:00:00Z\""), R"({"@type":"DateTime","@value":"2026-07-04T01:00:00Z"})");
}

TEST(Sparkplug, WhatDoesNotFitTheTypeIsNotSaid) {
  using enum SparkplugType;
  for (const auto& [type, json] :
       {std::pair{kInt8, "128"}, {kInt8, "1.5"}, {kUint8, "-1"}, {kUint16, "65536"}, {kInt32, "\"5\""},
        {kUint64, "18446744073709551616"}, {kBoolean, "1"}, {kString, "5"}, {kFloat, "1e39"}, {kDateTime, "\"soon\""},
        {kUnknown, "1"}, {kDouble, "{}"}}) {
    EXPECT_EQ(said_again(type, json), "refused") << json;
  }
}

TEST(Sparkplug, NamesBecomeNamesOfAttributes) {
  EXPECT_EQ(sparkplug_attribute("Engine/Speed (rpm)"), "Engine_Speed__rpm_");
  EXPECT_EQ(sparkplug_attribute("水温"), "水温");
}

}  // namespace
}  // namespace tsunagu::things
