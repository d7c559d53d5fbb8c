#include "trust/tokens/own_keys.h"

#include <fstream>
#include <iterator>

#include "base/json_object.h"
#include "base/log.h"
#include "ngsi/json_walk.h"
#include "trust/keys.h"

namespace tsunagu::trust {
namespace {

namespace walk = ngsi::walk;

constexpr std::int64_t kDay = 86'400'000'000;
constexpr std::int64_t kSigns = 90 * kDay, kAhead = kDay, kAfter = 7 * kDay;

}  // namespace

Result<std::unique_ptr<OwnKeys>> OwnKeys::open(std::filesystem::path file, Instant now) {
  std::unique_ptr<OwnKeys> keys(new OwnKeys(std::move(file)));
  if (std::ifstream in(keys->file_, std::ios::binary); in) {
    const std::string json{std::istreambuf_iterator<char>(in), {}};
    if (auto read = keys->read(json); !read)
      return bad(keys->file_.string() + ": " + read.error().detail +
                 ". Put the file back from a backup, or remove it: then everybody has to sign in again.");
    keys->turn_over(now);
  } else if (auto made = keys->replace(now); !made) {
    return tl::unexpected(made.error());
  }
  return keys;
}

Result<void> OwnKeys::read(std::string_view given) {
  std::string json;
  if (!append_canonical_json(json, given)) return bad("this is no JSON");
  std::vector<Aged> keys;
  std::string reason = "there is no key in it";
  const bool broken = walk::any_element(walk::member(json, "keys"), [&](std::string_view each) {
    auto key = TokenKey::from_jwk(each);
    const auto made = parse_instant(json_string_text(walk::member(each, "made")));
    if (!key || !made || !key->fits(Algorithm::kEs256) || key->sign("JWT", "{}").empty()) {
      reason = "one of the keys cannot sign";
      return true;
    }
    keys.push_back({std::move(*key), *made});
    return false;
  });
  if (broken || keys.empty()) return bad(reason);
  take(std::move(keys));
  return {};
}

Result<void> OwnKeys::write(const std::vector<Aged>& keys) const {
  std::string out = R"({"keys":[)";
  for (const Aged& each : keys) {
    if (out.back() == '}') out += ',';
    std::string jwk = each.key.jwk(true);
    jwk.pop_back();
    out += jwk + R"(,"made":)";
    append_json_string(out, to_string(each.made));
    out += '}';
  }
  return write_private(file_, out += "]}\n");
}

void OwnKeys::take(std::vector<Aged> keys) {
  keys_ = std::move(keys);
  std::vector<TokenKey> all;
  for (const Aged& each : keys_) all.push_back(each.key);
  published_ = std::make_shared<const KeySet>(std::move(all));
}

void OwnKeys::turn_over(Instant now) {
  if (keys_.back().made.us + kSigns - kAhead > now.us) {
    const bool old = keys_.size() > 1 && keys_[1].made.us + kAhead + kAfter <= now.us;
    if (!old) return;
  }
  std::vector<Aged> next = keys_;
  while (next.size() > 1 && next[1].made.us + kAhead + kAfter <= now.us) next.erase(next.begin());
  if (next.back().made.us + kSigns - kAhead <= now.us) {
    auto key = TokenKey::make();
    if (!key) return log::error("{}", key.error().detail);
    next.push_back({std::move(*key), now});
  }
  if (auto written = write(next); !written) return log::error("{}", written.error().detail);
  take(std::move(next));
}

TokenKey OwnKeys::signing(Instant now) {
  const std::lock_guard lock(mutex_);
  turn_over(now);
  for (std::size_t i = keys_.size(); i-- > 1;) {
    if (keys_[i].made.us + kAhead <= now.us) return keys_[i].key;
  }
  return keys_.front().key;
}

std::shared_ptr<const KeySet> OwnKeys::published(Instant now) {
  const std::lock_guard lock(mutex_);
  turn_over(now);
  return published_;
}

Result<void> OwnKeys::replace(Instant now) {
  auto key = TokenKey::make();
  if (!key) return tl::unexpected(key.error());
  std::vector<Aged> only;
  only.push_back({std::move(*key), now});
  const std::lock_guard lock(mutex_);
  if (auto written = write(only); !written) return written;
  take(std::move(only));
  return {};
}

}  // namespace tsunagu::trust
