// What it costs to make and check tokens. Usage: bench_tokens
// Times are of one thread.
#include <chrono>
#include <cstdio>
#include <string>

#include "trust/tokens/claims.h"
#include "trust/tokens/jws.h"
#include "trust/tokens/memory.h"

namespace {

using namespace tsunagu;
using Clock = std::chrono::steady_clock;

template <class Work>
void measure(const char* what, int times, Work work) {
  const auto begin = Clock::now();
  bool good = true;
  for (int i = 0; i < times; ++i) good = work() && good;
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  std::printf("%-44s %9.2f us%s\n", what, seconds * 1e6 / times, good ? "" : "  FAILED");
}

}  // namespace

int main() {
  const trust::TokenKey key = *trust::TokenKey::make();
  const trust::KeySet keys({key});
  const Instant at = now();
  const std::string seconds = std::to_string(at.us / 1'000'000 + 600);
  const std::string claims =
      R"({"iss":"https://us","sub":"urn:ngsi-ld:Resident:1","aud":"https://us","client_id":"bus",)"
      R"("exp":)" +
      seconds + R"(,"jti":"4f0c3e0c9b7a11ee","scope":"openid graph.read"})";
  const std::string token = key.sign("at+jwt", claims);
  const trust::Expected expected{"https://us", "https://us", "at+jwt"};
  measure("sign (ES256)", 2000, [&] { return !key.sign("at+jwt", claims).empty(); });
  measure("read, verify and check a new token", 2000, [&] {
    const auto jws = trust::read_jws(token);
    return jws && keys.verify(*jws) && trust::check_claims(*jws, expected, at).has_value();
  });
  trust::CheckedTokens checked;
  checked.put(checked.hash(token), trust::everybody(), Instant{at.us + 600'000'000}, checked.round());
  measure("know a token that was checked", 1'000'000, [&] { return checked.find(checked.hash(token), at) != nullptr; });
  measure("refuse one that is too long", 1'000'000,
          [&, long_one = std::string(1 << 20, 'a')] { return !trust::read_jws(long_one); });
  return 0;
}
