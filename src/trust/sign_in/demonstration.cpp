#include "trust/sign_in/demonstration.h"

#include <fmt/format.h>

#include <memory>
#include <mutex>

#include "base/toml.h"
#include "trust/sign_in/document_text.h"

namespace tsunagu::trust {
namespace {

Words words_of(const toml::node_view<const toml::node>& node) {
  if (const auto one = node.value<std::string>()) return {*one, *one, *one};
  Words out{node["ja"].value_or<std::string>(""), node["easy"].value_or<std::string>(""),
            node["en"].value_or<std::string>("")};
  if (out.ja.empty()) out.ja = out.en;
  if (out.easy.empty()) out.easy = out.ja;
  if (out.en.empty()) out.en = out.ja;
  return out;
}

Result<Account> read_one(const toml::table& table) {
  Account account;
  account.name = account_name(table["account"].value_or<std::string>(""));
  account.kind = kind_named(table["kind"].value_or<std::string>(""));
  account.subject = table["id"].value_or<std::string>("");
  account.tenant = table["tenant"].value_or<std::string>("");
  account.home = table["home"].value_or<std::string>("/");
  const auto view = toml::node_view<const toml::node>(table);
  account.label = words_of(view["name"]);
  account.title = account.label.ja;
  account.about = words_of(view["about"]);
  account.demonstration = true;
  if (auto problem = problem_of(account)) return tl::unexpected(std::move(*problem));
  if (!account.home.starts_with('/') || account.home.starts_with("//"))
    return bad("\"home\" must be a path, like /map");
  return account;
}

}  // namespace

Result<std::vector<Account>> read_demonstration(std::string_view text, std::string_view file) {
  const auto root = parse_toml(text, file);
  if (!root) return tl::unexpected(root.error());
  const toml::array* list = (*root)["account"].as_array();
  if (list == nullptr || list->empty()) return bad(fmt::format("{}: there is no [[account]]", file));
  std::vector<Account> accounts;
  for (const toml::node& node : *list) {
    const toml::table* table = node.as_table();
    auto account = table == nullptr ? Result<Account>(bad("an account is a table: [[account]]")) : read_one(*table);
    if (!account) {
      return bad(
          fmt::format("{}:{}: {}", file, static_cast<unsigned>(node.source().begin.line), account.error().detail));
    }
    accounts.push_back(std::move(*account));
  }
  return accounts;
}

namespace {

void bring_up_to_date(Account& current, const Account& wanted) {
  current.kind = wanted.kind;
  current.subject = wanted.subject;
  current.tenant = wanted.tenant;
  current.title = wanted.title;
  current.label = wanted.label;
  current.about = wanted.about;
  current.home = wanted.home;
}

}  // namespace

void make_demonstration(Accounts& accounts, std::vector<Account> wanted, std::function<void(Result<void>)> done) {
  struct Count {
    std::mutex mutex;
    std::size_t left;
    Result<void> outcome;
  };
  const auto count = std::make_shared<Count>();
  count->left = wanted.size();
  const auto one_done = [count, done = std::move(done)](const Result<AccountPtr>& made) {
    {
      const std::lock_guard lock(count->mutex);
      if (!made && count->outcome) count->outcome = tl::unexpected(made.error());
      if (--count->left > 0) return;
    }
    done(count->outcome);
  };
  for (Account& account : wanted) {
    if (accounts.find(account.name) == nullptr) {
      account.made = now();
      accounts.add(std::move(account), one_done);
      continue;
    }
    accounts.change(
        account.name,
        [&account](Account& current) -> Result<void> {
          if (!current.demonstration) {
            return fail(ErrorCode::kConflict,
                        "\"" + current.name + "\" is an account of somebody: it is not made one for demonstration");
          }
          bring_up_to_date(current, account);
          return {};
        },
        one_done);
  }
}

}  // namespace tsunagu::trust
