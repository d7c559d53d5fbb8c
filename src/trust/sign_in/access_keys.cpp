#include "trust/sign_in/access_keys.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <future>
#include <iterator>
#include <mutex>

#include "trust/audit/chain.h"
#include "trust/keys.h"
#include "trust/mqtt_verifier.h"
#include "trust/sign_in/document_text.h"
#include "trust/sign_in/secrets.h"

namespace tsunagu::trust {
namespace {

constexpr std::string_view kPrefix = "tsk_";
constexpr std::size_t kIdText = 16, kSecretText = 43;

std::optional<Error> problem_of(const AccessKey& key) {
  const auto wrong = [](std::string detail) { return Error{ErrorCode::kBadRequestData, std::move(detail)}; };
  const Subject& s = *key.subject;
  if (s.kind != SubjectKind::kDevice && s.kind != SubjectKind::kProgram && s.kind != SubjectKind::kSystem) {
    return wrong("\"kind\" must be device or program; people have accounts");
  }
  if (s.kind != SubjectKind::kSystem && (!s.id.starts_with("urn:") || s.id.size() > 512)) {
    return wrong("\"subject\" must be the URN of its entity, such as urn:ngsi-ld:Device:1");
  }
  if (key.title.empty() || key.title.size() > 200) return wrong("\"name\" must have 1 to 200 bytes");
  if (!key.certificate.empty() && !digest_of(key.certificate)) {
    return wrong("\"certificate\" must be the SHA-256 of the certificate (DER): 64 hex digits in lower case");
  }
  return std::nullopt;
}

bool holds(const AccessKey& key, Instant now) {
  return key.until == kNoInstant || now < key.until;
}

Result<void> write_secret(const std::filesystem::path& file, const std::string& text) {
  std::error_code ignored;
  std::filesystem::create_directories(file.parent_path(), ignored);
  ::chmod(file.parent_path().c_str(), S_IRWXU);
  const std::string fresh = file.string() + ".new";
  ::unlink(fresh.c_str());
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  const bool written =
      fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
  if (fd >= 0) ::close(fd);
  if (!written || ::rename(fresh.c_str(), file.c_str()) != 0) {
    return fail(ErrorCode::kReadOnly, file.string() + ": " + std::strerror(errno));
  }
  return {};
}

}  // namespace

std::string to_json(const AccessKey& key) {
  std::string out;
  JsonObject object(out);
  object.text("id", key.id)
      .text_if("digest", key.digest)
      .text_if("mqtt", key.mqtt)
      .text_if("certificate", key.certificate);
  object.text("title", key.title).text_if("madeBy", key.made_by);
  object.text("kind", name(key.subject->kind)).text("subject", key.subject->id).text_if("tenant", key.subject->tenant);
  put_instant(object, "made", key.made);
  put_instant(object, "until", key.until);
  object.end();
  return out;
}

bool read_item(std::string_view json, AccessKey& key) {
  key.id = text_in(json, "id");
  key.digest = text_in(json, "digest");
  key.mqtt = text_in(json, "mqtt");
  key.certificate = text_in(json, "certificate");
  key.title = text_in(json, "title");
  key.made_by = text_in(json, "madeBy");
  key.made = instant_in(json, "made");
  key.until = instant_in(json, "until");
  Subject subject;
  subject.kind = kind_named(text_in(json, "kind"));
  subject.id = text_in(json, "subject");
  subject.tenant = text_in(json, "tenant");
  subject.name = key.title;
  subject.session = "key:" + key.id;
  subject.assurance = key.certificate.empty() ? Assurance::kSingle : Assurance::kStrong;
  subject.until = key.until;
  key.subject = std::make_shared<const Subject>(std::move(subject));
  return !key.id.empty() && key.subject->kind != SubjectKind::kAnonymous;
}

AccessKeys::AccessKeys(store::Store& store)
    : keys_(store, "trust.keys", [this](const AccessKeyPtr& before, const AccessKeyPtr& after) {
        const std::unique_lock lock(mutex_);
        ++changes_;
        if (before && !before->certificate.empty()) certificates_.erase(before->certificate);
        if (after && !after->certificate.empty()) certificates_[after->certificate] = after->id;
      }) {}

void AccessKeys::make(AccessKey draft, Instant now, std::function<void(Result<Made>)> done) {
  if (auto problem = problem_of(draft)) return done(tl::unexpected(std::move(*problem)));
  if (!draft.certificate.empty() && of_certificate(draft.certificate, now)) {
    return done(fail(ErrorCode::kAlreadyExists, "the certificate stands for another device: revoke that key first"));
  }
  Made made;
  draft.id = random_id();
  draft.made = now;
  if (draft.certificate.empty()) {
    const std::string secret = random_text(32);
    made.text = std::string(kPrefix).append(draft.id).append("_").append(secret);
    draft.digest = to_hex(sha256(secret));
    if (draft.subject->kind != SubjectKind::kSystem) draft.mqtt = mqtt_verifier(made.text);
  }
  // As it is read again: with the subject's session and assurance.
  auto key = std::make_shared<AccessKey>();
  read_item(to_json(draft), *key);
  made.key = key;
  keys_.change(
      draft.id, [&key](const AccessKeyPtr&) -> Result<AccessKeyPtr> { return key; },
      [made, done = std::move(done)](const Result<AccessKeyPtr>& kept) {
        if (!kept) return done(tl::unexpected(kept.error()));
        done(made);
      });
}

void AccessKeys::remove(std::string_view id, std::function<void(Result<AccessKeyPtr>)> done) {
  const AccessKeyPtr key = keys_.find(id);
  keys_.change(
      std::string(id),
      [](const AccessKeyPtr& current) -> Result<AccessKeyPtr> {
        if (!current) return fail(ErrorCode::kResourceNotFound, "there is no such key");
        return AccessKeyPtr();
      },
      [key, done = std::move(done)](const Result<AccessKeyPtr>& gone) {
        if (!gone) return done(tl::unexpected(gone.error()));
        done(key);
      });
}

Result<SubjectPtr> AccessKeys::who(std::string_view key, Instant now) const {
  const auto refuse = [] {
    return fail(ErrorCode::kUnauthorized, "the key is not known here, was revoked or has expired: ask for a new one");
  };
  if (key.size() != kPrefix.size() + kIdText + 1 + kSecretText || key[kPrefix.size() + kIdText] != '_') {
    return refuse();
  }
  const AccessKeyPtr found = keys_.find(key.substr(kPrefix.size(), kIdText));
  if (!found || found->digest.empty() || !holds(*found, now) ||
      !same_secret(to_hex(sha256(key.substr(kPrefix.size() + kIdText + 1))), found->digest)) {
    return refuse();
  }
  return found->subject;
}

bool AccessKeys::any_of(const Subject& subject, Instant now) const {
  constexpr std::string_view kKey = "key:";
  if (subject.session.starts_with(kKey)) {
    const AccessKeyPtr key = keys_.find(std::string_view(subject.session).substr(kKey.size()));
    if (key && holds(*key, now)) return true;
  }
  const std::vector<AccessKeyPtr> all = keys_.all();
  return std::any_of(all.begin(), all.end(), [&](const AccessKeyPtr& key) {
    const Subject& whose = *key->subject;
    return whose.id == subject.id && whose.tenant == subject.tenant && whose.kind == subject.kind && holds(*key, now);
  });
}

SubjectPtr AccessKeys::of_certificate(std::string_view fingerprint, Instant now) const {
  std::string id;
  {
    const std::shared_lock lock(mutex_);
    const auto found = certificates_.find(std::string(fingerprint));
    if (found == certificates_.end()) return nullptr;
    id = found->second;
  }
  const AccessKeyPtr key = keys_.find(id);
  return key && holds(*key, now) ? key->subject : nullptr;
}

Result<std::string> AccessKeys::open_or_make_operator_key(const std::filesystem::path& file, Instant now) {
  std::string text;
  if (std::ifstream in(file, std::ios::binary); in) text.assign(std::istreambuf_iterator<char>(in), {});
  if (const auto who_it_is = who(trim(text), now); who_it_is && (*who_it_is)->everything()) {
    return std::string(trim(text));
  }
  for (const AccessKeyPtr& key : all()) {
    if (key->subject->kind != SubjectKind::kSystem) continue;
    std::promise<void> gone;
    remove(key->id, [&gone](const Result<AccessKeyPtr>&) { gone.set_value(); });
    gone.get_future().wait();
  }
  AccessKey draft;
  draft.title = "operator";
  Subject subject;
  subject.kind = SubjectKind::kSystem;
  subject.id = "urn:ngsi-ld:Program:operator";
  draft.subject = std::make_shared<const Subject>(std::move(subject));
  std::promise<Result<Made>> promise;
  make(std::move(draft), now, [&promise](Result<Made> made) { promise.set_value(std::move(made)); });
  auto made = promise.get_future().get();
  if (!made) return tl::unexpected(made.error());
  if (auto written = write_secret(file, made->text + "\n"); !written) return tl::unexpected(written.error());
  return made->text;
}

}  // namespace tsunagu::trust
