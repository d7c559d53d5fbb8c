// The accounts of one server: in memory, durable before they answer (collection "trust.accounts").
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "trust/sign_in/account.h"
#include "trust/sign_in/keeper.h"

namespace tsunagu::trust {

/// Thread-safe.
class Accounts {
 public:
  /// `store` outlives this and is stopped before this ends.
  explicit Accounts(store::Store& store);

  /// The folder has been set up: there is an account.
  bool any() const { return !accounts_.empty(); }
  /// By sign-in name, any case; null when there is none.
  AccountPtr find(std::string_view name) const { return accounts_.find(account_name(name)); }
  AccountPtr of_passkey(std::string_view credential) const;
  AccountPtr of_card(std::string_view key) const;
  AccountPtr of_foreign(std::string_view provider, std::string_view subject) const;
  AccountPtr of_subject(std::string_view urn, std::string_view tenant) const;
  std::vector<AccountPtr> all() const { return accounts_.all(); }

  using Done = std::function<void(Result<AccountPtr>)>;
  /// AlreadyExists when the name is taken; BadRequestData when something in it cannot be.
  void add(Account account, Done done);
  /// `edit` gets a copy; an error leaves everything as it was. ResourceNotFound when there is none. Quick, called at
  /// once.
  void change(std::string_view name, const std::function<Result<void>(Account&)>& edit, Done done);
  void remove(std::string_view name, Done done);

 private:
  void index(const AccountPtr& before, const AccountPtr& after);
  AccountPtr indexed(const std::string& key) const;

  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, std::string> names_;  // "passkey ID", "card KEY", … → account
  Keeper<Account> accounts_;                            // last: fills the index
};

/// What is wrong with an account that somebody wants made; empty if nothing is.
std::optional<Error> problem_of(const Account& account);

}  // namespace tsunagu::trust
