// Tokens that somebody made up, changed, kept or sent to the wrong place do not hold.
#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>

#include "trust/keys.h"
#include "trust/tokens/claims.h"
#include "trust/tokens/jws.h"
#include "trust/tokens/memory.h"
#include "trust/tokens/own_keys.h"

namespace tsunagu::trust {
namespace {

namespace fs = std::filesystem;
constexpr std::int64_t kSecondOfTokens = 1'000'000, kDayOfTokens = 86'400 * kSecondOfTokens;
constexpr Instant kTokenTime{1'800'000'000 * kSecondOfTokens};

std::string claims_with(std::string_view more = "") {
  return R"({"iss":"https://us","aud":"https://us","sub":"urn:x:1","iat":1800000000,"exp":1800000600)" +
         std::string(more) + "}";
}

std::string put_together(std::string_view header, std::string_view claims, std::string_view signature) {
  return to_base64url(header) + '.' + to_base64url(claims) + '.' + to_base64url(signature);
}

/// A key of another kind, made by OpenSSL, that signs what a test wants.
class OtherKey {
 public:
  explicit OtherKey(const char* kind, std::size_t bits = 2048)
      : key_(std::string_view(kind) == "RSA" ? EVP_PKEY_Q_keygen(nullptr, nullptr, kind, bits)
                                             : EVP_PKEY_Q_keygen(nullptr, nullptr, kind),
             EVP_PKEY_free) {}
  std::string jwk(std::string_view more) const {
    if (EVP_PKEY_get_id(key_.get()) != EVP_PKEY_RSA) {
      std::string raw(32, '\0');
      std::size_t size = raw.size();
      EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(raw.data()), &size);
      return R"({"kty":"OKP","crv":"Ed25519","x":")" + to_base64url(raw) + "\"" + std::string(more) + "}";
    }
    return R"({"kty":"RSA","n":")" + number(OSSL_PKEY_PARAM_RSA_N) + R"(","e":")" + number(OSSL_PKEY_PARAM_RSA_E) +
           "\"" + std::string(more) + "}";
  }
  std::string token(std::string_view header, std::string_view claims) const {
    const std::string text = to_base64url(header) + '.' + to_base64url(claims);
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    const bool rsa = EVP_PKEY_get_id(key_.get()) == EVP_PKEY_RSA;
    EVP_PKEY_CTX* parameters = nullptr;
    EVP_DigestSignInit(context.get(), &parameters, rsa ? EVP_sha256() : nullptr, nullptr, key_.get());
    if (header.find("PS256") != std::string_view::npos) {
      EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING);
      EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST);
    }
    std::string signature(512, '\0');
    std::size_t size = signature.size();
    EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                   reinterpret_cast<const unsigned char*>(text.data()), text.size());
    signature.resize(size);
    return text + '.' + to_base64url(signature);
  }

 private:
  std::string number(const char* name) const {
    BIGNUM* value = nullptr;
    EVP_PKEY_get_bn_param(key_.get(), name, &value);
    std::string bytes(static_cast<std::size_t>(BN_num_bytes(value)), '\0');
    BN_bn2bin(value, reinterpret_cast<unsigned char*>(bytes.data()));
    BN_free(value);
    return to_base64url(bytes);
  }
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
};

class Tokens : public ::testing::Test {
 protected:
  Tokens() : key(*TokenKey::make()), keys({key}) {}
  bool holds(std::string_view token, const Expected& expected = {"https://us", "https://us", "at+jwt"},
             Instant at = kTokenTime) const {
    const auto jws = read_jws(token);
    return jws && keys.verify(*jws) && check_claims(*jws, expected, at).has_value();
  }
  std::string header(std::string_view alg, std::string_view more = "") const {
    return R"({"alg":")" + std::string(alg) + R"(","typ":"at+jwt","kid":")" + key.id() + "\"" + std::string(more) + "}";
  }
  TokenKey key;
  KeySet keys;
};

TEST_F(Tokens, OfOurOwnHold) {
  const std::string token = key.sign("at+jwt", claims_with());
  EXPECT_TRUE(holds(token));
  const auto published = KeySet::from_json(keys.json());
  ASSERT_TRUE(published);
  EXPECT_TRUE(published->verify(*read_jws(token)));
  EXPECT_EQ(keys.json().find("\"d\""), std::string::npos);
  EXPECT_TRUE(TokenKey::from_jwk(key.jwk()).value().sign("at+jwt", "{}").empty());
}

TEST_F(Tokens, ForgedOnesDoNot) {
  const std::string token = key.sign("at+jwt", claims_with());
  const std::size_t first = token.find('.'), second = token.rfind('.');
  const std::string head = token.substr(0, first), signature = token.substr(second + 1);
  EXPECT_FALSE(holds(head + '.' + to_base64url(claims_with(R"(,"admin":true)")) + '.' + signature));
  EXPECT_FALSE(holds(token.substr(0, token.size() - 2)));
  EXPECT_FALSE(holds(token.substr(0, second + 1)));
  std::string flipped = token;
  flipped[second + 5] = flipped[second + 5] == 'A' ? 'B' : 'A';
  EXPECT_FALSE(holds(flipped));
  EXPECT_FALSE(holds(put_together(header("ES256"), claims_with(), std::string(64, '\0'))));  // r = s = 0
  EXPECT_FALSE(holds(TokenKey::make()->sign("at+jwt", claims_with())));
  for (const std::string& odd : {std::string(), std::string("."), std::string(".."), std::string("a.b.c"), token + ".x",
                                 token + "=", "\n" + token, token + " ", token + std::string(1, '\0')}) {
    EXPECT_FALSE(holds(odd)) << odd;
  }
}

TEST_F(Tokens, NoneIsNoAlgorithm) {
  for (const char* none : {"none", "None", "nOnE", "NONE", "", " ES256", "es256", "ES384", "HS256", "RSA-OAEP"}) {
    EXPECT_FALSE(holds(put_together(header(none), claims_with(), ""))) << none;
  }
  EXPECT_FALSE(holds(put_together(R"({"typ":"at+jwt"})", claims_with(), "")));
  EXPECT_FALSE(holds(put_together(R"({"alg":["ES256"]})", claims_with(), "x")));
}

TEST_F(Tokens, APublicKeyIsNoSecret) {
  const OtherKey rsa("RSA");
  const auto public_key = TokenKey::from_jwk(rsa.jwk(R"(,"kid":"k")"));
  ASSERT_TRUE(public_key);
  const KeySet only({*public_key, key});
  for (const std::string& secret : {key.jwk(), public_key->jwk(), rsa.jwk("")}) {
    const std::string text =
        to_base64url(R"({"alg":"HS256","typ":"at+jwt","kid":"k"})") + '.' + to_base64url(claims_with());
    unsigned char mac[32];
    unsigned size = sizeof mac;
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac, &size);
    const std::string token = text + '.' + to_base64url({reinterpret_cast<const char*>(mac), size});
    const auto jws = read_jws(token);
    EXPECT_FALSE(jws && only.verify(*jws));
  }
}

TEST_F(Tokens, OfOtherSigners) {
  const OtherKey rsa("RSA"), ed("ED25519");
  const auto set = KeySet::from_json(R"({"keys":[{"kty":"oct","k":"AAAA"},{"kty":"EC","crv":"P-521"},)" +
                                     rsa.jwk(R"(,"kid":"r")") + ',' + rsa.jwk(R"(,"kid":"p","alg":"PS256")") + ',' +
                                     ed.jwk(R"(,"kid":"e","use":"sig")") + "]}");
  ASSERT_TRUE(set) << set.error().detail;
  EXPECT_EQ(set->keys().size(), 3u);
  const auto signed_by = [&](const OtherKey& signer, std::string_view head) {
    const auto jws = read_jws(signer.token(head, claims_with()));
    return jws && set->verify(*jws);
  };
  EXPECT_TRUE(signed_by(rsa, R"({"alg":"RS256","kid":"r"})"));
  EXPECT_TRUE(signed_by(rsa, R"({"alg":"PS256","kid":"r"})"));
  EXPECT_TRUE(signed_by(rsa, R"({"alg":"PS256","kid":"p"})"));
  EXPECT_TRUE(signed_by(ed, R"({"alg":"EdDSA","kid":"e"})"));
  EXPECT_TRUE(signed_by(ed, R"({"alg":"EdDSA"})")) << "a token may name no key";
  EXPECT_FALSE(signed_by(rsa, R"({"alg":"RS256","kid":"p"})")) << "the key is for PS256 only";
  EXPECT_FALSE(signed_by(rsa, R"({"alg":"RS256","kid":"e"})"));
  EXPECT_FALSE(signed_by(ed, R"({"alg":"RS256","kid":"r"})"));
  EXPECT_FALSE(signed_by(ed, R"({"alg":"EdDSA","kid":"../../../dev/null"})"));
}

TEST_F(Tokens, HeadersChooseNoKey) {
  const OtherKey attacker("RSA");
  const std::string own = attacker.jwk("");
  for (const std::string& more : {R"(,"jwk":)" + own, std::string(R"(,"jku":"https://attacker/jwks")"),
                                  std::string(R"(,"x5u":"https://attacker/cert")")}) {
    EXPECT_FALSE(holds(attacker.token(header("RS256", more), claims_with())));
    EXPECT_FALSE(holds(attacker.token(R"({"alg":"RS256","typ":"at+jwt")" + more + "}", claims_with())));
  }
  EXPECT_FALSE(holds(attacker.token(R"({"alg":"RS256","typ":"at+jwt","kid":7})", claims_with())));
  for (const char* kid : {"' OR 1=1 --", "../tokens.jwk", "", "*"}) {
    EXPECT_FALSE(
        holds(attacker.token(R"({"alg":"RS256","typ":"at+jwt","kid":")" + std::string(kid) + "\"}", claims_with())));
  }
}

TEST_F(Tokens, WhatIsReadTwoWaysIsNotRead) {
  // Signed by the right key, so that only the form is wrong.
  EXPECT_TRUE(holds(key.sign("at+jwt", claims_with())));
  EXPECT_FALSE(holds(key.sign("at+jwt", claims_with(R"(,"sub":"urn:x:2")"))));
  EXPECT_FALSE(holds(key.sign("at+jwt", claims_with(R"(,"s\u0075b":"urn:x:2")"))));
  EXPECT_FALSE(read_jws(put_together(R"({"alg":"none","alg":"ES256"})", claims_with(), "x")));
  EXPECT_FALSE(read_jws(put_together(header("ES256", R"(,"crit":["exp"],"exp":1)"), claims_with(), "x")));
  EXPECT_FALSE(read_jws(put_together(header("ES256", R"(,"b64":false)"), claims_with(), "x")));
  EXPECT_FALSE(read_jws(put_together(header("ES256"), "[1]", "x")));
  EXPECT_FALSE(read_jws(put_together(header("ES256"), "{\"a\":\"\xff\"}", "x")));
  EXPECT_FALSE(
      read_jws(put_together(header("ES256"), "{\"a\":" + std::string(100, '[') + std::string(100, ']') + "}", "x")));
}

TEST_F(Tokens, TooLongIsNotEvenRead) {
  const std::string token = key.sign("at+jwt", claims_with(R"(,"x":")" + std::string(kMaxTokenBytes, 'x') + '"'));
  const auto jws = read_jws(token);
  ASSERT_FALSE(jws);
  EXPECT_NE(jws.error().detail.find("too long"), std::string::npos);
}

TEST_F(Tokens, ForOthersOrAnotherTimeDoNotHold) {
  const std::string token = key.sign("at+jwt", claims_with());
  const Expected ours{"https://us", "https://us", "at+jwt"};
  EXPECT_TRUE(holds(token, ours, Instant{kTokenTime.us + 629 * kSecondOfTokens})) << "clocks differ a little";
  EXPECT_FALSE(holds(token, ours, Instant{kTokenTime.us + 631 * kSecondOfTokens}));
  EXPECT_FALSE(holds(token, ours, Instant{kTokenTime.us - 31 * kSecondOfTokens}));
  EXPECT_FALSE(holds(token, {"https://us/", "https://us", "at+jwt"}));
  EXPECT_FALSE(holds(token, {"https://us", "https://them", "at+jwt"}));
  EXPECT_FALSE(holds(token, {"https://us", "", "at+jwt"}));
  EXPECT_FALSE(holds(token, {"", "https://us", "at+jwt"}));
  EXPECT_FALSE(holds(token, {"https://us", "https://us", ""})) << "an access token is no ID token";
  EXPECT_FALSE(holds(key.sign("JWT", claims_with()))) << "an ID token is no access token";
  const auto with = [&](std::string_view claims) {
    return holds(key.sign("at+jwt", R"({"iss":"https://us",)" + std::string(claims) + "}"));
  };
  EXPECT_TRUE(with(R"("aud":["https://them","https://us"],"exp":1800000600)"));
  EXPECT_TRUE(with(R"("aud":"https://us","exp":1800000600.5)"));
  EXPECT_FALSE(with(R"("exp":1800000600)"));
  EXPECT_FALSE(with(R"("aud":"https://us")"));
  EXPECT_FALSE(with(R"("aud":"https://us","exp":"1800000600")"));
  EXPECT_FALSE(with(R"("aud":"https://us","exp":1e400)"));
  EXPECT_FALSE(with(R"("aud":"https://us","exp":-1)"));
  EXPECT_FALSE(with(R"("aud":"https://us","exp":1800000600,"nbf":1800000100)"));
  EXPECT_FALSE(with(R"("aud":"https://us","exp":1800000600,"nbf":"soon")"));
  EXPECT_FALSE(with(R"("aud":"https://us.evil","exp":1800000600)"));
}

TEST_F(Tokens, WeakKeysAreNotTaken) {
  for (const std::string& jwk :
       {std::string("{}"), std::string("[]"), std::string("x"), std::string(R"({"kty":"oct","k":"c2VjcmV0"})"),
        OtherKey("RSA", 1024).jwk(""), OtherKey("RSA").jwk(R"(,"use":"enc")"), OtherKey("RSA").jwk(R"(,"alg":"HS256")"),
        OtherKey("RSA").jwk(R"(,"alg":"ES256")"), std::string(R"({"kty":"OKP","crv":"Ed25519","x":"AAAA"})"),
        std::string(R"({"kty":"OKP","crv":"X25519","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})"),
        // Not a point of the curve.
        std::string(R"({"kty":"EC","crv":"P-256","x":"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE",)"
                    R"("y":"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE"})")}) {
    EXPECT_FALSE(TokenKey::from_jwk(jwk)) << jwk;
  }
  EXPECT_FALSE(KeySet::from_json(R"({"keys":[]})"));
  EXPECT_FALSE(KeySet::from_json(R"({"keys":[{"kty":"oct","k":"AA"}]})"));
}

class OwnTokenKeys : public ::testing::Test {
 protected:
  OwnTokenKeys() {
    std::string name = (fs::temp_directory_path() / "tsunagu-keys-XXXXXX").string();
    folder = ::mkdtemp(name.data());
    file = folder / "tokens.jwk";
  }
  ~OwnTokenKeys() override { fs::remove_all(folder); }
  static Instant after(std::int64_t days) { return Instant{kTokenTime.us + days * kDayOfTokens}; }
  fs::path folder, file;
};

TEST_F(OwnTokenKeys, TurnOverWithoutAGap) {
  auto keys = OwnKeys::open(file, kTokenTime);
  ASSERT_TRUE(keys);
  const std::string first = (*keys)->signing(kTokenTime).id();
  EXPECT_EQ((fs::status(file).permissions() & fs::perms::mask), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ((*keys)->published(after(88))->keys().size(), 1u);
  EXPECT_EQ((*keys)->published(after(89))->keys().size(), 2u) << "published a day before it signs";
  EXPECT_EQ((*keys)->signing(after(89)).id(), first);
  const std::string second = (*keys)->signing(after(90)).id();
  EXPECT_NE(second, first);
  EXPECT_TRUE((*keys)->published(after(96))->has(first)) << "what it signed still holds";
  keys->reset();
  keys = OwnKeys::open(file, after(91));
  ASSERT_TRUE(keys);
  EXPECT_EQ((*keys)->signing(after(91)).id(), second);
  EXPECT_FALSE((*keys)->published(after(97))->has(first));
  const std::string token = (*keys)->signing(after(97)).sign("at+jwt", "{}");
  EXPECT_TRUE((*keys)->published(after(97))->verify(*read_jws(token)));
}

TEST_F(OwnTokenKeys, CanBeReplacedAtOnce) {
  auto keys = OwnKeys::open(file, kTokenTime);
  ASSERT_TRUE(keys);
  const std::string token = (*keys)->signing(kTokenTime).sign("at+jwt", "{}");
  ASSERT_TRUE((*keys)->replace(kTokenTime));
  EXPECT_FALSE((*keys)->published(kTokenTime)->verify(*read_jws(token)));
}

TEST_F(OwnTokenKeys, DamagedFilesAreRefused) {
  for (const char* text :
       {"", "{}", "x", R"({"keys":[]})", R"({"keys":[{"kty":"oct","k":"AA","made":"2026-01-01T00:00:00Z"}]})"}) {
    std::ofstream(file, std::ios::trunc) << text;
    const auto keys = OwnKeys::open(file, kTokenTime);
    ASSERT_FALSE(keys) << text;
    EXPECT_NE(keys.error().detail.find("tokens.jwk"), std::string::npos);
  }
}

TEST(CheckedTokens, KnowWhatHoldsUntilItDoesNot) {
  CheckedTokens tokens;
  const auto hash = tokens.hash("token");
  const Instant at = now(), later{at.us + kSecondOfTokens};
  EXPECT_FALSE(tokens.find(hash, at));
  tokens.put(hash, everybody(), later, tokens.round());
  EXPECT_EQ(tokens.find(hash, at), everybody());
  EXPECT_FALSE(tokens.find(hash, later));
  EXPECT_FALSE(tokens.find(tokens.hash("tokem"), at));
  const std::uint64_t before = tokens.round();
  tokens.clear();
  EXPECT_FALSE(tokens.find(hash, at));
  tokens.put(hash, everybody(), later, before);
  EXPECT_FALSE(tokens.find(hash, at)) << "checked before it was taken back";
  EXPECT_NE(CheckedTokens().hash("token"), hash) << "every server has a key of its own";
}

TEST(UsedOnce, IsNotTakenTwice) {
  UsedOnce used;
  const Instant at = now(), later{at.us + kSecondOfTokens};
  EXPECT_TRUE(used.first("a", later, at));
  EXPECT_FALSE(used.first("a", later, at));
  EXPECT_TRUE(used.first("b", later, at));
  EXPECT_TRUE(used.first("a", Instant{later.us + kSecondOfTokens}, later)) << "it would not hold any more by itself";
}

TEST(Base64url, HasOneTextForEachValue) {
  EXPECT_EQ(to_base64url("\xfb\xff"), "-_8");
  EXPECT_EQ(from_base64url("-_8").value(), "\xfb\xff");
  EXPECT_EQ(from_base64url("").value(), "");
  for (const char* bad : {"-_8=", "-_9", "+/8", "A", "-_ 8", "-_8\n"}) EXPECT_FALSE(from_base64url(bad)) << bad;
  EXPECT_EQ(random_text(32).size(), 43u);
  EXPECT_NE(random_text(32), random_text(32));
}

}  // namespace
}  // namespace tsunagu::trust
