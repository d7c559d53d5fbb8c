// Devices that say nothing.
#include "things/silence.h"

#include "things_store.h"

namespace tsunagu::things {
namespace {

class Silences : public test::ThingsStore {
 protected:
  std::string state() const { return value("urn:ngsi-ld:Device:a", "deviceState"); }
};

TEST_F(Silences, LateThenSilentThenOnlineAgain) {
  put(R"({"id":"urn:ngsi-ld:DeviceModel:m","type":"DeviceModel","expectedInterval":{"type":"Property","value":60}})");
  put(R"({"id":"urn:ngsi-ld:Device:a","type":"Device","serviceGroup":{"type":"Property","value":"paddy"},
    "deviceAddress":{"type":"Property","value":"A-1"},
    "refDeviceModel":{"type":"Relationship","object":"urn:ngsi-ld:DeviceModel:m"}})");
  Silence silence(*store, *registry, now);
  const auto after = [this](int seconds) { return Instant{now.us + seconds * 1'000'000LL}; };
  EXPECT_EQ(silence.look(after(3600)), 0u) << "it never spoke";
  ASSERT_TRUE(json("{\"x\":1}"));
  EXPECT_EQ(state(), "\"online\"");
  EXPECT_EQ(silence.look(after(119)), 0u);
  EXPECT_EQ(silence.look(after(121)), 1u);
  EXPECT_EQ(state(), "\"late\"");
  EXPECT_EQ(silence.look(after(301)), 1u);
  EXPECT_EQ(state(), "\"silent\"");
  EXPECT_EQ(silence.look(after(900)), 0u);
  now = after(1000);
  ASSERT_TRUE(json("{\"x\":2}"));
  EXPECT_EQ(state(), "\"online\"");
  close();
  open();
  Silence after_restart(*store, *registry, after(7200));
  EXPECT_EQ(after_restart.look(after(7230)), 0u) << "nobody is silent because the server was away";
}

}  // namespace
}  // namespace tsunagu::things
