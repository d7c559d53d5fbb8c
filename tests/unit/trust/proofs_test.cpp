// Passkeys, with an authenticator made here; cards, with an authority of their own.
#include <gmock/gmock.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <fstream>

#include "base/json_object.h"
#include "sign_in_fixture.h"
#include "trust/audit/chain.h"
#include "trust/keys.h"
#include "trust/sign_in/card_authority.h"

namespace tsunagu::trust {
namespace {

std::string bytes(std::initializer_list<int> values) {
  std::string out;
  for (const int v : values) out += static_cast<char>(v);
  return out;
}
std::string digest(std::string_view text) {
  const Digest d = sha256(text);
  return {reinterpret_cast<const char*>(d.data()), d.size()};
}

/// WebAuthn clause 6: what a security key does.
class Authenticator {
 public:
  enum class Kind { kEs256, kEdDsa, kRs256 };
  explicit Authenticator(Kind kind) : kind_(kind) {
    key_.reset(kind == Kind::kEs256   ? EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")
               : kind == Kind::kEdDsa ? EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")
                                      : EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048}),
               EVP_PKEY_free);
    id = digest("id" + std::to_string(static_cast<int>(kind))).substr(0, 16);
  }

  std::string create(const std::string& challenge) const {
    const std::string attested = std::string(16, '\0') + bytes({0, static_cast<int>(id.size())}) + id + cose_key();
    const std::string data = head(0x40) + attested;
    const std::string object =
        bytes({0xA3, 0x63}) + "fmt" + bytes({0x64}) + "none" + bytes({0x67}) + "attStmt" + bytes({0xA0, 0x68}) +
        "authData" + bytes({0x59, static_cast<int>(data.size() >> 8), static_cast<int>(data.size() & 255)}) + data;
    std::string out;
    JsonObject credential(out);
    credential.text("id", to_base64url(id)).text("type", "public-key");
    JsonObject response(credential.member("response"));
    response.text("clientDataJSON", to_base64url(client_data("webauthn.create", challenge)));
    response.text("attestationObject", to_base64url(attestation.empty() ? object : attestation)).end();
    credential.end();
    return out;
  }
  std::string get(const std::string& challenge) {
    ++counter;
    const std::string data = head(0), client = client_data("webauthn.get", challenge);
    std::string signature = sign(data + digest(client));
    if (damage) signature[signature.size() / 2] ^= 1;
    std::string out;
    JsonObject credential(out);
    credential.text("id", to_base64url(id)).text("type", "public-key");
    JsonObject response(credential.member("response"));
    response.text("clientDataJSON", to_base64url(client)).text("authenticatorData", to_base64url(data));
    response.text("signature", to_base64url(signature)).text_if("userHandle", handle).end();
    credential.end();
    return out;
  }

  std::string id, origin = "http://localhost:1026", site = "localhost", handle, attestation;
  std::uint32_t counter = 0;
  bool verified = true, present = true, damage = false;

 private:
  std::string head(int more) const {
    std::string out = digest(site) + bytes({(present ? 1 : 0) | (verified ? 4 : 0) | more});
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(counter >> shift);
    return out;
  }
  std::string client_data(std::string_view type, const std::string& challenge) const {
    std::string out;
    JsonObject(out)
        .text("type", type)
        .text("challenge", challenge)
        .text("origin", origin)
        .truth("crossOrigin", false)
        .end();
    return out;
  }
  std::string number(const char* name, std::size_t size) const {
    BIGNUM* n = nullptr;
    EVP_PKEY_get_bn_param(key_.get(), name, &n);
    std::string out(size, '\0');
    BN_bn2binpad(n, reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(size));
    BN_free(n);
    return out;
  }
  std::string cose_key() const {
    if (kind_ == Kind::kEs256) {
      return bytes({0xA5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32}) + number("qx", 32) + bytes({0x22, 0x58, 32}) +
             number("qy", 32);
    }
    if (kind_ == Kind::kEdDsa) {
      std::string x(32, '\0');
      std::size_t size = x.size();
      EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(x.data()), &size);
      return bytes({0xA4, 1, 1, 3, 0x27, 0x20, 6, 0x21, 0x58, 32}) + x;
    }
    return bytes({0xA4, 1, 3, 3, 0x39, 1, 0, 0x20, 0x59, 1, 0}) + number("n", 256) + bytes({0x21, 0x43, 1, 0, 1});
  }
  std::string sign(const std::string& text) const {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    EVP_DigestSignInit(context, nullptr, kind_ == Kind::kEdDsa ? nullptr : EVP_sha256(), nullptr, key_.get());
    std::string out(512, '\0');
    std::size_t size = out.size();
    EVP_DigestSign(context, reinterpret_cast<unsigned char*>(out.data()), &size,
                   reinterpret_cast<const unsigned char*>(text.data()), text.size());
    EVP_MD_CTX_free(context);
    out.resize(size);
    return out;
  }

  const Kind kind_;
  std::shared_ptr<EVP_PKEY> key_;
};

std::string challenge_in(const std::string& options) {
  constexpr std::string_view kName = "\"challenge\":\"";
  const auto at = options.find(kName) + kName.size();
  return options.substr(at, options.find('"', at) - at);
}

class PasskeyTest : public SignInTest {
 protected:
  void SetUp() override {
    make();
    account = add("resident", "");
    subject = std::make_shared<const Subject>(subject_of(*account, Assurance::kSingle));
  }
  Result<AccountPtr> enrol(const Authenticator& key) {
    const auto options =
        wait<Result<std::string>>([&](auto done) { sign_in->passkey_creation(visitor, subject, done); });
    EXPECT_TRUE(options);
    return wait<Result<AccountPtr>>(
        [&](auto done) { sign_in->add_passkey(visitor, subject, "phone", key.create(challenge_in(*options)), done); });
  }
  In enter(const std::string& credential) {
    return wait<In>([&](auto done) { sign_in->passkey(visitor, credential, done); });
  }
  std::string challenge() { return challenge_in(sign_in->passkey_options()); }

  AccountPtr account;
  SubjectPtr subject;
};

TEST_F(PasskeyTest, OfEveryKindSignsIn) {
  for (const auto kind : {Authenticator::Kind::kEs256, Authenticator::Kind::kEdDsa, Authenticator::Kind::kRs256}) {
    Authenticator key(kind);
    const auto added = enrol(key);
    ASSERT_TRUE(added) << added.error().detail;
    key.handle = (*added)->handle;
    const auto in = enter(key.get(challenge()));
    ASSERT_TRUE(in) << in.error().error.detail;
    EXPECT_EQ(in->session->subject->assurance, Assurance::kStrong);
    EXPECT_EQ(in->session->method, SignInMethod::kPasskey);
    EXPECT_EQ(enrol(key).error().code, ErrorCode::kAlreadyExists);
  }
  EXPECT_EQ(sign_in->accounts().find("resident")->passkeys.size(), 3u);
}

TEST_F(PasskeyTest, WithoutTheUsersFingerIsOneFactor) {
  Authenticator key(Authenticator::Kind::kEs256);
  key.verified = false;
  ASSERT_TRUE(enrol(key));
  EXPECT_EQ(enter(key.get(challenge()))->session->subject->assurance, Assurance::kSingle);
}

TEST_F(PasskeyTest, IsRefusedWhenAnythingIsOff) {
  Authenticator key(Authenticator::Kind::kEs256);
  ASSERT_TRUE(enrol(key));
  const auto refused = [&](const char* why, auto spoil) {
    Authenticator bad_key = key;
    spoil(bad_key);
    const auto in = enter(bad_key.get(challenge()));
    EXPECT_FALSE(in) << why;
    if (!in) {
      EXPECT_EQ(in.error().error.code, ErrorCode::kUnauthorized) << why;
    }
  };
  refused("another origin", [](Authenticator& k) { k.origin = "https://evil.example"; });
  refused("another port", [](Authenticator& k) { k.origin = "http://localhost:1"; });
  refused("another site", [](Authenticator& k) { k.site = "evil.example"; });
  refused("nobody there", [](Authenticator& k) { k.present = false; });
  refused("signature", [](Authenticator& k) { k.damage = true; });
  refused("unknown", [](Authenticator& k) { k.id = "somebody else's!"; });
  refused("another's handle", [](Authenticator& k) { k.handle = "AAAA"; });
  const std::string once = challenge();
  const std::string answer = key.get(once);
  ASSERT_TRUE(enter(answer));
  EXPECT_FALSE(enter(answer)) << "replayed";
  EXPECT_FALSE(enter(key.get(once))) << "a challenge is good once";
  EXPECT_FALSE(enter(key.get("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"))) << "not ours";
  Authenticator copy = key;
  copy.counter = 0;
  const auto cloned = enter(copy.get(challenge()));
  ASSERT_FALSE(cloned);
  EXPECT_THAT(cloned.error().error.detail, ::testing::HasSubstr("copied"));
  for (const char* junk : {"{}", R"({"id":1})", R"({"id":"AAAA","response":[]})"}) EXPECT_FALSE(enter(junk));
}

TEST_F(PasskeyTest, IsNotMadeFromRubbish) {
  Authenticator key(Authenticator::Kind::kEs256);
  std::string whole;
  {
    Authenticator good = key;
    const std::string json = good.create("x");
    const auto at = json.find("attestationObject\":\"") + 20;
    whole = *from_base64url(json.substr(at, json.find('"', at) - at));
  }
  for (std::size_t n = 1; n < whole.size(); n += 7) {
    key.attestation = whole.substr(0, n);
    EXPECT_FALSE(enrol(key)) << n;
  }
  key.attestation = std::string(1000, '\x81');  // lists in lists
  EXPECT_FALSE(enrol(key));
  key.attestation = bytes({0xBB, 255, 255, 255, 255, 255, 255, 255, 255});  // a map of 2^64 pairs
  EXPECT_FALSE(enrol(key));
  key.attestation.clear();
  key.origin = "https://evil.example";
  EXPECT_FALSE(enrol(key));
}

class CardTest : public SignInTest {
 protected:
  CardTest() {
    authority = std::make_unique<CardAuthority>(*CardAuthority::make(folder / "ca", "Demo card authority", "123456"));
  }
  SignInOptions options() override {
    SignInOptions o = SignInTest::options();
    CardOptions cards;
    cards.ca_files = {authority->certificate_file()};
    if (with_crl) cards.crl_files = {authority->crl_file()};
    if (with_ocsp) {
      cards.fetch = [this](const std::string& url, const std::string& body,
                           const std::function<void(Result<std::string>)>& done) {
        asked.push_back(url);
        if (responder_away) return done(fail(ErrorCode::kUnavailable, "away"));
        done(replayed.empty() ? authority->answer_ocsp(body) : replayed);
      };
    }
    o.cards = std::shared_ptr<const CardVerifier>(std::move(*CardVerifier::open(cards)));
    return o;
  }
  In enter(const SoftwareCard& card, bool pss = false) {
    const auto challenge = sign_in->card_challenge();
    return show(card, challenge.id, sign_with_card(card, challenge.text, pss));
  }
  In show(const SoftwareCard& card, const std::string& id, const std::string& signature) {
    return wait<In>([&](auto done) { sign_in->card(visitor, id, card.certificate, signature, done); });
  }
  Result<AccountPtr> enrol(const SoftwareCard& card) {
    const auto challenge = sign_in->card_challenge();
    return wait<Result<AccountPtr>>([&](auto done) {
      sign_in->add_card(visitor, subject, challenge.id, card.certificate, sign_with_card(card, challenge.text), done);
    });
  }
  void open() {
    make();
    subject = std::make_shared<const Subject>(subject_of(*add("resident", ""), Assurance::kSingle));
  }
  SoftwareCard issue(CardRequest request = {}) {
    if (request.name.empty()) request.name = "デモ住民A";
    const auto card = authority->issue(request);
    EXPECT_TRUE(card) << card.error().detail;
    return *card;
  }
  static std::string why(const In& in) { return in ? "it was let in" : in.error().error.detail; }

  std::unique_ptr<CardAuthority> authority;
  bool with_crl = true, with_ocsp = false, responder_away = false;
  std::vector<std::string> asked;
  std::string replayed;
  SubjectPtr subject;
};

TEST_F(CardTest, SignsInWhenEnrolled) {
  open();
  CardRequest rsa;
  rsa.rsa = true;
  for (const SoftwareCard& card : {issue(), issue(rsa)}) {
    EXPECT_THAT(why(enter(card)), ::testing::HasSubstr("enrol"));
    const auto enrolled = enrol(card);
    ASSERT_TRUE(enrolled) << enrolled.error().detail;
    EXPECT_THAT((*enrolled)->cards.back().subject, ::testing::HasSubstr("デモ住民A"));
    const auto in = enter(card);
    ASSERT_TRUE(in) << why(in);
    EXPECT_EQ(in->session->subject->assurance, Assurance::kCard);
    if (card.rsa) {
      EXPECT_TRUE(enter(card, true)) << "PSS";
    }
    EXPECT_EQ(enrol(card).error().code, ErrorCode::kAlreadyExists);
  }
}

TEST_F(CardTest, IsRefusedWhenAnythingIsOff) {
  open();
  const SoftwareCard card = issue(), other = issue();
  ASSERT_TRUE(enrol(card));
  const auto challenge = sign_in->card_challenge();
  const std::string signature = sign_with_card(card, challenge.text);
  EXPECT_TRUE(show(card, challenge.id, signature));
  EXPECT_FALSE(show(card, challenge.id, signature)) << "replayed";
  EXPECT_FALSE(show(card, sign_in->card_challenge().id, signature)) << "of another challenge";
  EXPECT_FALSE(show(card, sign_in->card_challenge().id, std::string()));
  const auto third = sign_in->card_challenge();
  EXPECT_FALSE(show(card, third.id, sign_with_card(other, third.text))) << "another card's key";
  CardRequest old;
  old.from = Instant{now().us - 10LL * 86'400 * 1'000'000};
  old.days = 5;
  EXPECT_THAT(why(enter(issue(old))), ::testing::HasSubstr("expired"));
  CardRequest early;
  early.from = Instant{now().us + 86'400LL * 1'000'000};
  EXPECT_THAT(why(enter(issue(early))), ::testing::HasSubstr("not valid yet"));
  CardRequest cipher;
  cipher.for_signing_in = false;
  EXPECT_THAT(why(enter(issue(cipher))), ::testing::HasSubstr("key usage"));
  auto stranger = CardAuthority::make(folder / "other", "Demo card authority", "123456");
  CardRequest request;
  request.name = "デモ住民A";
  EXPECT_THAT(why(enter(*stranger->issue(request))), ::testing::HasSubstr("authority")) << "same name, other key";
  SoftwareCard broken = card;
  for (const std::string& junk : {std::string(), std::string("junk"), card.certificate.substr(0, 200),
                                  card.certificate + "x", std::string(20'000, '0')}) {
    broken.certificate = junk;
    EXPECT_FALSE(enter(broken));
  }
}

TEST_F(CardTest, ARevokedCardIsRefusedAtOnce) {
  open();
  const SoftwareCard card = issue(), other = issue();
  ASSERT_TRUE(enrol(card));
  ASSERT_TRUE(enrol(other));
  ASSERT_TRUE(authority->revoke(card.certificate));
  // Its time of change may be the same as before on a coarse clock of files.
  std::filesystem::last_write_time(authority->crl_file(),
                                   std::filesystem::file_time_type::clock::now() + std::chrono::seconds(5));
  EXPECT_THAT(why(enter(card)), ::testing::HasSubstr("revoked"));
  EXPECT_TRUE(enter(other));
  ASSERT_TRUE(authority->write_crl(Instant{now().us - 60LL * 86'400 * 1'000'000}, 30));
  EXPECT_FALSE(enter(other)) << "a list that is out of date says nothing";
}

TEST_F(CardTest, TheResponderIsAsked) {
  with_crl = false;
  with_ocsp = true;
  open();
  CardRequest request;
  request.ocsp = "http://ocsp.example/cards";
  const SoftwareCard card = issue(request), silent = issue();
  ASSERT_TRUE(enrol(card));
  EXPECT_THAT(asked, ::testing::Each("http://ocsp.example/cards"));
  EXPECT_TRUE(enter(card));
  EXPECT_THAT(why(enter(silent)), ::testing::HasSubstr("cannot be found out")) << "no responder, no list";
  responder_away = true;
  EXPECT_THAT(why(enter(card)), ::testing::HasSubstr("does not answer"));
  responder_away = false;
  for (const std::string& junk : {std::string("junk"), authority->answer_ocsp("junk")}) {
    replayed = junk;
    EXPECT_FALSE(enter(card));
  }
  replayed.clear();
  ASSERT_TRUE(authority->revoke(card.certificate));
  EXPECT_THAT(why(enter(card)), ::testing::HasSubstr("revoked"));
}

TEST(SoftwareCards, OpenWithTheirPinOnly) {
  std::string name = (std::filesystem::temp_directory_path() / "tsunagu-card-XXXXXX").string();
  const std::filesystem::path folder = ::mkdtemp(name.data());
  auto authority = CardAuthority::make(folder, "Demo card authority", "123456");
  ASSERT_TRUE(authority);
  EXPECT_FALSE(CardAuthority::make(folder, "Demo card authority", "123456"));
  EXPECT_FALSE(CardAuthority::open(folder, "654321"));
  EXPECT_TRUE(CardAuthority::open(folder, "123456"));
  CardRequest request;
  request.name = "Demo resident A";
  const SoftwareCard card = *authority->issue(request);
  const std::string file = write_card(card, "2468", 1000);
  const auto opened = open_card(file, "2468");
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->key, card.key);
  EXPECT_EQ(open_card(file, "2469").error().code, ErrorCode::kUnauthorized);
  for (const char* junk : {"", "{}", R"({"format":"tsunagu-card-1"})"}) EXPECT_FALSE(open_card(junk, "2468"));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace tsunagu::trust
