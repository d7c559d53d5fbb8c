#include "gateway/live/view.h"

#include <algorithm>
#include <array>

#include "base/json.h"
#include "gateway/live/unknown_names.h"
#include "ngsi/projection.h"

namespace tsunagu::gateway::live {
namespace {

using ngsi::AttributeView;

/// The attributes of a record, one instance after the other; of none for null.
class Walk {
 public:
  explicit Walk(const ngsi::Record* record) : left_(record ? record->attribute_count() : 0), at_(nullptr) {
    if (left_ > 0) at_ = (*record->attributes().begin()).data();
  }
  bool ended() const { return left_ == 0; }
  AttributeView operator*() const { return AttributeView(at_); }
  void next() {
    at_ += AttributeView(at_).size();
    --left_;
  }

 private:
  std::uint32_t left_;
  const char* at_;
};

std::strong_ordering order(AttributeView a, AttributeView b) {
  if (const auto names = a.name().value <=> b.name().value; names != 0) return names;
  return a.dataset_id() <=> b.dataset_id();
}

/// Calls f(name) for each attribute that `how` shows and of which an instance differs, once, until it answers true;
/// says whether it did.
template <class F>
bool any_changed(const ngsi::Representation& how, const ngsi::Record* before, const ngsi::Record* after, F&& f) {
  const ngsi::Projection shown(how);
  ngsi::TermId last = ngsi::kNoTerm;
  Walk a(before), b(after);
  while (!a.ended() || !b.ended()) {
    const auto which = a.ended()   ? std::strong_ordering::greater
                       : b.ended() ? std::strong_ordering::less
                                   : order(*a, *b);
    const bool same = which == 0 && (*a).bytes() == (*b).bytes();
    const AttributeView one = which <= 0 ? *a : *b;
    if (which <= 0) a.next();
    if (which >= 0) b.next();
    if (same || one.name() == last || !shown.shows(one.name()) || !ngsi::has_wanted_dataset(how, one)) continue;
    last = one.name();
    if (f(last)) return true;
  }
  return false;
}

bool types_differ(const ngsi::Record& a, const ngsi::Record& b) {
  if (a.type_count() != b.type_count()) return true;
  for (std::uint16_t i = 0; i < a.type_count(); ++i) {
    if (a.type(i) != b.type(i)) return true;
  }
  return false;
}

bool scopes_differ(const ngsi::Record& a, const ngsi::Record& b) {
  if (a.scope_count() != b.scope_count()) return true;
  std::vector<std::string_view> mine, theirs;
  for (const std::string_view scope : a.scopes()) mine.push_back(scope);
  for (const std::string_view scope : b.scopes()) theirs.push_back(scope);
  return mine != theirs;
}

/// The same for members of the entity itself.
template <class F>
bool any_changed_member(const ngsi::Representation& how, const ngsi::Record* before, const ngsi::Record* after, F&& f) {
  if (!before || !after) return false;
  const ngsi::Projection shown(how);
  if (shown.shows_member("type") && types_differ(*before, *after) && f("type")) return true;
  if (shown.shows_member("scope") && scopes_differ(*before, *after) && f("scope")) return true;
  return shown.shows_member("expiresAt") && before->expires_at() != after->expires_at() && f("expiresAt");
}

/// Begins an object with the id and the types.
void append_head(std::string& out, const ngsi::Record& record, const ngsi::Context& context) {
  out += "{\"id\":";
  append_json_string(out, record.id());
  out += ",\"type\":";
  const std::uint16_t count = record.type_count();
  if (count != 1) out += '[';
  for (std::uint16_t i = 0; i < count; ++i) {
    if (i > 0) out += ',';
    out += context.compact_json(record.type(i));
  }
  if (count != 1) out += ']';
}

}  // namespace

std::string_view name(Event event) {
  static constexpr std::array<std::string_view, 4> kNames{"", "entityCreated", "entityUpdated", "entityDeleted"};
  return kNames[static_cast<std::size_t>(event)];
}

Result<View> View::open(const ngsild::CallPtr& call) {
  auto input = ngsild::read_query_input(*call);
  if (!input) return tl::unexpected(input.error());
  View view(call, std::move(*input));
  const trust::Subject& who = *call->view.subject();
  for (const std::string_view part :
       {std::string_view(who.id), std::string_view(who.tenant), std::string_view(who.session),
        std::string_view(who.scopes), std::string_view(who.acts_for), std::string_view(call->view.purpose()),
        std::string_view(call->tenant_name), call->request->header("Link")}) {
    view.key_.append(part).append("\n");
  }
  for (const auto& [name, value] : call->query.all()) {
    if (name != "since" && name != "tenant") view.key_.append("\n").append(name).append("=").append(value);
  }
  if (const auto made = view.make(); !made) return tl::unexpected(made.error());
  return view;
}

Result<void> View::make() {
  const std::uint32_t names = ngsi::terms().size();
  auto selections = ngsild::make_selections(input_, *call_->context);
  if (!selections) return tl::unexpected(selections.error());
  auto how = ngsild::make_representation(input_, *call_);
  if (!how) return tl::unexpected(how.error());
  selection_ = std::move(selections->front());
  selection_.at = kNoInstant;  // what expires is deleted by a change of its own
  selection_.dataset_id = input_.dataset_id;
  how_ = std::move(*how);
  unknown_ = has_unknown_names(selection_) || has_unknown_names(how_);
  names_ = names;
  std::ranges::fill(said_, Said{});
  return {};
}

void View::renew() {
  (void)make();  // what could be read before can be read again
}

bool View::selects(const ngsi::RecordPtr& record) const {
  return record && ngsi::matches(selection_, *record, nullptr);
}

bool View::changes_something(const Change& change) const {
  const auto any = [](auto) { return true; };
  return any_changed(how_, change.before.get(), change.after.get(), any) ||
         any_changed_member(how_, change.before.get(), change.after.get(), any);
}

Change View::shown(const Change& change) const {
  const trust::AccessPtr access = call_->view.access(change.tenant);
  if (access->all()) return change;
  if (caller_left()) return {change.id, change.tenant, nullptr, nullptr, change.at};
  const trust::LinkedBehind linked(call_->view.behind(), change.tenant);
  return {change.id, change.tenant, trust::show(*access, trust::kRead, change.before, linked),
          trust::show(*access, trust::kRead, change.after, linked), change.at};
}

bool View::caller_left() const {
  return !call_->api.guard.still_holds(*call_->request);
}

Event View::test(const Change& change) const {
  if (change.tenant != tenant()) return Event::kNone;
  if (call_->api.guard.open()) return judge(change);
  return judge(shown(change));
}

Event View::judge(const Change& change) const {
  if (!change.before && !change.after) return Event::kNone;
  if (!change.before) return selects(change.after) ? Event::kCreated : Event::kNone;
  if (!change.after) return selects(change.before) ? Event::kDeleted : Event::kNone;
  if (selects(change.after))
    return changes_something(change) || !selects(change.before) ? Event::kUpdated : Event::kNone;
  return selects(change.before) ? Event::kUpdated : Event::kNone;
}

Event View::event(const Change& change) {
  if (said_.empty()) return test(change);
  Said& said = said_[change.id % kSaid];
  if (said.at != change.at) said = {change.at, test(change), {}};
  return said.event;
}

void View::append(std::string& out, const Change& change, Event event) {
  if (said_.empty()) return print(out, change, event);
  Said& said = said_[change.id % kSaid];
  if (said.at != change.at) said = {change.at, event, {}};
  if (said.text.empty()) print(said.text, change, event);
  out += said.text;
}

void View::print(std::string& out, const Change& whole, Event event) {
  const Change change = shown(whole);
  if (!change.before && !change.after) return;  // just hidden
  const ngsi::Context& context = *call_->context;
  const ngsi::Record& record = change.after ? *change.after : *change.before;
  call_->note(record);
  (void)call_->write_down();  // what cannot be written down is told to the operator by the log itself
  append_head(out, record, context);
  out += ",\"at\":\"";
  append_instant(out, change.at);
  out += "\",\"entity\":";
  if (event == Event::kDeleted) {
    append_head(out, record, context);
    out += ",\"deletedAt\":\"";
    append_instant(out, change.at);
    out += "\"}}";
    return;
  }
  how_.at = change.at;
  ngsi::append_entity(out, record, context, how_);
  out += ",\"changed\":[";
  bool first = true;
  const auto add = [&](std::string_view json) {
    if (!std::exchange(first, false)) out += ',';
    out += json;
    return false;
  };
  const ngsi::Record* const before = change.before.get();
  any_changed(how_, before, &record, [&](ngsi::TermId name) { return add(context.compact_json(name)); });
  any_changed_member(how_, before, &record,
                     [&](std::string_view member) { return add("\"" + std::string(member) + "\""); });
  out += ']';
  if (!selects(change.after)) out += ",\"selected\":false";
  out += '}';
}

}  // namespace tsunagu::gateway::live
