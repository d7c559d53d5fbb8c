#include "gateway/trust/log_routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/json_object.h"
#include "base/text.h"
#include "gateway/guard/caller.h"
#include "gateway/trust/log_writer.h"
#include "ngsi/context.h"
#include "ngsi/language.h"

namespace tsunagu::gateway {
namespace {

using trust::AuditEvent;
using trust::AuditKind;
using trust::AuditQuery;
using trust::AuditRecord;

constexpr std::string_view kLogJson = "application/json";
constexpr std::size_t kMaxPage = 1000;
constexpr std::uint64_t kPageBudget = 8u << 20;   // bytes of log read for one page: about 10 ms
constexpr std::uint64_t kPieceBudget = 1u << 20;  // for one piece of an export
constexpr int kRounds = 8;                        // pages looked through for one page of groups

Response log_answer(std::string body, std::string_view type = kLogJson) {
  Response response;
  response.content_type = type;
  response.headers = {{"Cache-Control", "no-store"}};
  response.body = std::move(body);
  return response;
}

Result<Instant> log_instant(std::string_view name, std::string_view text) {
  if (const auto at = parse_instant(text)) return *at;
  if (const auto day = parse_date(text)) return *day;
  return fail(ErrorCode::kInvalidRequest,
              fmt::format("{} takes an instant such as 2026-04-01T00:00:00Z, or a date", name));
}

/// The parameters that `allowed` names, as a query.
Result<AuditQuery> read_log_query(const Request& request, std::string_view allowed) {
  const auto parameters = QueryString::parse(request.target());
  if (!parameters) return tl::unexpected(parameters.error());
  AuditQuery query;
  query.budget = kPageBudget;
  for (const auto& [name, value] : parameters->all()) {
    if (allowed.find(" " + name + " ") == std::string_view::npos) {
      return fail(ErrorCode::kInvalidRequest, fmt::format("\"{}\": the parameters are{}", name, allowed));
    }
    if (name == "person") {
      query.person = value;
    } else if (name == "subject") {
      query.subject = value;
    } else if (name == "q") {
      query.text = value;
    } else if (name == "kind") {
      query.kind = trust::audit_kind(value);
      if (!query.kind) return fail(ErrorCode::kInvalidRequest, "there is no kind \"" + value + "\"");
    } else if (name == "since" || name == "until") {
      const auto at = log_instant(name, value);
      if (!at) return tl::unexpected(at.error());
      (name == "since" ? query.since : query.until) = *at;
    } else {
      const auto number = parse_number<std::uint64_t>(value);
      if (!number || *number == 0 || (name == "limit" && *number > kMaxPage)) {
        return fail(ErrorCode::kInvalidRequest,
                    fmt::format("{} takes a whole number from 1{}", name, name == "limit" ? " to 1000" : ""));
      }
      if (name == "limit") {
        query.limit = *number;
      } else {
        query.before = *number;
      }
    }
  }
  return query;
}

std::string_view type_in_urn(std::string_view urn) {
  constexpr std::string_view kUrn = "urn:ngsi-ld:";
  if (!urn.starts_with(kUrn)) return {};
  urn.remove_prefix(kUrn.size());
  const auto end = urn.find(':');
  return end == std::string_view::npos ? std::string_view() : urn.substr(0, end);
}

/// What the routes share.
class LogRoutes {
 public:
  explicit LogRoutes(LogParts parts) : parts_(std::move(parts)) {}

  /// The tenant asked for, in which the caller must have the right `audit`.
  Result<std::string> watched_tenant(const Request& request) const {
    const std::string tenant(request.header("NGSILD-Tenant"));
    const auto id = parts_.store.find_tenant(tenant);
    const Caller& caller = *request.caller();
    if (id && parts_.authority.access(caller.subject, *id, caller.purpose)->may("audit")) return tenant;
    return fail(ErrorCode::kForbidden,
                "the log is for those who have the right \"audit\" here; what is in it about you: /trust/log/mine");
  }

  /// Writes down that the caller looked, then goes on; or answers why that cannot be.
  void looked(const Request& request, const std::string& tenant, const std::string& person,
              std::function<void(Reply)> go_on, Reply reply) const {
    AuditRecord record;
    record.kind = person.empty() ? AuditKind::kOperation : AuditKind::kAccess;
    record.subject = request.caller()->subject;
    record.purpose = request.caller()->purpose;
    record.action = "log";
    record.tenant = tenant;
    record.request = fmt::format("GET {}", request.target());
    record.peer = request.peer();
    record.outcome = "ok";
    if (!person.empty()) record.persons = {person};
    const auto held = std::make_shared<Reply>(std::move(reply));
    parts_.trail.record(std::move(record), [held, go_on = std::move(go_on)](const Result<void>& written) {
      if (!written) return held->send(written.error());
      go_on(std::move(*held));
    });
  }

  std::string page_json(const AuditQuery& query) const {
    const trust::AuditPage page = parts_.trail.search(query);
    std::string out;
    JsonObject whole(out);
    std::string& events = whole.member("events");
    events += '[';
    for (const AuditEvent& event : page.events) {
      if (events.back() != '[') events += ',';
      append_event_json(events, event);
      events.pop_back();
      events += ",\"who\":";
      append_who(events, event.record);
      append_title(events, event.record.purpose);
      events += '}';
    }
    events += ']';
    end_page(whole, page.before);
    return out;
  }

  /// Whose log the request is for, if it is the caller's to see.
  Result<std::string> own_person(const Request& request, const std::string& asked) const {
    const trust::Subject& me = *request.caller()->subject;
    const std::string& wanted = !asked.empty() ? asked : me.acts_for.empty() ? me.id : me.acts_for;
    if (wanted.empty()) return fail(ErrorCode::kUnauthorized, "sign in to see who looked at your data");
    if (!me.scopes.empty()) {
      return fail(ErrorCode::kForbidden, "an application cannot see this for you: sign in to the portal");
    }
    if (wanted == me.id && me.acts_for.empty()) return wanted;
    if (parts_.people.in_charge_of) {
      const auto persons = parts_.people.in_charge_of(request.caller()->subject);
      if (std::find(persons.begin(), persons.end(), wanted) != persons.end()) return wanted;
    }
    return fail(ErrorCode::kForbidden,
                "you see who looked at your own data, and at that of persons you are guardian of or act for");
  }

  std::string mine_json(const Request& request, AuditQuery query) const {
    const std::size_t limit = query.limit;
    const std::string person = query.person;
    query.tenant = request.caller()->subject->tenant;
    const auto tenant = parts_.store.find_tenant(*query.tenant);
    const auto access = parts_.authority.access(request.caller()->subject, tenant.value_or(store::TenantId{}),
                                                request.caller()->purpose);
    const auto is_mine = [&](const std::string& entity) {
      if (entity == person) return true;
      const auto record = parts_.store.find(tenant.value_or(store::TenantId{}), entity);
      return record && access->person_of(*record) == person;
    };
    std::vector<Group> groups;
    std::uint64_t more = 0;
    for (int round = 0; round < kRounds; ++round) {
      trust::AuditPage page = parts_.trail.search(query);
      for (AuditEvent& event : page.events) {
        if (groups.size() == limit && !groups.back().takes(event, person)) {
          return groups_json(groups, groups.back().last, is_mine, person);
        }
        if (groups.empty() || !groups.back().takes(event, person)) {
          groups.push_back({std::move(event), 1, {}, 0});
          groups.back().since = groups.back().event.record.at;
          groups.back().last = groups.back().event.number;
        } else {
          groups.back().add(event);
        }
      }
      more = query.before = page.before;
      if (more == 0) break;
    }
    return groups_json(groups, more, is_mine, person);
  }

  std::string proof_json() const {
    const auto checkpoint = parts_.trail.log().checkpoint();
    const auto verified = parts_.trail.verified();
    std::string out;
    JsonObject whole(out);
    if (checkpoint) {
      whole.text("pin", fmt::format("{}:{}", checkpoint->number, trust::to_hex(checkpoint->hash)))
          .number("number", checkpoint->number)
          .text("hash", trust::to_hex(checkpoint->hash))
          .text("at", to_string(checkpoint->at));
    } else {
      whole.text("fault", checkpoint.error().detail);
    }
    whole.text("key", parts_.trail.log().key().id()).text("publicKey", parts_.trail.log().key().public_pem());
    if (!verified) {
      whole.json("verified", "null");
    } else {
      JsonObject state(whole.member("verified"));
      state.text("at", to_string(verified->at)).truth("intact", verified->fault.empty());
      state.text_if("fault", verified->fault);
      state.end();
    }
    whole.end();
    return out;
  }

  trust::AuditTrail& trail() const { return parts_.trail; }

 private:
  /// Look-ups of one by oneself, on one day, are told as one.
  struct Group {
    AuditEvent event;  ///< the newest
    std::uint64_t times = 1;
    Instant since;
    std::uint64_t last = 0;  ///< number of the oldest

    static bool own(const AuditRecord& record, const std::string& person) {
      return record.subject->id == person && record.kind == AuditKind::kAccess;
    }
    bool takes(const AuditEvent& other, const std::string& person) const {
      constexpr std::int64_t kDay = 86'400'000'000;
      return own(event.record, person) && own(other.record, person) && event.record.action == other.record.action &&
             event.record.at.us / kDay == other.record.at.us / kDay;
    }
    void add(const AuditEvent& other) {
      ++times;
      since = other.record.at;
      last = other.number;
      for (const std::string& entity : other.record.entities) {
        auto& known = event.record.entities;
        if (known.size() < 100 && std::find(known.begin(), known.end(), entity) == known.end()) known.push_back(entity);
      }
    }
  };

  template <class IsMine>
  std::string groups_json(const std::vector<Group>& groups, std::uint64_t more, const IsMine& is_mine,
                          const std::string& person) const {
    std::string out;
    JsonObject whole(out);
    std::string& events = whole.member("events");
    events += '[';
    for (const Group& group : groups) {
      if (events.back() != '[') events += ',';
      append_group(events, group, is_mine, person);
    }
    events += ']';
    end_page(whole, more);
    return out;
  }

  template <class IsMine>
  void append_group(std::string& out, const Group& group, const IsMine& is_mine, const std::string& person) const {
    const AuditRecord& record = group.event.record;
    JsonObject event(out);
    event.number("n", group.event.number).text("at", to_string(record.at)).text("kind", trust::name(record.kind));
    append_who(event.member("who"), record);
    event.truth("own", record.subject->id == person).number("times", group.times);
    if (group.times > 1) event.text("since", to_string(group.since));
    if (record.subject->acts_for.empty()) {
      event.json("actsFor", "null");
    } else {
      JsonObject acts_for(event.member("actsFor"));
      acts_for.text("id", record.subject->acts_for).text("name", name_of(record.tenant, record.subject->acts_for));
      acts_for.end();
    }
    event.text("action", record.action).text("purpose", record.purpose);
    append_title(out, record.purpose);
    event.text("rule", record.rule).text("outcome", record.outcome);
    // A record may be about many: the others are nobody's business here.
    std::string& entities = event.member("entities");
    entities += '[';
    for (const std::string& id : record.entities) {
      if (record.persons.size() > 1 && !is_mine(id)) continue;
      if (entities.back() != '[') entities += ',';
      JsonObject(entities).text("id", id).text("type", type_in_urn(id)).end();
    }
    entities += ']';
    append_json_texts(event.member("attributes"), record.attributes);
    event.text("reason", record.kind == AuditKind::kEmergency ? record.detail : "");
    event.end();
  }

  void end_page(JsonObject& whole, std::uint64_t more) const {
    if (more == 0) {
      whole.json("more", "null");
    } else {
      whole.number("more", more);
    }
    whole.truth("complete", parts_.trail.ready());
    whole.end();
  }

  /// {"id","kind","name","body","bodyName"}: who did it.
  void append_who(std::string& out, const AuditRecord& record) const {
    const trust::Subject& who = *record.subject;
    JsonObject person(out);
    person.text("id", who.id).text("kind", trust::name(who.kind));
    const std::string known = who.name.empty() ? name_of(record.tenant, who.id) : who.name;
    person.text("name", known.empty() ? who.account : known);
    const std::string body = parts_.people.body_of ? parts_.people.body_of(record.subject) : "";
    if (body.empty()) {
      person.json("body", "null").json("bodyName", "null");
    } else {
      const std::string names = names_of(record.tenant, body);
      person.text("body", body).json("bodyName", names.empty() ? "null" : names);
    }
    person.end();
  }

  void append_title(std::string& out, const std::string& purpose) const {
    const std::string title = parts_.people.purpose_title ? parts_.people.purpose_title(purpose) : "";
    out.append(",\"purposeTitle\":").append(title.empty() ? "null" : title);
  }

  /// The name of an entity: a language map, or the same text as {"ja","en"}; "" when it has none.
  std::string names_of(const std::string& tenant, const std::string& id) const {
    static const ngsi::TermId kName = ngsi::core_context()->intern("name");
    const auto where = parts_.store.find_tenant(tenant);
    const auto record = where && !id.empty() ? parts_.store.find(*where, id) : ngsi::RecordPtr();
    if (!record) return {};
    const auto attribute = record->find(kName);
    if (attribute.data() == nullptr) return {};
    const std::string_view value = attribute.value();
    if (value.starts_with('{')) return std::string(value);
    return value.starts_with('"') ? fmt::format(R"({{"ja":{0},"en":{0}}})", value) : "";
  }
  /// The Japanese one of them, as text.
  std::string name_of(const std::string& tenant, const std::string& id) const {
    const std::string names = names_of(tenant, id);
    const auto value = ngsi::choose_language(names, {"ja"}).value;
    return names.empty() || !value.starts_with('"') ? "" : json_string_text(value);
  }

  const LogParts parts_;
};
using LogRoutesPtr = std::shared_ptr<const LogRoutes>;

/// All that a query finds, piece by piece.
class LogStream final : public BodyStream {
 public:
  LogStream(LogRoutesPtr routes, AuditQuery query, EventWriter::Form form)
      : routes_(std::move(routes)), query_(std::move(query)), writer_(form) {
    query_.limit = 100;
    query_.budget = kPieceBudget;
  }
  bool next(std::string& chunk) override {
    if (!begun_) writer_.begin(chunk);
    begun_ = true;
    const trust::AuditPage page = routes_->trail().search(query_);
    for (const AuditEvent& event : page.events) writer_.event(chunk, event);
    // A record larger than a piece's budget still has to be passed.
    if (page.events.empty() && page.before == query_.before) query_.budget *= 2;
    query_.before = page.before;
    return page.before != 0;
  }

 private:
  const LogRoutesPtr routes_;
  AuditQuery query_;
  EventWriter writer_;
  bool begun_ = false;
};

constexpr std::string_view kSearch = " person subject kind q since until ";
constexpr std::string_view kSearchPage = " person subject kind q since until before limit ";
constexpr std::string_view kMine = " person kind since until before limit ";

void describe_log(openapi::Document& document, std::string_view path, std::string_view id, std::string_view summary,
                  std::string_view parameters, std::vector<std::string_view> media_types) {
  static constexpr openapi::Parameter kParameters[] = {
      {"person", "query", "URN of a person: what was done with their data", R"({"type":"string"})"},
      {"subject", "query", "URN or account of who did it", R"({"type":"string"})"},
      {"kind", "query", "Kind of event", R"({"type":"string"})"},
      {"q", "query", "Text in any member", R"({"type":"string"})"},
      {"since", "query", "At or after", R"({"type":"string","format":"date-time"})"},
      {"until", "query", "Before", R"({"type":"string","format":"date-time"})"},
      {"before", "query", "Lines before this number: the next page", R"({"type":"integer","minimum":1})"},
      {"limit", "query", "Events on a page", R"({"type":"integer","minimum":1,"maximum":1000,"default":100})"}};
  openapi::Operation operation;
  operation.id = id;
  operation.tag = "Trust";
  operation.summary = summary;
  for (const openapi::Parameter& parameter : kParameters) {
    if (parameters.find(fmt::format(" {} ", parameter.name)) != std::string_view::npos) {
      operation.parameters.push_back(parameter);
    }
  }
  operation.parameters.push_back({"NGSILD-Tenant", "header", "Of this tenant", R"({"type":"string"})"});
  operation.answers = {{200, "What was found, the newest first", media_types.front() == kLogJson ? "AuditPage" : "Text",
                        std::move(media_types)},
                       {400, "The request is wrong", "ProblemDetails", {kLogJson}},
                       {401, "Not signed in", "ProblemDetails", {kLogJson}},
                       {403, "Not for the caller", "ProblemDetails", {kLogJson}},
                       {507, "Looking could not be logged: the disk is full", "ProblemDetails", {kLogJson}}};
  document.add("GET", path, std::move(operation));
}

}  // namespace

void add_log_routes(Router& router, openapi::Document& document, LogParts parts) {
  const auto routes = std::make_shared<const LogRoutes>(std::move(parts));
  document.add_schema(
      "AuditPage",
      R"({"type":"object","properties":{"events":{"type":"array","items":{"type":"object"}},"more":{"type":["integer","null"]},"complete":{"type":"boolean"}}})");

  describe_log(document, "/trust/log", "searchLog", "The audit log, for those who watch over it", kSearchPage,
               {kLogJson});
  router.add("GET", "/trust/log", [routes](const RequestPtr& request, const PathParameters&, Reply reply) {
    auto query = read_log_query(*request, kSearchPage);
    if (!query) return reply.send(query.error());
    const auto tenant = routes->watched_tenant(*request);
    if (!tenant) return reply.send(tenant.error());
    query->tenant = *tenant;
    const std::string person = query->person;
    routes->looked(
        *request, *tenant, person,
        [routes, query = std::move(*query)](Reply to) { to.send(log_answer(routes->page_json(query))); },
        std::move(reply));
  });

  for (const auto form : {EventWriter::Form::kCsv, EventWriter::Form::kLines}) {
    const bool csv = form == EventWriter::Form::kCsv;
    const std::string_view path = csv ? "/trust/log.csv" : "/trust/log.ndjson";
    describe_log(document, path, csv ? "exportLogCsv" : "exportLogLines", "All that a search of the audit log finds",
                 kSearch, {csv ? "text/csv; charset=utf-8" : "application/x-ndjson"});
    router.add("GET", path, [routes, form](const RequestPtr& request, const PathParameters&, Reply reply) {
      auto query = read_log_query(*request, kSearch);
      if (!query) return reply.send(query.error());
      const auto tenant = routes->watched_tenant(*request);
      if (!tenant) return reply.send(tenant.error());
      query->tenant = *tenant;
      const std::string person = query->person;
      routes->looked(
          *request, *tenant, person,
          [routes, form, query = std::move(*query)](Reply to) {
            Response head = log_answer("", EventWriter(form).media_type());
            head.headers.emplace_back(
                "Content-Disposition",
                fmt::format("attachment; filename=\"log.{}\"", form == EventWriter::Form::kCsv ? "csv" : "ndjson"));
            to.stream(std::move(head), std::make_unique<LogStream>(routes, query, form));
          },
          std::move(reply));
    });
  }

  describe_log(document, "/trust/log/mine", "whoSawMyData", "Who saw the caller's data, when, and why", kMine,
               {kLogJson});
  router.add("GET", "/trust/log/mine", [routes](const RequestPtr& request, const PathParameters&, Reply reply) {
    auto query = read_log_query(*request, kMine);
    if (!query) return reply.send(query.error());
    const auto person = routes->own_person(*request, query->person);
    if (!person) return reply.send(person.error());
    query->person = *person;
    const trust::Subject& me = *request->caller()->subject;
    if (me.id == *person) return reply.send(log_answer(routes->mine_json(*request, std::move(*query))));
    routes->looked(
        *request, me.tenant, *person,
        [routes, request, query = std::move(*query)](Reply to) {
          to.send(log_answer(routes->mine_json(*request, query)));
        },
        std::move(reply));
  });

  describe_log(document, "/trust/log/proof", "logProof",
               "The newest signed checkpoint of the audit log: kept elsewhere, it tells that nothing was changed", "",
               {kLogJson});
  router.add("GET", "/trust/log/proof", [routes](const RequestPtr& request, const PathParameters&, Reply reply) {
    const auto tenant = routes->watched_tenant(*request);
    if (!tenant) return reply.send(tenant.error());
    reply.send(log_answer(routes->proof_json()));
  });
}

}  // namespace tsunagu::gateway
