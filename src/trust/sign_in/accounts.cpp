#include "trust/sign_in/accounts.h"

#include <mutex>
#include <shared_mutex>

namespace tsunagu::trust {
namespace {

std::string tagged(std::string_view tag, std::string_view a, std::string_view b = {}) {
  return std::string(tag).append(" ").append(a).append(b.empty() ? "" : " ").append(b);
}

/// What an account is found by, besides its name.
std::vector<std::string> keys_of(const Account& account) {
  std::vector<std::string> keys;
  for (const Passkey& passkey : account.passkeys) keys.push_back(tagged("passkey", passkey.id));
  for (const Card& card : account.cards) keys.push_back(tagged("card", card.key));
  for (const ForeignIdentity& foreign : account.foreign) {
    keys.push_back(tagged("foreign", foreign.provider, foreign.subject));
  }
  keys.push_back(tagged("subject", account.subject, account.tenant));
  return keys;
}

}  // namespace

Accounts::Accounts(store::Store& store)
    : accounts_(store, "trust.accounts",
                [this](const AccountPtr& before, const AccountPtr& after) { index(before, after); }) {}

void Accounts::index(const AccountPtr& before, const AccountPtr& after) {
  const std::unique_lock lock(mutex_);
  if (before) {
    for (const std::string& key : keys_of(*before)) {
      if (const auto at = names_.find(key); at != names_.end() && at->second == before->name) names_.erase(at);
    }
  }
  if (after) {
    for (std::string& key : keys_of(*after)) names_.emplace(std::move(key), after->name);
  }
}

AccountPtr Accounts::indexed(const std::string& key) const {
  std::string name;
  {
    const std::shared_lock lock(mutex_);
    const auto found = names_.find(key);
    if (found == names_.end()) return nullptr;
    name = found->second;
  }
  return accounts_.find(name);
}

AccountPtr Accounts::of_passkey(std::string_view credential) const {
  return indexed(tagged("passkey", credential));
}

AccountPtr Accounts::of_card(std::string_view key) const {
  return indexed(tagged("card", key));
}

AccountPtr Accounts::of_foreign(std::string_view provider, std::string_view subject) const {
  return indexed(tagged("foreign", provider, subject));
}

AccountPtr Accounts::of_subject(std::string_view urn, std::string_view tenant) const {
  return indexed(tagged("subject", urn, tenant));
}

void Accounts::add(Account account, Done done) {
  if (auto problem = problem_of(account)) return done(tl::unexpected(std::move(*problem)));
  const std::string name = account.name;
  auto made = std::make_shared<const Account>(std::move(account));
  accounts_.change(
      name,
      [&made](const AccountPtr& current) -> Result<AccountPtr> {
        if (current) return fail(ErrorCode::kAlreadyExists, "there is an account \"" + made->name + "\" already");
        return made;
      },
      std::move(done));
}

void Accounts::change(std::string_view name, const std::function<Result<void>(Account&)>& edit, Done done) {
  const std::string key = account_name(name);
  accounts_.change(
      key,
      [&edit, &key](const AccountPtr& current) -> Result<AccountPtr> {
        if (!current) return fail(ErrorCode::kResourceNotFound, "there is no account \"" + key + "\"");
        auto next = std::make_shared<Account>(*current);
        if (auto good = edit(*next); !good) return tl::unexpected(good.error());
        return next;
      },
      std::move(done));
}

void Accounts::remove(std::string_view name, Done done) {
  const std::string key = account_name(name);
  accounts_.change(
      key,
      [&key](const AccountPtr& current) -> Result<AccountPtr> {
        if (!current) return fail(ErrorCode::kResourceNotFound, "there is no account \"" + key + "\"");
        return AccountPtr();
      },
      std::move(done));
}

std::optional<Error> problem_of(const Account& account) {
  const auto wrong = [](std::string detail) { return Error{ErrorCode::kBadRequestData, std::move(detail)}; };
  if (!valid_account_name(account.name)) {
    return wrong("\"account\" must have 1 to 64 characters of a-z, 0-9 and . _ @ -");
  }
  if (account.kind != SubjectKind::kResident && account.kind != SubjectKind::kStaff) {
    return wrong("\"kind\" must be resident or staff; devices and programs have keys (tsunagu key add)");
  }
  if (!account.subject.starts_with("urn:") || account.subject.size() > 512) {
    return wrong("\"id\" must be the URN of their entity, such as urn:ngsi-ld:Resident:1");
  }
  if (account.title.empty() || account.title.size() > 200) return wrong("\"name\" must have 1 to 200 bytes");
  return std::nullopt;
}

}  // namespace tsunagu::trust
