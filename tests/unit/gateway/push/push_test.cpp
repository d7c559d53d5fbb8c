// Notices to devices, with a push service that answers as it is told.
#include "gateway/push/push.h"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>
#include <future>

#include "store/embedded.h"
#include "unit/gateway/test_server.h"

namespace tsunagu::gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Pushing : public ::testing::Test {
 protected:
  Pushing() {
    std::string name = (std::filesystem::temp_directory_path() / "tsunagu-push-XXXXXX").string();
    folder = ::mkdtemp(name.data());
    store::EmbeddedOptions options;
    options.folder = folder / "data";
    store = std::move(*store::open_embedded(std::move(options)));
    open();
  }
  ~Pushing() override {
    client.stop();
    push.reset();
    store->stop();
    store.reset();
    std::filesystem::remove_all(folder);
  }
  void open() {
    PushOptions options;
    options.key_file = folder / "trust" / "push.key";
    options.contact = "mailto:push@example.org";
    options.first_wait = std::chrono::milliseconds(1);
    options.tries = 4;
    options.max_devices = 3;
    options.known = [](const PushPerson& who) { return who.account != "gone"; };
    auto opened = Push::open(*store, client, std::move(options));
    EXPECT_TRUE(opened) << (opened ? "" : opened.error().detail);
    push = std::move(*opened);
  }
  /// Answers with these, the last one for ever.
  void answers(std::vector<unsigned> statuses) {
    const std::lock_guard lock(mutex);
    next_status = std::move(statuses);
  }
  PushSubscription device(const std::string& path, const std::string& account = "duty") {
    PushSubscription s;
    s.person = {"", account};
    s.endpoint = "http://127.0.0.1:" + std::to_string(service.port()) + "/send/" + path;
    s.p256dh = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
    s.auth = "BTBZMqHH6r4Tts7J_aSIgg";
    s.language = "ja";
    std::promise<Result<PushSubscription>> kept;
    push->add(std::move(s), [&](Result<PushSubscription> r) { kept.set_value(std::move(r)); });
    auto out = kept.get_future().get();
    EXPECT_TRUE(out) << (out ? "" : out.error().detail);
    return out ? *out : PushSubscription{};
  }
  std::string send(const std::string& account = "duty", std::chrono::seconds ttl = std::chrono::hours(1)) {
    PushMessage message;
    message.title = {"題", "", "Title"};
    message.text = {"本文", "", "Text"};
    message.topic = "one";
    message.urgency = Urgency::kHigh;
    message.ttl = ttl;
    std::promise<std::string> told;
    push->send({"", account}, std::move(message), [&](std::string fault) { told.set_value(std::move(fault)); });
    return told.get_future().get();
  }
  std::vector<PushSubscription> devices(const std::string& account = "duty") { return push->of({"", account}); }

  std::mutex mutex;
  std::vector<unsigned> next_status{201};
  struct Seen {
    std::string path, ttl, urgency, topic, coding, authorization;
    std::size_t bytes = 0;
  };
  std::vector<Seen> seen;
  std::filesystem::path folder;
  std::unique_ptr<store::Store> store;
  TestServer service{{}, [this](Router& router) {
                       router.add("POST", "/send/{id}", [this](const RequestPtr& request, const PathParameters& path, Reply reply) {
                         const std::lock_guard lock(mutex);
                         seen.push_back({path[0], std::string(request->header("TTL")), std::string(request->header("Urgency")),
                                         std::string(request->header("Topic")), std::string(request->header("Content-Encoding")),
                                         std::string(request->header("Authorization")), request->body().size()});
                         Response response = text("");
                         response.status = next_status.front();
                         if (next_status.size() > 1) next_status.erase(next_status.begin());
                         reply.send(std::move(response));
                       });
                     }};
  HttpClient client;
  std::unique_ptr<Push> push;
};

TEST_F(Pushing, SendsWhatAPushServiceWants) {
  device("a");
  EXPECT_EQ(send(), "");
  ASSERT_THAT(seen, SizeIs(1));
  EXPECT_EQ(seen[0].path, "a");
  EXPECT_EQ(seen[0].ttl, "3600");
  EXPECT_EQ(seen[0].urgency, "high");
  EXPECT_EQ(seen[0].topic.size(), 32u);
  EXPECT_EQ(seen[0].coding, "aes128gcm");
  EXPECT_THAT(seen[0].authorization, HasSubstr("vapid t=ey"));
  EXPECT_THAT(seen[0].authorization, HasSubstr(", k=" + push->public_key()));
  EXPECT_GT(seen[0].bytes, 103u);
}

TEST_F(Pushing, ForgetsADeviceThatIsGone) {
  device("a");
  answers({410});
  EXPECT_EQ(send(), "the device takes no notices any more");
  EXPECT_THAT(devices(), IsEmpty());
  EXPECT_THAT(send(), HasSubstr("no device"));
  EXPECT_THAT(seen, SizeIs(1));
}

TEST_F(Pushing, TriesAgainWhatMayPass) {
  device("a");
  answers({503, 429, 201});
  EXPECT_EQ(send(), "");
  EXPECT_THAT(seen, SizeIs(3));
  EXPECT_THAT(devices(), SizeIs(1));
}

TEST_F(Pushing, GivesUpWhatStays) {
  device("a");
  answers({500});
  EXPECT_EQ(send(), "the push service answers with status 500");
  EXPECT_THAT(seen, SizeIs(4));
  answers({403});
  EXPECT_EQ(send(), "the push service answers with status 403");
  EXPECT_THAT(seen, SizeIs(5));
  answers({503});
  EXPECT_EQ(send("duty", std::chrono::seconds(0)), "the push service answers with status 503");  // not worth it any more
  EXPECT_THAT(seen, SizeIs(6));
}

TEST_F(Pushing, OneDeviceIsEnough) {
  device("a");
  device("b");
  answers({403, 201});
  EXPECT_EQ(send(), "");
}

TEST_F(Pushing, KeepsDevicesOfEachApart) {
  const auto mine = device("a");
  device("b", "other");
  const auto remove = [&](const std::string& account) {
    std::promise<Result<void>> done;
    push->remove({"", account}, mine.id, [&](Result<void> r) { done.set_value(std::move(r)); });
    return done.get_future().get();
  };
  EXPECT_FALSE(remove("other"));
  ASSERT_THAT(devices(), SizeIs(1));
  device("a", "other");  // somebody else signs in on the same browser
  EXPECT_THAT(devices(), IsEmpty());
  EXPECT_THAT(devices("other"), SizeIs(2));
  EXPECT_TRUE(remove("other"));
  EXPECT_THAT(devices("other"), SizeIs(1));
  device("c", "gone");
  EXPECT_THAT(send("gone"), HasSubstr("no account"));
}

TEST_F(Pushing, ANewDeviceTakesThePlaceOfTheOldest) {
  for (const char* each : {"a", "b", "c", "d"}) device(each);
  const auto left = devices();
  ASSERT_THAT(left, SizeIs(3));
  EXPECT_THAT(left.front().endpoint, HasSubstr("/send/b"));
}

TEST_F(Pushing, RemembersKeyAndDevicesOverARestart) {
  device("a");
  const std::string key = push->public_key();
  push.reset();
  open();
  EXPECT_EQ(push->public_key(), key);
  EXPECT_THAT(devices(), SizeIs(1));
  EXPECT_EQ(std::filesystem::status(folder / "trust" / "push.key").permissions() & std::filesystem::perms::mask,
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(Pushing, ConnectsOnlyWhereTheRulesAllow) {
  push.reset();
  HttpClient careful(*AddressRules::public_and({}));
  PushOptions options;
  options.key_file = folder / "trust" / "push.key";
  push = std::move(*Push::open(*store, careful, std::move(options)));
  device("a");
  EXPECT_THAT(send(), HasSubstr("inside a network"));
  EXPECT_THAT(seen, IsEmpty());
  careful.stop();
  push.reset();
}

TEST_F(Pushing, WhatWaitsFailsWhenItStops) {
  PushOptions options;
  options.key_file = folder / "trust" / "push.key";
  options.first_wait = std::chrono::hours(1);
  push = std::move(*Push::open(*store, client, std::move(options)));
  device("a");
  answers({503});
  std::promise<std::string> told;
  push->send({"", "duty"}, {}, [&](std::string fault) { told.set_value(std::move(fault)); });
  push->stop();
  EXPECT_THAT(told.get_future().get(), ::testing::AnyOf("the server stops", "the push service answers with status 503"));
}

}  // namespace
}  // namespace tsunagu::gateway
