#include "trust/tenants/tenants.h"

#include <algorithm>

#include "base/json_object.h"
#include "ngsi/context.h"
#include "ngsi/record.h"
#include "trust/audit/chain.h"
#include "trust/keys.h"
#include "trust/policy/facts.h"
#include "trust/sign_in/document_text.h"
#include "trust/sign_in/totp.h"

namespace tsunagu::trust {
namespace {

constexpr std::int64_t kCodeLasts = std::int64_t{7} * 24 * 3600 * 1'000'000;  // a week
constexpr std::size_t kMaxTitle = 200, kMaxLogo = 2000;

bool valid_tenant_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

bool valid_colour(std::string_view colour) {
  return colour.size() == 7 && colour.front() == '#' && std::all_of(colour.begin() + 1, colour.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
         });
}

bool valid_logo(std::string_view logo) {
  const bool place = (logo.starts_with('/') && !logo.starts_with("//")) || logo.starts_with("https://");
  return place && logo.size() <= kMaxLogo && std::ranges::none_of(logo, [](char c) {
           return static_cast<unsigned char>(c) <= 0x20 || c == '"' || c == '\'' || c == '<' || c == '>' || c == '\\';
         });
}

bool valid_title(std::string_view title) {
  return title.size() <= kMaxTitle && valid_utf8(title) &&
         std::ranges::none_of(title, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

std::string staff_id(const TenantSheet& sheet) {
  return "urn:ngsi-ld:Staff:" + sheet.name + ":" + account_name(sheet.admin);
}

ngsi::Entity entity(std::string id, std::string_view type) {
  ngsi::Entity entity;
  entity.id = std::move(id);
  entity.types = {ngsi::core_context()->intern(type)};
  return entity;
}

void put(ngsi::Entity& entity, ngsi::TermId name, ngsi::AttrKind kind, std::string_view text) {
  ngsi::Attribute& attribute = entity.attributes.emplace_back();
  attribute.name = name;
  attribute.kind = kind;
  append_json_string(attribute.value, text);
}

/// Body, administrator, and what ties them.
std::vector<ngsi::Entity> entities_of(const TenantSheet& sheet) {
  const TrustTerms& terms = TrustTerms::get();
  std::vector<ngsi::Entity> entities;
  ngsi::Entity& body = entities.emplace_back(entity(sheet.body, "Municipality"));
  ngsi::Attribute& title = body.attributes.emplace_back();
  title.name = terms.name;
  title.kind = ngsi::AttrKind::kLanguageProperty;
  JsonObject map(title.value);
  map.text_if("en", sheet.title_en).text("ja", sheet.title).end();
  put(entities.emplace_back(entity(staff_id(sheet), "Staff")), terms.name, ngsi::AttrKind::kProperty, sheet.admin);
  ngsi::Entity& relation = entities.emplace_back(entity(
      "urn:ngsi-ld:AccessRelation:" + sheet.name + ":" + account_name(sheet.admin) + ":admin", "AccessRelation"));
  put(relation, terms.subject, ngsi::AttrKind::kRelationship, staff_id(sheet));
  put(relation, terms.relation, ngsi::AttrKind::kProperty, "memberOf");
  put(relation, terms.object, ngsi::AttrKind::kRelationship, sheet.body);
  put(relation, terms.role, ngsi::AttrKind::kProperty, "admin");
  for (ngsi::Entity& each : entities) each.sort_attributes();
  return entities;
}

/// One that is there stays as it is.
Result<store::EntityWrite> write_of(store::TenantId tenant, ngsi::Entity entity) {
  std::string id = entity.id;
  auto record = ngsi::encode(std::move(entity));
  if (!record) return tl::unexpected(record.error());
  return store::EntityWrite{
      tenant, std::move(id),
      [record = std::move(*record)](const ngsi::Record* current, Instant now) -> Result<store::Decision> {
        if (current != nullptr) return store::Keep{};
        return store::Put{ngsi::stamped(*record, now)};
      }};
}

tl::unexpected<Error> there_already(const TenantSheet& sheet) {
  return fail(ErrorCode::kAlreadyExists, "there is already a tenant " + sheet.name);
}

void apply(const TenantChange& change, TenantSheet& sheet) {
  if (change.title) sheet.title = *change.title;
  if (change.title_en) sheet.title_en = *change.title_en;
  if (change.colour) sheet.colour = *change.colour;
  if (change.logo) sheet.logo = *change.logo;
  sheet.quotas.requests_per_minute = change.requests_per_minute.value_or(sheet.quotas.requests_per_minute);
  sheet.quotas.entities = change.entities.value_or(sheet.quotas.entities);
  sheet.quotas.bytes = change.bytes.value_or(sheet.quotas.bytes);
}

}  // namespace

std::string to_json(const TenantSheet& sheet) {
  std::string out;
  JsonObject object(out);
  object.text("name", sheet.name).text("title", sheet.title).text_if("titleEn", sheet.title_en);
  object.text("body", sheet.body).text("admin", sheet.admin);
  object.text_if("colour", sheet.colour).text_if("logo", sheet.logo);
  object.number("requestsPerMinute", sheet.quotas.requests_per_minute).number("entities", sheet.quotas.entities);
  object.number("bytes", sheet.quotas.bytes);
  put_instant(object, "made", sheet.made);
  object.end();
  return out;
}

bool read_item(std::string_view json, TenantSheet& sheet) {
  sheet.name = text_in(json, "name");
  sheet.title = text_in(json, "title");
  sheet.title_en = text_in(json, "titleEn");
  sheet.body = text_in(json, "body");
  sheet.admin = text_in(json, "admin");
  sheet.colour = text_in(json, "colour");
  sheet.logo = text_in(json, "logo");
  sheet.quotas.requests_per_minute = static_cast<std::uint64_t>(number_in(json, "requestsPerMinute"));
  sheet.quotas.entities = static_cast<std::uint64_t>(number_in(json, "entities"));
  sheet.quotas.bytes = static_cast<std::uint64_t>(number_in(json, "bytes"));
  sheet.made = instant_in(json, "made");
  return !sheet.name.empty();
}

std::optional<Error> problem_of(const TenantSheet& sheet) {
  const auto bad = [](std::string detail) { return Error{ErrorCode::kBadRequestData, std::move(detail)}; };
  if (!valid_tenant_name(sheet.name))
    return bad("the name of a tenant is 1 to 64 of a-z, 0-9 and . _ -, for example \"otaru\"");
  if (sheet.title.empty() || !valid_title(sheet.title) || !valid_title(sheet.title_en))
    return bad("the title is the tenant's name to show, at most 200 bytes of text");
  if (!valid_account_name(account_name(sheet.admin)))
    return bad("the administrator's account is 1 to 64 of a-z, 0-9 and . _ @ -");
  if (!sheet.colour.empty() && !valid_colour(sheet.colour)) return bad("the colour is written #rrggbb");
  if (!sheet.logo.empty() && !valid_logo(sheet.logo))
    return bad("the logo is a path on this server (/…) or an https address");
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (std::max({sheet.quotas.requests_per_minute, sheet.quotas.entities, sheet.quotas.bytes}) > kMost)
    return bad("a quota is a whole number; 0 for no limit");
  return std::nullopt;
}

Tenants::Tenants(store::Store& store, Accounts& accounts)
    : store_(store),
      accounts_(accounts),
      sheets_(store, "trust.tenants", [this](const TenantPtr&, const TenantPtr& sheet) {
        if (!sheet) return;
        if (const auto tenant = store_.find_tenant(sheet->name)) quotas_.set(*tenant, sheet->quotas);
      }) {}

void Tenants::add(TenantSheet sheet, Done done) {
  if (auto problem = problem_of(sheet)) return done(tl::unexpected(std::move(*problem)));
  sheet.admin = account_name(sheet.admin);
  sheet.body = "urn:ngsi-ld:Municipality:" + sheet.name;
  sheet.made = now();
  const AccountPtr account = accounts_.find(sheet.admin);
  if (account && account->tenant != sheet.name) {
    return done(fail(ErrorCode::kAlreadyExists,
                     "there is already an account " + sheet.admin + "; give the administrator another one"));
  }
  if (account && sheets_.find(sheet.name)) return done(there_already(sheet));
  const auto tenant = store_.make_tenant(sheet.name);
  if (!tenant) return done(tl::unexpected(tenant.error()));
  const auto wanted = std::make_shared<const TenantSheet>(std::move(sheet));
  sheets_.change(
      wanted->name,
      [wanted](const TenantPtr& current) -> Result<TenantPtr> {
        // With the same administrator: begun before, and not finished.
        if (current && current->admin != wanted->admin) return there_already(*wanted);
        return wanted;
      },
      [this, tenant = *tenant, done = std::move(done)](Result<TenantPtr> kept) {
        if (!kept) return done(tl::unexpected(kept.error()));
        write_graph(*kept, tenant, done);
      });
}

void Tenants::write_graph(const TenantPtr& sheet, store::TenantId tenant, Done done) {
  std::vector<store::Write> writes;
  for (ngsi::Entity& entity : entities_of(*sheet)) {
    auto write = write_of(tenant, std::move(entity));
    if (!write) return done(tl::unexpected(write.error()));
    writes.emplace_back(std::move(*write));
  }
  store_.submit(std::move(writes), [this, sheet, done = std::move(done)](const std::vector<store::Outcome>& outcomes) {
    for (const store::Outcome& outcome : outcomes) {
      if (!outcome.result) return done(tl::unexpected(outcome.result.error()));
    }
    write_account(sheet, done);
  });
}

void Tenants::write_account(const TenantPtr& sheet, Done done) {
  Account account;
  account.name = sheet->admin;
  account.kind = SubjectKind::kStaff;
  account.subject = staff_id(*sheet);
  account.tenant = sheet->name;
  account.title = sheet->admin;
  account.handle = random_text(32);
  account.made = account.changed = now();
  Made made{sheet, new_recovery_codes(1).front(), Instant{account.made.us + kCodeLasts}};
  account.recovery.push_back({recovery_digest(account.name, made.code), made.code_until});
  accounts_.add(std::move(account), [made = std::move(made), done = std::move(done)](const Result<AccountPtr>& added) {
    if (!added) return done(tl::unexpected(added.error()));
    done(made);
  });
}

void Tenants::change(std::string_view name, const TenantChange& change, Changed done) {
  sheets_.change(
      std::string(name),
      [&change, name](const TenantPtr& current) -> Result<TenantPtr> {
        if (!current)
          return fail(ErrorCode::kResourceNotFound, "there is no tenant " + std::string(name) + " that was on-boarded");
        auto next = std::make_shared<TenantSheet>(*current);
        apply(change, *next);
        if (auto problem = problem_of(*next)) return tl::unexpected(std::move(*problem));
        return next;
      },
      std::move(done));
}

}  // namespace tsunagu::trust
