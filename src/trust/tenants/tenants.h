// Municipalities and others who share one server: on-boarded, branded, held to their quotas.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "store/store.h"
#include "trust/sign_in/accounts.h"
#include "trust/sign_in/keeper.h"
#include "trust/tenants/quotas.h"

namespace tsunagu::trust {

/// What is kept of a tenant (collection "trust.tenants").
struct TenantSheet {
  std::string name;             ///< as in the header NGSILD-Tenant: 1 to 64 of a-z 0-9 _ . -
  std::string title, title_en;  ///< to show
  std::string body;             ///< URN of its body: urn:ngsi-ld:Municipality:NAME
  std::string admin;            ///< sign-in name of its first administrator
  std::string colour;           ///< "#rrggbb"; "" for none
  std::string logo;             ///< path or https address of a picture; "" for none
  Quotas quotas;
  Instant made;
};
using TenantPtr = std::shared_ptr<const TenantSheet>;

std::string to_json(const TenantSheet& sheet);
bool read_item(std::string_view json, TenantSheet& sheet);

/// What to change; what is not given stays.
struct TenantChange {
  std::optional<std::string> title, title_en, colour, logo;
  std::optional<std::uint64_t> requests_per_minute, entities, bytes;
};

/// Thread-safe. `store` and `accounts` outlive it; the store is stopped before it ends.
class Tenants {
 public:
  Tenants(store::Store& store, Accounts& accounts);

  struct Made {
    TenantPtr sheet;
    std::string code;  ///< by which the administrator sets a password, once: shown now and never again
    Instant code_until;
  };
  using Done = std::function<void(Result<Made>)>;
  /// Makes the tenant; in its graph the body (a Municipality), its administrator (Staff) and an AccessRelation between
  /// them (memberOf, role admin); and the administrator's account. Policies of the default tenant hold in it as long as
  /// it has none of its own. BadRequestData says what cannot be; AlreadyExists when the tenant, or an account of
  /// another tenant under that name, is there. What a crash left half made is completed by the same call. Blocks for
  /// one commit; `done` is called on a thread of the store, or at once.
  void add(TenantSheet sheet, Done done);

  using Changed = std::function<void(Result<TenantPtr>)>;
  /// ResourceNotFound when there is none.
  void change(std::string_view name, const TenantChange& change, Changed done);

  TenantPtr find(std::string_view name) const { return sheets_.find(name); }
  std::vector<TenantPtr> all() const { return sheets_.all(); }
  const QuotaBook& quotas() const { return quotas_; }

 private:
  void write_graph(const TenantPtr& sheet, store::TenantId tenant, Done done);
  void write_account(const TenantPtr& sheet, Done done);

  store::Store& store_;
  Accounts& accounts_;
  QuotaBook quotas_;
  Keeper<TenantSheet> sheets_;  // last: fills the book
};

/// What is wrong with a tenant that somebody wants; empty if nothing is.
std::optional<Error> problem_of(const TenantSheet& sheet);

}  // namespace tsunagu::trust
