#include "gateway/mqtt/packet.h"

#include <gtest/gtest.h>

#include <string>

namespace tsunagu::gateway::mqtt {
namespace {

using namespace std::string_literals;

/// What is read from `bytes`, all of which must be one packet.
Result<Packet> read_one(std::string_view bytes, Version version = Version::k5) {
  PacketReader reader(1u << 20);
  reader.set_version(version);
  reader.add(bytes);
  auto packet = reader.next();
  if (!packet) return tl::unexpected(packet.error());
  if (!*packet || reader.held() != 0) return bad("not one packet");
  return std::move(**packet);
}

std::string written(const Packet& packet, Version version = Version::k5) {
  std::string out;
  append(out, version, packet);
  return out;
}

std::string fault(std::string_view bytes, Version version = Version::k5) {
  auto packet = read_one(bytes, version);
  return packet ? "" : packet.error().detail;
}

// The bytes of MQTT 3.1.1, clauses 3.1.3 and 3.3, as the standard prints them.
TEST(MqttPacket, WritesTheBytesOfTheStandard) {
  Connect connect;
  connect.version = Version::k311;
  connect.keep_alive_s = 10;
  connect.client_id = "a";
  connect.user = "u";
  connect.password = "p";
  EXPECT_EQ(written(connect, Version::k311), "\x10\x13\0\4MQTT\4\xc2\0\x0a\0\1a\0\1u\0\1p"s);
  Publish publish;
  publish.topic = "a/b";
  publish.qos = 1;
  publish.id = 10;
  publish.payload = "hi";
  EXPECT_EQ(written(publish, Version::k311), "\x32\x09\0\3a/b\0\x0ahi"s);
  EXPECT_EQ(written(publish, Version::k5), "\x32\x0a\0\3a/b\0\x0a\0hi"s);
  EXPECT_EQ(written(Acknowledgement{PacketType::kPuback, 258, 0, {}}), "\x40\2\1\2"s);
  EXPECT_EQ(written(Acknowledgement{PacketType::kPubrel, 1, 0, {}}), "\x62\2\0\1"s);
  EXPECT_EQ(written(Ping{}), "\xc0\0"s);
  EXPECT_EQ(written(Farewell{}), "\xe0\0"s);
}

TEST(MqttPacket, ReadsWhatItWrites) {
  Properties properties;
  properties.set(PropertyId::kMessageExpiry, 70'000);
  properties.set(PropertyId::kReceiveMaximum, 65'535);
  properties.set(PropertyId::kSubscriptionId, 268'435'455);
  properties.set(PropertyId::kPayloadFormat, 1);
  properties.all.push_back({PropertyId::kUserProperty, 0, "場所", "北海道"});
  properties.all.push_back({PropertyId::kUserProperty, 0, "場所", "日本"});
  properties.all.push_back({PropertyId::kCorrelationData, 0, "\0\xff"s, ""});
  properties.all.push_back({PropertyId::kReasonString, 0, "why", ""});
  Connect connect;
  connect.clean_start = false;
  connect.client_id = "gauge";
  connect.will = Will{"gone", "\0bye"s, 1, true, properties};
  connect.user = "水/1";
  connect.password = "\xff\xfe";
  Publish publish;
  publish.topic = "/json/水/1/attrs";
  publish.payload = std::string(200'000, 'x');
  publish.qos = 1;
  publish.id = 7;
  publish.duplicate = publish.retain = true;
  publish.properties = properties;
  for (const Version version : {Version::k311, Version::k5}) {
    const Properties some = version == Version::k5 ? properties : Properties();
    connect.version = version;
    connect.properties = connect.will->properties = publish.properties = some;
    const std::uint8_t reason = version == Version::k5 ? 0x87 : 0;
    const Packet all[] = {
        connect,
        Connack{true, 0, some},
        publish,
        Acknowledgement{PacketType::kPuback, 65535, reason, some},
        Acknowledgement{PacketType::kPubcomp, 1, 0, {}},
        Subscribe{9, some, {{"/json/+/+/attrs", 1}, {"#", 0}}},
        Unsubscribe{9, some, {"#"}},
        Granted{PacketType::kSuback, 9, some, {1, 0x80}},
        Ping{PacketType::kPingresp},
        Farewell{PacketType::kDisconnect, reason, some},
    };
    for (const Packet& packet : all) {
      const auto again = read_one(written(packet, version), version);
      ASSERT_TRUE(again) << packet.index() << ": " << again.error().detail;
      EXPECT_EQ(*again, packet) << packet.index();
    }
  }
}

TEST(MqttPacket, ComesInAnyPieces) {
  Publish publish;
  publish.topic = "t";
  publish.payload = std::string(300, 'x');
  std::string bytes;
  for (int i = 0; i < 5; ++i) append(bytes, Version::k5, publish);
  for (std::size_t step = 1; step < 310; step += 7) {
    PacketReader reader(1000);
    int count = 0;
    for (std::size_t at = 0; at < bytes.size(); at += step) {
      reader.add(std::string_view(bytes).substr(at, step));
      for (;;) {
        auto packet = reader.next();
        ASSERT_TRUE(packet);
        if (!*packet) break;
        ++count;
      }
    }
    EXPECT_EQ(count, 5) << step;
    EXPECT_EQ(reader.held(), 0u);
  }
}

TEST(MqttPacket, RefusesWhatIsMalformedAndSaysWhy) {
  EXPECT_NE(fault("\x00\x00"s), "");
  EXPECT_NE(fault("\x41\x02\0\1"s).find("flags"), std::string::npos);
  EXPECT_NE(fault("\x40\x02\0\0"s).find("identifier 0"), std::string::npos);
  EXPECT_NE(fault("\x40\x01\0"s).find("too short"), std::string::npos);
  EXPECT_NE(fault("\x36\x05\0\1a\0\1"s).find("QoS 3"), std::string::npos);
  EXPECT_NE(fault("\x30\x04\0\1+\0"s).find("wildcards"), std::string::npos);
  EXPECT_NE(fault("\x30\x03\0\0\0"s).find("empty topic"), std::string::npos);
  EXPECT_NE(fault("\x30\x04\0\1\xff\0"s).find("UTF-8"), std::string::npos);
  EXPECT_NE(fault("\x30\x04\0\1\0\0"s).find("UTF-8"), std::string::npos);
  EXPECT_NE(fault("\x30\xff\xff\xff\xff\x01"s).find("four bytes"), std::string::npos);
  EXPECT_NE(fault("\x30\x06\0\1a\2\x7f\0"s).find("unknown property"), std::string::npos);
  EXPECT_NE(fault("\x30\x08\0\1a\4\1\0\1\0"s).find("twice"), std::string::npos);
  EXPECT_NE(fault("\x82\x05\0\1\0\0\0"s).find("empty topic filter"), std::string::npos);
  EXPECT_NE(fault("\xc0\x01\0"s).find("behind its end"), std::string::npos);
  EXPECT_NE(fault("\x10\x0a\0\4MQTT\3\2\0\0"s).find("neither"), std::string::npos);
}

TEST(MqttPacket, TakesNothingLargerThanAllowed) {
  PacketReader reader(1024);
  reader.add("\x30\xff\xff\x03"s);  // 65,535 bytes to come
  const auto packet = reader.next();
  ASSERT_FALSE(packet);
  EXPECT_EQ(packet.error().code, ErrorCode::kContentTooLarge);
}

}  // namespace
}  // namespace tsunagu::gateway::mqtt
