// Accounts, passwords, codes, sessions and keys.
#include <gmock/gmock.h>

#include <fstream>

#include "sign_in_fixture.h"
#include "trust/keys.h"
#include "trust/sign_in/demonstration.h"
#include "trust/sign_in/totp.h"

namespace tsunagu::trust {
namespace {

constexpr const char* kGood = "five quiet boats";
constexpr Instant kAt{1'775'000'000'000'000};
constexpr std::int64_t kHour = 3600LL * 1'000'000;

Instant later(std::int64_t us) {
  return Instant{kAt.us + us};
}

TEST(Passwords, AreJudgedByLengthAndByWhatEverybodyTries) {
  for (const char* poor :
       {"short", "123456789", "1234567890", "0123456789", "aaaaaaaaaaaa", "abababababab", "Password123",
        "!!Qwertyuiop2024", "tsunagu2026", "administrator", "demo-resident1", "\xff\xfe 12345678"}) {
    EXPECT_TRUE(password_problem(poor, "demo-resident@example.org")) << poor;
  }
  for (const char* good : {kGood, "つなぐ町の静かな五つの舟", "k9!vR2#pLq7x", "Sapporo is where we meet"}) {
    EXPECT_FALSE(password_problem(good, "demo")) << good;
  }
  EXPECT_TRUE(password_problem(std::string(257, 'x') + "abcdef", "demo"));
}

TEST(Passwords, FitOnlyTheirOwnHash) {
  const PasswordCost cheap{1, 8192};
  const auto hash = hash_password(kGood, cheap);
  ASSERT_TRUE(hash);
  EXPECT_THAT(*hash, ::testing::StartsWith("$argon2id$"));
  EXPECT_NE(*hash, *hash_password(kGood, cheap));
  EXPECT_TRUE(password_fits(*hash, kGood, cheap));
  EXPECT_FALSE(password_fits(*hash, "five quiet boat", cheap));
  EXPECT_FALSE(password_fits("", "", cheap));
  EXPECT_FALSE(password_fits("no hash", kGood, cheap));
}

TEST(Throttle, WaitsLongerAndLonger) {
  Throttle throttle;
  const Throttle::Rule rule{3, std::chrono::seconds(8)};
  Instant at = kAt;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(throttle.attempt("a", rule, at).count(), 0);
  std::vector<std::int64_t> waits;
  for (int i = 0; i < 6; ++i) {
    const auto wait = throttle.attempt("a", rule, at);
    waits.push_back(wait.count());
    at.us += wait.count() * 1'000'000;
    EXPECT_EQ(throttle.attempt("a", rule, at).count(), 0) << "after the wait it is looked at";
  }
  EXPECT_THAT(waits, ::testing::ElementsAre(1, 2, 4, 8, 8, 8));
  EXPECT_EQ(throttle.attempt("b", rule, at).count(), 0) << "others are not concerned";
  EXPECT_EQ(throttle.attempt("a", rule, Instant{at.us + 2 * kHour}).count(), 0);
  EXPECT_EQ(throttle.attempt("a", rule, Instant{at.us + 2 * kHour}).count(), 0) << "forgotten after an hour";
}

TEST(Throttle, HasRoomForSoManyOnly) {
  Throttle throttle(3);
  const Throttle::Rule rule{1, std::chrono::seconds(60)};
  for (int i = 0; i < 3; ++i) throttle.attempt(std::to_string(i), rule, later(i));
  throttle.attempt("new", rule, later(10));
  EXPECT_EQ(throttle.attempt("0", rule, later(20)).count(), 0) << "the oldest made room";
  EXPECT_GT(throttle.attempt("new", rule, later(20)).count(), 0);
}

TEST(Totp, GivesTheCodesOfRfc6238) {
  const std::string secret = "12345678901234567890";  // appendix B, SHA-1; the last 6 of 8 digits
  EXPECT_EQ(totp_code(secret, 59 / 30), "287082");
  EXPECT_EQ(totp_code(secret, 1111111109 / 30), "081804");
  EXPECT_EQ(totp_code(secret, 20000000000 / 30), "353130");
  EXPECT_EQ(to_base32(secret), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
}

TEST(Totp, TakesACodeOnceAndAboutNow) {
  const std::string secret = new_totp_secret();
  const std::int64_t step = kAt.us / 30'000'000;
  for (int off : {-1, 0, 1}) EXPECT_EQ(totp_step(secret, totp_code(secret, step + off), 0, kAt), step + off);
  for (int off : {-2, 2}) EXPECT_FALSE(totp_step(secret, totp_code(secret, step + off), 0, kAt));
  EXPECT_FALSE(totp_step(secret, totp_code(secret, step), step, kAt));
  EXPECT_FALSE(totp_step(secret, totp_code(secret, step - 1), step, kAt)) << "nor an older one";
  for (const char* no : {"", "000", "0000000", "abcdef"}) EXPECT_FALSE(totp_step(secret, no, 0, kAt));
}

TEST(Totp, HasAPictureForThePhone) {
  const auto svg = qr_svg(totp_uri(new_totp_secret(), "demo@example.org", "つなぐ"));
  ASSERT_TRUE(svg);
  EXPECT_THAT(*svg, ::testing::HasSubstr("<svg"));
  EXPECT_FALSE(qr_svg(std::string(5000, 'x')));
}

TEST(Recovery, CodesAreLongAndBoundToTheirAccount) {
  const auto codes = new_recovery_codes();
  ASSERT_EQ(codes.size(), 10u);
  EXPECT_THAT(codes[0], ::testing::MatchesRegex("[a-z2-7]{4}-[a-z2-7]{4}-[a-z2-7]{4}-[a-z2-7]{4}"));
  std::string typed = codes[0];
  typed.erase(std::remove(typed.begin(), typed.end(), '-'), typed.end());
  for (char& c : typed) c = static_cast<char>(::toupper(c));
  EXPECT_EQ(recovery_digest("a", codes[0]), recovery_digest("a", typed));
  EXPECT_NE(recovery_digest("a", codes[0]), recovery_digest("b", codes[0]));
}

TEST(Addresses, AreThoseOfAClient) {
  EXPECT_EQ(network_of("203.0.113.7:5000"), "203.0.113.7");
  EXPECT_EQ(network_of("[2001:db8:1:2:3:4:5:6]:80"), network_of("[2001:db8:1:2:ffff::1]:80"));
  EXPECT_NE(network_of("[2001:db8:1:2::1]:80"), network_of("[2001:db8:1:3::1]:80"));
  EXPECT_EQ(network_of("[::ffff:203.0.113.7]:80"), "203.0.113.7");
}

TEST_F(SignInTest, APasswordLetsInAndASessionLasts) {
  make();
  EXPECT_FALSE(sign_in->accounts().any());
  add("resident", kGood);
  const auto in = password("Resident ", kGood);
  ASSERT_TRUE(in) << in.error().error.detail;
  EXPECT_EQ(in->session->subject->id, "urn:ngsi-ld:Resident:resident");
  EXPECT_EQ(in->session->subject->assurance, Assurance::kSingle);
  EXPECT_EQ(in->token.size(), 43u);
  EXPECT_EQ(auditor.last().kind, AuditKind::kSignIn);
  EXPECT_EQ(auditor.last().outcome, "ok");
  const auto who = sign_in->sessions().who(in->token, now());
  ASSERT_TRUE(who);
  EXPECT_EQ(who->session, in->session->id);
  restart();
  ASSERT_TRUE(sign_in->sessions().who(in->token, now())) << "a restart ends no session";
  for (const auto& [key, body] : store->documents({}, "trust.sessions")) {
    EXPECT_EQ(key.find(in->token) + body.find(in->token), 2 * std::string::npos) << "the token is not kept";
  }
}

TEST_F(SignInTest, WhatIsWrongIsNotTold) {
  make();
  add("resident", kGood);
  const auto wrong = password("resident", "five quiet ships"), nobody = password("nobody", kGood);
  ASSERT_FALSE(wrong || nobody);
  EXPECT_EQ(wrong.error().error.detail, nobody.error().error.detail);
  EXPECT_EQ(wrong.error().error.code, ErrorCode::kUnauthorized);
  EXPECT_EQ(auditor.last().subject->account, "") << "what was typed may be a password";
  wait<Result<AccountPtr>>([&](auto done) {
    sign_in->change(
        everybody(), visitor, "resident", "disable",
        [](Account& a) -> Result<void> {
          a.disabled = true;
          return {};
        },
        done);
  });
  EXPECT_FALSE(password("resident", kGood));
}

TEST_F(SignInTest, WhoGuessesWaitsAndDoesNotHinderTheOwner) {
  make();
  add("resident", kGood);
  const auto first = password("resident", kGood);
  ASSERT_TRUE(first);
  ASSERT_FALSE(first->device.empty());
  Visitor stranger{"198.51.100.1:1", "curl", "", ""}, owner = visitor;
  owner.device = first->device;
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(password("resident", "guess number " + std::to_string(i), "", stranger));
  const auto held = password("resident", kGood, "", stranger);
  ASSERT_FALSE(held);
  EXPECT_EQ(held.error().error.code, ErrorCode::kTooManyRequests);
  EXPECT_GT(held.error().retry_after.count(), 0);
  const auto in = password("resident", kGood, "", owner);
  ASSERT_TRUE(in) << "a browser that signed in before is not held";
  EXPECT_TRUE(in->device.empty());
}

TEST_F(SignInTest, ASecondFactorIsAskedForAndTakenOnce) {
  make();
  add("resident", kGood);
  const std::string secret = new_totp_secret(), recovery = new_recovery_codes(1).front();
  wait<Result<AccountPtr>>([&](auto done) {
    sign_in->change(
        everybody(), visitor, "resident", "totp",
        [&](Account& a) -> Result<void> {
          a.totp = to_base64url(secret);
          a.recovery.push_back({recovery_digest("resident", recovery), kNoInstant});
          return {};
        },
        done);
  });
  const auto begun = password("resident", kGood);
  ASSERT_FALSE(begun);
  EXPECT_EQ(begun.error().next, "code");
  EXPECT_TRUE(password("resident", "five quiet ships", "000000").error().next.empty()) << "only behind the password";
  const std::string code = totp_code(secret, now().us / 30'000'000);
  const auto in = password("resident", kGood, code);
  ASSERT_TRUE(in) << in.error().error.detail;
  EXPECT_EQ(in->session->subject->assurance, Assurance::kStrong);
  EXPECT_FALSE(password("resident", kGood, code)) << "replayed";
  EXPECT_TRUE(password("resident", kGood, recovery));
  EXPECT_FALSE(password("resident", kGood, recovery)) << "used up";
}

TEST_F(SignInTest, ARecoveryCodeSetsANewPassword) {
  make();
  add("resident", kGood);
  const auto other = password("resident", kGood);
  const auto code =
      wait<Result<std::string>>([&](auto done) { sign_in->reset(everybody(), visitor, "resident", done); });
  ASSERT_TRUE(code);
  EXPECT_FALSE(sign_in->sessions().who(other->token, now()));
  const auto recover = [&](const std::string& with, const std::string& next) {
    return wait<In>([&](auto done) { sign_in->recover(visitor, "resident", with, next, done); });
  };
  EXPECT_FALSE(recover("aaaa-bbbb-cccc-dddd", "seven loud birds"));
  EXPECT_FALSE(recover(*code, "1234567890")) << "a poor password uses no code up";
  ASSERT_TRUE(recover(*code, "seven loud birds"));
  EXPECT_FALSE(recover(*code, "eight loud birds"));
  EXPECT_FALSE(password("resident", kGood));
  EXPECT_TRUE(password("resident", "seven loud birds"));
}

TEST_F(SignInTest, ANewPasswordEndsOtherSessions) {
  make();
  add("resident", kGood);
  const auto here = password("resident", kGood), there = password("resident", kGood);
  const auto change = [&](const std::string& from, const std::string& to) {
    return wait<Result<void>>(
        [&](auto done) { sign_in->change_password(visitor, here->session->subject, from, to, done); });
  };
  EXPECT_FALSE(change("five quiet ships", "seven loud birds"));
  ASSERT_TRUE(change(kGood, "seven loud birds"));
  EXPECT_TRUE(sign_in->sessions().who(here->token, now()));
  EXPECT_FALSE(sign_in->sessions().who(there->token, now()));
}

TEST_F(SignInTest, SessionsEndByIdlenessByAgeAndByHand) {
  Sessions sessions(*store, {std::chrono::hours(2), std::chrono::hours(12), 3});
  const auto begin = [&](Instant at) {
    Session draft;
    Subject subject;
    subject.kind = SubjectKind::kResident;
    subject.account = "resident";
    draft.subject = std::make_shared<const Subject>(subject);
    return *wait<Result<Sessions::Begun>>([&](auto done) { sessions.begin(draft, at, done); });
  };
  const auto first = begin(kAt);
  EXPECT_TRUE(sessions.who(first.token, later(kHour)));
  EXPECT_TRUE(sessions.who(first.token, later(3 * kHour - 1)));
  EXPECT_FALSE(sessions.who(first.token, later(5 * kHour))) << "idle";
  const auto busy = begin(later(5 * kHour));
  for (int h = 5; h < 17; ++h) EXPECT_TRUE(sessions.who(busy.token, later(h * kHour)));
  EXPECT_FALSE(sessions.who(busy.token, later(17 * kHour))) << "twelve hours in all";
  for (const std::string& forged : {std::string(), std::string(43, 'A'), busy.token + "A", busy.token.substr(1)}) {
    EXPECT_FALSE(sessions.who(forged, later(16 * kHour)));
  }
  std::vector<Sessions::Begun> many;
  for (int i = 0; i < 4; ++i) many.push_back(begin(later(20 * kHour + i)));
  EXPECT_EQ(sessions.of_account("resident", later(20 * kHour + 9)).size(), 3u) << "the one idle for longest made room";
  EXPECT_FALSE(sessions.who(many[0].token, later(20 * kHour + 9)));
  sessions.end(many[1].session->id, {});
  EXPECT_FALSE(sessions.who(many[1].token, later(20 * kHour + 9)));
  sessions.end_all("resident", many[2].session->id, {});
  EXPECT_TRUE(sessions.who(many[2].token, later(20 * kHour + 9)));
  EXPECT_FALSE(sessions.who(many[3].token, later(20 * kHour + 9)));
  wait<Result<SessionPtr>>([&](auto done) { sessions.act_for(many[2].session->id, "urn:p", done); });
  EXPECT_EQ(sessions.who(many[2].token, later(20 * kHour + 9))->acts_for, "urn:p");
  wait<Result<SessionPtr>>([&](auto done) { sessions.act_for(many[2].session->id, "", done); });
  EXPECT_EQ(sessions.who(many[2].token, later(20 * kHour + 9))->acts_for, "");
  store->stop();
}

TEST_F(SignInTest, KeysAreShownOnceAndHoldUntilTheyEnd) {
  AccessKeys keys(*store);
  AccessKey draft;
  draft.title = "Demo sensor";
  draft.until = later(kHour);
  Subject subject;
  subject.kind = SubjectKind::kDevice;
  subject.id = "urn:ngsi-ld:Device:1";
  draft.subject = std::make_shared<const Subject>(subject);
  const auto make_key = [&](const AccessKey& one) {
    return wait<Result<AccessKeys::Made>>([&](auto done) { keys.make(one, kAt, done); });
  };
  const auto made = make_key(draft);
  ASSERT_TRUE(made);
  ASSERT_TRUE(keys.who(made->text, kAt));
  EXPECT_EQ((*keys.who(made->text, kAt))->id, "urn:ngsi-ld:Device:1");
  EXPECT_FALSE(keys.who(made->text, later(kHour)));
  std::string forged = made->text;
  forged.back() = forged.back() == 'A' ? 'B' : 'A';
  for (const std::string& no : {forged, made->text + "A", made->text.substr(0, 30), std::string("tsk_")}) {
    EXPECT_EQ(keys.who(no, kAt).error().code, ErrorCode::kUnauthorized);
  }
  for (const auto& [key, body] : store->documents({}, "trust.keys")) {
    EXPECT_EQ(body.find(made->text.substr(21)), std::string::npos) << "the secret is not kept";
  }
  AccessKey bound = draft;
  bound.certificate = std::string(64, 'a');
  ASSERT_TRUE(make_key(bound));
  EXPECT_TRUE(keys.of_certificate(bound.certificate, kAt));
  EXPECT_EQ(make_key(bound).error().code, ErrorCode::kAlreadyExists);
  subject.kind = SubjectKind::kResident;
  draft.subject = std::make_shared<const Subject>(subject);
  EXPECT_FALSE(make_key(draft)) << "people have accounts";
  wait<Result<AccessKeyPtr>>([&](auto done) { keys.remove(made->key->id, done); });
  EXPECT_FALSE(keys.who(made->text, kAt));
  const auto file = folder / "trust" / "operator.key";
  const auto operator_key = keys.open_or_make_operator_key(file, kAt);
  ASSERT_TRUE(operator_key);
  EXPECT_TRUE((*keys.who(*operator_key, kAt))->everything());
  EXPECT_EQ(*keys.open_or_make_operator_key(file, kAt), *operator_key);
  EXPECT_EQ(std::filesystem::status(file).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  std::ofstream(file) << "something else";
  const auto next = keys.open_or_make_operator_key(file, kAt);
  ASSERT_TRUE(next);
  EXPECT_FALSE(keys.who(*operator_key, kAt)) << "the lost one holds no more";
  store->stop();
}

TEST_F(SignInTest, DemonstrationAccountsAreMadeAndNoOthersTouched) {
  make();
  add("officer", kGood);
  const auto wanted = read_demonstration(R"(
[[account]]
account = "resident"
kind = "resident"
id = "urn:ngsi-ld:Resident:demo-a"
name = { ja = "デモ住民A", en = "Demo resident A" }
about = "見る"
home = "/my-data"
[[account]]
account = "officer"
kind = "staff"
id = "urn:ngsi-ld:Staff:x"
name = "x"
)",
                                         "accounts.toml");
  ASSERT_TRUE(wanted) << wanted.error().detail;
  EXPECT_FALSE(wait<Result<void>>([&](auto done) { make_demonstration(sign_in->accounts(), *wanted, done); }));
  const auto made = sign_in->accounts().find("resident");
  ASSERT_TRUE(made);
  EXPECT_EQ(made->label.en, "Demo resident A");
  EXPECT_EQ(made->about.en, "見る");
  EXPECT_FALSE(sign_in->accounts().find("officer")->demonstration);
  const auto demo = [&](const std::string& account) {
    return wait<In>([&](auto done) { sign_in->demonstration(visitor, account, done); });
  };
  EXPECT_TRUE(demo("resident"));
  EXPECT_FALSE(demo("officer"));
  EXPECT_FALSE(demo("nobody"));
  for (const char* poor :
       {"", "account = 1", "[[account]]\naccount = \"a\"", "[[account]\n",
        "[[account]]\naccount=\"a\"\nkind=\"resident\"\nid=\"urn:a:b\"\nname=\"a\"\nhome=\"//evil\""}) {
    const auto read = read_demonstration(poor, "accounts.toml");
    ASSERT_FALSE(read);
    EXPECT_THAT(read.error().detail, ::testing::HasSubstr("accounts.toml"));
  }
}

TEST_F(SignInTest, AnAccountIsReadAsItWasWritten) {
  Account a;
  a.name = "all";
  a.kind = SubjectKind::kStaff;
  a.subject = "urn:ngsi-ld:Staff:1";
  a.title = "\"デモ\"";
  a.disabled = true;
  a.label = {"ja", "easy", "en"};
  a.recovery = {{"d1", kNoInstant}, {"d2", kAt}};
  a.passkeys = {{"id", "phone", -7, "key", 4'000'000'000u, {"usb", "nfc"}, kAt, kAt}};
  a.cards = {{"key", "CN=x", "CN=y", "0A", kAt, kAt}};
  a.foreign = {{"p", "s"}};
  a.devices = {"d"};
  a.totp_step = 7;
  Account b;
  ASSERT_TRUE(read_item(to_json(a), b));
  EXPECT_EQ(to_json(a), to_json(b));
  EXPECT_EQ(b.passkeys[0].counter, 4'000'000'000u);
  Account c;
  EXPECT_FALSE(read_item("[]", c));
}

}  // namespace
}  // namespace tsunagu::trust
