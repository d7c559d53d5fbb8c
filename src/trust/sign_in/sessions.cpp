#include "trust/sign_in/sessions.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <mutex>

#include "trust/keys.h"
#include "trust/sign_in/document_text.h"
#include "trust/sign_in/secrets.h"

namespace tsunagu::trust {
namespace {

constexpr const char* kCollection = "trust.sessions";
constexpr std::size_t kTokenBytes = 32;
constexpr std::size_t kTokenText = 43;                          // of Base64url
constexpr std::int64_t kKeepSeenEvery = 10LL * 60 * 1'000'000;  // µs: how much of `seen` a crash may lose

constexpr std::array<std::string_view, 6> kMethods = {"password", "password+code", "passkey",
                                                      "card",     "provider",      "demo"};

std::int64_t micros(std::chrono::seconds s) {
  return std::chrono::duration_cast<std::chrono::microseconds>(s).count();
}

std::string to_json(const Session& session, Instant seen) {
  const Subject& s = *session.subject;
  std::string out;
  JsonObject object(out);
  object.text("id", session.id).text("kind", name(s.kind)).text("subject", s.id).text_if("tenant", s.tenant);
  object.text("name", s.name).text("account", s.account).number("assurance", static_cast<int>(s.assurance));
  object.text_if("actsFor", s.acts_for);
  object.text("method", name(session.method)).text_if("detail", session.detail);
  object.text_if("peer", session.peer).text_if("agent", session.agent);
  put_instant(object, "began", session.began);
  put_instant(object, "until", s.until);
  put_instant(object, "seen", seen);
  object.end();
  return out;
}

SessionPtr read_session(std::string_view json) {
  Session session;
  Subject s;
  session.id = s.session = text_in(json, "id");
  s.kind = kind_named(text_in(json, "kind"));
  s.id = text_in(json, "subject");
  s.tenant = text_in(json, "tenant");
  s.name = text_in(json, "name");
  s.account = text_in(json, "account");
  s.assurance = static_cast<Assurance>(std::clamp<std::int64_t>(number_in(json, "assurance"), 0, 3));
  s.acts_for = text_in(json, "actsFor");
  s.until = instant_in(json, "until");
  const auto method = std::find(kMethods.begin(), kMethods.end(), text_in(json, "method"));
  if (session.id.empty() || s.until == kNoInstant || method == kMethods.end()) return nullptr;
  session.method = static_cast<SignInMethod>(method - kMethods.begin());
  session.detail = text_in(json, "detail");
  session.peer = text_in(json, "peer");
  session.agent = text_in(json, "agent");
  session.began = instant_in(json, "began");
  session.subject = std::make_shared<const Subject>(std::move(s));
  return std::make_shared<const Session>(std::move(session));
}

}  // namespace

std::string_view name(SignInMethod method) {
  return kMethods[static_cast<std::size_t>(method)];
}

std::size_t Sessions::DigestHash::operator()(const Digest& digest) const {
  std::size_t hash = 0;
  std::memcpy(&hash, digest.data(), sizeof hash);
  return hash;
}

Sessions::Sessions(store::Store& store, SessionLimits limits) : store_(store), limits_(limits) {
  for (const auto& [key, body] : store_.documents(store::TenantId(0), kCollection)) {
    auto session = read_session(body);
    const auto digest = digest_of(key);
    if (!session || !digest) continue;
    auto entry = std::make_unique<Entry>();
    entry->seen = entry->kept = instant_in(body, "seen").us;
    by_id_.emplace(session->id, *digest);
    entry->session = std::move(session);
    entries_.emplace(*digest, std::move(entry));
  }
}

bool Sessions::alive(const Entry& entry, Instant now) const {
  return now < entry.session->subject->until && now.us < entry.seen.load() + micros(limits_.idle);
}

const Sessions::Entry* Sessions::look(std::string_view token, Instant now) const {
  if (token.size() != kTokenText) return nullptr;
  const auto found = entries_.find(sha256(token));
  if (found == entries_.end() || !alive(*found->second, now)) return nullptr;
  Entry& entry = *found->second;
  if (now.us > entry.seen.load()) entry.seen = now.us;
  auto kept = entry.kept.load();
  if (now.us > kept + kKeepSeenEvery && entry.kept.compare_exchange_strong(kept, now.us)) {
    save(found->first, *entry.session, now, {});
  }
  return &entry;
}

SubjectPtr Sessions::who(std::string_view token, Instant now) const {
  const std::shared_lock lock(mutex_);
  const Entry* entry = look(token, now);
  return entry ? entry->session->subject : nullptr;
}

SessionPtr Sessions::by_token(std::string_view token, Instant now) const {
  const std::shared_lock lock(mutex_);
  const Entry* entry = look(token, now);
  return entry ? entry->session : nullptr;
}

SessionPtr Sessions::find(std::string_view id, Instant now) const {
  const std::shared_lock lock(mutex_);
  const auto found = by_id_.find(std::string(id));
  if (found == by_id_.end()) return nullptr;
  const auto entry = entries_.find(found->second);
  return entry != entries_.end() && alive(*entry->second, now) ? entry->second->session : nullptr;
}

std::vector<Sessions::Seen> Sessions::of_account(std::string_view account, Instant now) const {
  std::vector<Seen> out;
  {
    const std::shared_lock lock(mutex_);
    for (const auto& [digest, entry] : entries_) {
      if (entry->session->subject->account == account && alive(*entry, now)) {
        out.push_back({entry->session, Instant{entry->seen.load()}});
      }
    }
  }
  std::sort(out.begin(), out.end(), [](const Seen& a, const Seen& b) { return a.seen > b.seen; });
  return out;
}

void Sessions::save(const Digest& digest, const Session& session, Instant seen, Done done) const {
  store_.submit({store::DocumentWrite{store::TenantId(0), kCollection, to_hex(digest), to_json(session, seen)}},
                [done = std::move(done)](const std::vector<store::Outcome>& outcomes) {
                  if (done) done(outcomes.front().result);
                });
}

void Sessions::begin(Session draft, Instant now, std::function<void(Result<Begun>)> done) {
  sweep(now);
  const auto others = of_account(draft.subject->account, now);
  for (std::size_t i = limits_.per_account; i <= others.size() && i > 0; ++i) end(others[i - 1].session->id, {});
  Subject subject = *draft.subject;
  draft.id = subject.session = random_id();
  draft.began = now;
  const Instant latest{now.us + micros(limits_.absolute)};
  subject.until = latest;
  draft.subject = std::make_shared<const Subject>(std::move(subject));
  if (draft.agent.size() > 200) draft.agent.resize(200);
  while (!valid_utf8(draft.agent)) draft.agent.pop_back();
  Begun begun{random_text(kTokenBytes), std::make_shared<const Session>(std::move(draft))};
  const Digest digest = sha256(begun.token);
  const SessionPtr session = begun.session;
  save(digest, *session, now,
       [this, digest, now, begun = std::move(begun), done = std::move(done)](const Result<void>& saved) mutable {
         if (!saved) return done(tl::unexpected(saved.error()));
         {
           const std::unique_lock lock(mutex_);
           auto entry = std::make_unique<Entry>();
           entry->session = begun.session;
           entry->seen = entry->kept = now.us;
           by_id_.emplace(begun.session->id, digest);
           entries_.emplace(digest, std::move(entry));
         }
         done(std::move(begun));
       });
}

void Sessions::drop(std::vector<Digest> gone, Done done) {
  std::vector<store::Write> writes;
  {
    const std::unique_lock lock(mutex_);
    for (const Digest& digest : gone) {
      const auto found = entries_.find(digest);
      if (found == entries_.end()) continue;
      by_id_.erase(found->second->session->id);
      entries_.erase(found);
      writes.emplace_back(store::DocumentWrite{store::TenantId(0), kCollection, to_hex(digest), std::nullopt});
    }
  }
  if (writes.empty()) {
    if (done) done({});
    return;
  }
  store_.submit(std::move(writes), [done = std::move(done)](const std::vector<store::Outcome>& outcomes) {
    if (done) done(outcomes.front().result);
  });
}

void Sessions::end(std::string_view id, Done done) {
  std::vector<Digest> gone;
  {
    const std::shared_lock lock(mutex_);
    if (const auto found = by_id_.find(std::string(id)); found != by_id_.end()) gone.push_back(found->second);
  }
  drop(std::move(gone), std::move(done));
}

void Sessions::end_all(std::string_view account, std::string_view except, Done done) {
  std::vector<Digest> gone;
  {
    const std::shared_lock lock(mutex_);
    for (const auto& [digest, entry] : entries_) {
      if (entry->session->subject->account == account && entry->session->id != except) gone.push_back(digest);
    }
  }
  drop(std::move(gone), std::move(done));
}

void Sessions::sweep(Instant now) {
  std::vector<Digest> gone;
  {
    const std::shared_lock lock(mutex_);
    for (const auto& [digest, entry] : entries_) {
      if (!alive(*entry, now)) gone.push_back(digest);
    }
  }
  if (!gone.empty()) drop(std::move(gone), {});
}

void Sessions::act_for(std::string_view id, std::string person, std::function<void(Result<SessionPtr>)> done) {
  SessionPtr next;
  Digest digest{};
  Instant seen;
  {
    const std::unique_lock lock(mutex_);
    const auto found = by_id_.find(std::string(id));
    if (found != by_id_.end()) {
      digest = found->second;
      Entry& entry = *entries_.at(digest);
      seen = Instant{entry.seen.load()};
      Session changed = *entry.session;
      Subject subject = *changed.subject;
      subject.acts_for = std::move(person);
      changed.subject = std::make_shared<const Subject>(std::move(subject));
      next = std::make_shared<const Session>(std::move(changed));
      entry.session = next;
    }
  }
  if (!next) return done(fail(ErrorCode::kResourceNotFound, "the session has ended; sign in again"));
  save(digest, *next, seen, [next, done = std::move(done)](const Result<void>& saved) {
    if (!saved) return done(tl::unexpected(saved.error()));
    done(next);
  });
}

}  // namespace tsunagu::trust
