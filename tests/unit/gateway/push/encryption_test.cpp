// RFC 8291, the worked example of clause 5 and appendix A, byte for byte.
#include <gmock/gmock.h>

#include "gateway/push/encryption.h"
#include "gateway/push/subscription.h"
#include "gateway/push/vapid.h"
#include "trust/keys.h"

namespace tsunagu::gateway {
namespace {

std::string octets_of(std::string_view base64url) {
  const auto bytes = trust::from_base64url(base64url);
  EXPECT_TRUE(bytes);
  return bytes.value_or("");
}

const BrowserKeys kBrowser{
    octets_of("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"),
    octets_of("BTBZMqHH6r4Tts7J_aSIgg")};

TEST(PushEncryption, IsThatOfTheWorkedExample) {
  const SenderSecrets sender{
      octets_of("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"),
      octets_of("BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8"),
      octets_of("DGv6ra1nlYgDCS1FRnbzlw")};
  const auto body = encrypt_push("When I grow up, I want to be a watermelon", kBrowser, sender);
  ASSERT_TRUE(body) << body.error().detail;
  EXPECT_EQ(trust::to_base64url(*body),
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl"
            "7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN");
}

TEST(PushEncryption, HasAnotherKeyAndSaltEachTime) {
  const auto first = encrypt_push("x", kBrowser), second = encrypt_push("x", kBrowser);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->size(), 16 + 4 + 1 + 65 + 1 + 1 + 16u);
  EXPECT_NE(first->substr(0, 16), second->substr(0, 16));
  EXPECT_NE(first->substr(21, 65), second->substr(21, 65));
}

TEST(PushEncryption, RefusesWhatIsNoKeyAndWhatIsTooLong) {
  BrowserKeys off_the_curve = kBrowser;
  off_the_curve.p256dh.back() ^= 1;
  EXPECT_FALSE(encrypt_push("x", off_the_curve));
  EXPECT_FALSE(encrypt_push("x", {kBrowser.p256dh.substr(1), kBrowser.auth}));
  EXPECT_FALSE(encrypt_push("x", {std::string(65, '\0'), kBrowser.auth}));
  EXPECT_FALSE(encrypt_push("x", {kBrowser.p256dh, "short"}));
  const auto longest = encrypt_push(std::string(kMaxPushBytes, 'x'), kBrowser);
  ASSERT_TRUE(longest);
  EXPECT_EQ(longest->size(), 4096u);
  EXPECT_FALSE(encrypt_push(std::string(kMaxPushBytes + 1, 'x'), kBrowser));
}

TEST(PushSubscription, TakesOnlyWhatABrowserGives) {
  PushSubscription good;
  good.endpoint = "https://push.example.org/send/abc";
  good.p256dh = trust::to_base64url(kBrowser.p256dh);
  good.auth = trust::to_base64url(kBrowser.auth);
  good.language = "ja";
  EXPECT_TRUE(check_subscription(good));
  const auto refused = [&](auto&& change) {
    PushSubscription each = good;
    change(each);
    return !check_subscription(each);
  };
  EXPECT_TRUE(refused([](auto& s) { s.endpoint = "http://push.example.org/send/abc"; }));
  EXPECT_TRUE(refused([](auto& s) { s.endpoint = "file:///etc/passwd"; }));
  EXPECT_TRUE(refused([](auto& s) { s.endpoint = "https://push.example.org/a b\r\nX: y"; }));
  EXPECT_TRUE(refused([](auto& s) { s.p256dh = "AAAA"; }));
  EXPECT_TRUE(refused([](auto& s) { s.auth.clear(); }));
  EXPECT_TRUE(refused([](auto& s) { s.language = "fr"; }));
}

TEST(PushVapid, OriginOfAnAddress) {
  EXPECT_EQ(origin_of("https://push.example.org/send/abc"), "https://push.example.org");
  EXPECT_EQ(origin_of("https://push.example.org:444?x=/"), "https://push.example.org:444");
  EXPECT_EQ(origin_of("nothing"), "");
}

}  // namespace
}  // namespace tsunagu::gateway
