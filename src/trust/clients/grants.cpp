#include "trust/clients/grants.h"

#include <sodium.h>

#include <algorithm>
#include <utility>

#include "base/json_object.h"
#include "base/text.h"
#include "ngsi/json_walk.h"
#include "trust/clients/client.h"
#include "trust/keys.h"

namespace tsunagu::trust {
namespace {

constexpr std::int64_t kMinute = 60'000'000, kDay = 86'400'000'000;
constexpr std::int64_t kIdle = 14 * kDay, kInAll = 90 * kDay;
/// Codes that were used are remembered as long as what came of them may live.
constexpr std::int64_t kRemembered = 15 * kMinute;
constexpr std::size_t kEarlier = 8;

tl::unexpected<Error> no_grant() {
  return fail(ErrorCode::kUnauthorized, "The refresh token does not hold (any more): sign in again.");
}

struct Shown {
  std::string id, digest;
};
Shown taken_apart(std::string_view refresh_token) {
  const std::size_t dot = refresh_token.find('.');
  if (dot == std::string_view::npos || refresh_token.size() > 200) return {};
  return {std::string(refresh_token.substr(0, dot)), secret_digest(refresh_token)};
}

bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

Instant ClientGrant::until() const {
  return Instant{std::min(used.us + kIdle, made.us + kInAll)};
}

std::string to_json(const ClientGrant& grant) {
  std::string earlier, out;
  append_json_texts(earlier, grant.earlier);
  JsonObject(out)
      .text("id", grant.id)
      .text("client", grant.client)
      .text("account", grant.account)
      .text("subject", grant.subject)
      .text("session", grant.session)
      .text("scopes", grant.scopes)
      .number("assurance", static_cast<int>(grant.assurance))
      .text("signedIn", to_string(grant.signed_in))
      .text("made", to_string(grant.made))
      .text("used", to_string(grant.used))
      .text("refresh", grant.refresh)
      .json("earlier", earlier)
      .end();
  return out;
}

bool read_item(std::string_view json, ClientGrant& grant) {
  const auto text = [&](std::string_view name) { return json_string_text(ngsi::walk::member(json, name)); };
  const auto time = [&](std::string_view name) { return parse_instant(text(name)).value_or(kNoInstant); };
  if (!ngsi::walk::is_object(json) || !ngsi::walk::is_string(ngsi::walk::member(json, "refresh"))) return false;
  grant.id = text("id");
  grant.client = text("client");
  grant.account = text("account");
  grant.subject = text("subject");
  grant.session = text("session");
  grant.scopes = text("scopes");
  const int assurance = parse_number<int>(ngsi::walk::member(json, "assurance")).value_or(0);
  grant.assurance = static_cast<Assurance>(std::clamp(assurance, 0, 3));
  grant.signed_in = time("signedIn");
  grant.made = time("made");
  grant.used = time("used");
  grant.refresh = text("refresh");
  ngsi::walk::any_element(ngsi::walk::member(json, "earlier"), [&](std::string_view each) {
    grant.earlier.push_back(json_string_text(each));
    return false;
  });
  return grant.made != kNoInstant && grant.used != kNoInstant;
}

void ClientGrants::begin(ClientGrant grant, Instant now, Done done) {
  const std::string token = grant.id + "." + random_text(32);
  grant.made = grant.used = now;
  grant.refresh = secret_digest(token);
  const auto kept = std::make_shared<const ClientGrant>(std::move(grant));
  kept_.change(
      kept->id,
      [&](const ClientGrantPtr& current) -> Result<ClientGrantPtr> {
        if (current) return fail(ErrorCode::kAlreadyExists, "There is such a grant already.");
        return kept;
      },
      [token, done = std::move(done)](Result<ClientGrantPtr> written) {
        if (!written) return done(tl::unexpected(written.error()));
        done(Renewed{*written, token});
      });
}

void ClientGrants::renew(std::string_view refresh_token, std::string_view client, Instant now,
                         const std::function<void(const ClientGrant&)>& reused, Done done) {
  const Shown shown = taken_apart(refresh_token);
  const std::string next = shown.id + "." + random_text(32);
  kept_.change(
      shown.id,
      [&](const ClientGrantPtr& current) -> Result<ClientGrantPtr> {
        if (!current || current->client != client) return no_grant();
        if (!same(current->refresh, shown.digest)) {
          if (std::ranges::none_of(current->earlier, [&](const auto& each) { return same(each, shown.digest); }))
            return no_grant();
          reused(*current);
          return ClientGrantPtr();
        }
        if (current->until() <= now) return ClientGrantPtr();
        auto renewed = std::make_shared<ClientGrant>(*current);
        renewed->used = now;
        renewed->earlier.insert(renewed->earlier.begin(), std::exchange(renewed->refresh, secret_digest(next)));
        if (renewed->earlier.size() > kEarlier) renewed->earlier.pop_back();
        return ClientGrantPtr(std::move(renewed));
      },
      [next, done = std::move(done)](Result<ClientGrantPtr> written) {
        if (!written) return done(tl::unexpected(written.error()));
        if (!*written) return done(no_grant());
        done(Renewed{*written, next});
      });
}

ClientGrantPtr ClientGrants::holding(std::string_view refresh_token, Instant now) const {
  const Shown shown = taken_apart(refresh_token);
  const ClientGrantPtr grant = shown.id.empty() ? nullptr : kept_.find(shown.id);
  return grant && same(grant->refresh, shown.digest) && grant->until() > now ? grant : nullptr;
}

void ClientGrants::end(const std::string& id, std::function<void(Result<void>)> done) {
  kept_.change(
      id, [](const ClientGrantPtr&) -> Result<ClientGrantPtr> { return ClientGrantPtr(); },
      [done = std::move(done)](Result<ClientGrantPtr> written) {
        if (!done) return;
        written ? done({}) : done(tl::unexpected(written.error()));
      });
}

void ClientGrants::end_where(const std::function<bool(const ClientGrant&)>& gone) {
  for (const ClientGrantPtr& grant : kept_.all()) {
    if (gone(*grant)) end(grant->id, {});
  }
}

std::optional<std::string> Codes::keep(Code code, Instant now) {
  std::string text = random_text(32);
  code.until = Instant{now.us + kMinute};
  const std::lock_guard lock(mutex_);
  if (codes_.size() >= kMost) {
    std::erase_if(codes_, [&](const auto& each) { return each.second.until.us + kRemembered <= now.us; });
    if (codes_.size() >= kMost) return std::nullopt;
  }
  codes_.insert_or_assign(secret_digest(text), std::move(code));
  return text;
}

std::optional<Codes::Code> Codes::take(std::string_view code, Instant now) {
  const std::lock_guard lock(mutex_);
  const auto found = codes_.find(secret_digest(code));
  if (found == codes_.end()) return std::nullopt;
  if (found->second.used) return found->second;
  if (found->second.until <= now) {
    codes_.erase(found);
    return std::nullopt;
  }
  Code first = found->second;
  found->second.used = true;
  return first;
}

}  // namespace tsunagu::trust
