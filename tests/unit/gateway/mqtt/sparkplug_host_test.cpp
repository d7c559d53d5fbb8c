#include "gateway/mqtt/sparkplug_host.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tsunagu::gateway::mqtt {
namespace {

/// Bytes of a payload with one metric of type Int32: by name, by alias, or both.
std::string payload(int sequence, const std::string& name, int alias, int value) {
  std::string metric;
  if (!name.empty()) metric += std::string("\x0a") + static_cast<char>(name.size()) + name;
  if (alias != 0) metric += std::string("\x10") + static_cast<char>(alias);
  if (!name.empty()) metric += "\x20\x03";
  metric += std::string("\x50") + static_cast<char>(value);
  std::string out = std::string("\x12") + static_cast<char>(metric.size()) + metric;
  if (sequence >= 0) {
    out += "\x18";
    if (sequence >= 128) out += static_cast<char>(0x80 | (sequence & 0x7f));
    out += static_cast<char>(sequence >= 128 ? 1 : sequence);
  }
  return out;
}

class SparkplugHostTest : public ::testing::Test {
 protected:
  SparkplugHost host{[this](std::string_view group, std::string_view address, const things::Payload& given,
                            const SparkplugHost::Done& done) {
                       for (const things::Reading& reading : given.readings) {
                         said += std::string(group) + "/" + std::string(address) + " " + std::string(reading.name) +
                                 "=" + std::string(reading.value) + "; ";
                       }
                       done({});
                     },
                     [this](const std::string& topic, const std::string&) { sent.push_back(topic); }};
  std::string said;
  std::vector<std::string> sent;
  Instant time = *parse_instant("2026-07-04T01:00:00Z");

  /// What was said to the intake because of this message.
  std::string receive(const std::string& type, const std::string& bytes, bool again = false) {
    said.clear();
    good = false;
    const bool of_device = type[0] == 'D';
    host.receive("spBv1.0/plant/" + type + "/press" + (of_device ? "/ram" : ""), bytes, again, time,
                 [this](const Result<void>& result) { good = bool(result); });
    return said;
  }
  bool good = false;
};

TEST_F(SparkplugHostTest, BirthDataByAliasDeath) {
  EXPECT_EQ(receive("NBIRTH", payload(0, "speed", 1, 5)), "plant/press online=true; plant/press speed=5; ");
  EXPECT_EQ(receive("DBIRTH", payload(1, "force", 2, 9)), "plant/press:ram online=true; plant/press:ram force=9; ");
  EXPECT_EQ(receive("NDATA", payload(2, "", 1, 6)), "plant/press speed=6; ");
  EXPECT_EQ(receive("DDATA", payload(3, "", 2, 7)), "plant/press:ram force=7; ");
  EXPECT_EQ(receive("NDEATH", ""), "plant/press online=false; plant/press:ram online=false; ");
  EXPECT_TRUE(good);
  EXPECT_TRUE(sent.empty());
  EXPECT_EQ(host.counts().births, 2u);
  EXPECT_EQ(host.counts().online, 0u);
}

TEST_F(SparkplugHostTest, TheSequenceGoesRoundAt256) {
  receive("NBIRTH", payload(255, "speed", 1, 5));
  EXPECT_EQ(receive("NDATA", payload(0, "", 1, 6)), "plant/press speed=6; ");
  EXPECT_TRUE(sent.empty());
}

TEST_F(SparkplugHostTest, AGapAsksForARebirthAndTrustsNoAliasUntilThen) {
  receive("NBIRTH", payload(0, "speed", 1, 5));
  EXPECT_EQ(receive("NDATA", payload(2, "", 1, 6)), "");
  EXPECT_FALSE(good);
  EXPECT_EQ(sent, std::vector<std::string>{"spBv1.0/plant/NCMD/press"});
  EXPECT_EQ(receive("NDATA", payload(3, "named", 0, 7)), "plant/press named=7; ");
  EXPECT_EQ(sent.size(), 1u) << "not asked for with every message";
  time.us += 6'000'000;
  receive("NDATA", payload(4, "named", 0, 7));
  EXPECT_EQ(sent.size(), 2u);
  receive("NBIRTH", payload(0, "speed", 1, 5));
  EXPECT_EQ(receive("NDATA", payload(1, "", 1, 6)), "plant/press speed=6; ");
}

TEST_F(SparkplugHostTest, DataBeforeTheBirthAskForOne) {
  EXPECT_EQ(receive("DDATA", payload(9, "", 2, 7)), "");
  EXPECT_EQ(sent, std::vector<std::string>{"spBv1.0/plant/NCMD/press"});
}

TEST_F(SparkplugHostTest, WhatComesAgainIsNoGap) {
  receive("NBIRTH", payload(0, "speed", 1, 5));
  receive("NDATA", payload(1, "", 1, 6));
  EXPECT_EQ(receive("NDATA", payload(1, "", 1, 6), true), "plant/press speed=6; ");
  EXPECT_EQ(receive("NDATA", payload(2, "", 1, 7)), "plant/press speed=7; ");
  EXPECT_TRUE(sent.empty());
}

TEST_F(SparkplugHostTest, TheDeathOfAnEarlierLifeIsNone) {
  receive("NBIRTH", payload(0, "bdSeq", 0, 4));
  EXPECT_EQ(receive("NDEATH", payload(-1, "bdSeq", 0, 3)), "");
  EXPECT_EQ(receive("NDEATH", payload(-1, "bdSeq", 0, 4)), "plant/press online=false; ");
}

TEST_F(SparkplugHostTest, GarbageIsRefused) {
  receive("NDATA", "\xff\xff\xff");
  EXPECT_FALSE(good);
  receive("NOTHING", payload(0, "x", 0, 1));
  EXPECT_FALSE(good);
}

TEST_F(SparkplugHostTest, CommandsGoToTheMetricOfTheBirthByItsAlias) {
  const auto command = [&](const std::string& address, const std::string& attribute, const std::string& value) {
    const auto made = host.command("plant", address, attribute, value, time);
    return made ? made->first : made.error().detail;
  };
  EXPECT_EQ(command("press", "speed", "5"), "the edge node is not online");
  receive("NBIRTH", payload(0, "Motor/Speed", 1, 5));
  EXPECT_EQ(command("press", "Motor_Speed", "5"), "spBv1.0/plant/NCMD/press");
  const auto read = things::read_sparkplug(host.command("plant", "press", "Motor_Speed", "5", time)->second);
  EXPECT_EQ(read->metrics[0].alias, 1u);
  EXPECT_EQ(command("press", "colour", "5"), "the birth named no metric colour");
  EXPECT_EQ(command("press", "Motor_Speed", "\"fast\""), "\"fast\" is no value of the metric's type (3)");
  EXPECT_EQ(command("press:ram", "force", "5"), "the device is not online at its edge node");
  receive("DBIRTH", payload(1, "force", 2, 9));
  EXPECT_EQ(command("press:ram", "force", "5"), "spBv1.0/plant/DCMD/press/ram");
  receive("NDEATH", "");
  EXPECT_EQ(command("press:ram", "force", "5"), "the edge node is not online");
}

}  // namespace
}  // namespace tsunagu::gateway::mqtt
