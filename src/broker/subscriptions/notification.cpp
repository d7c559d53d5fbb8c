#include "broker/subscriptions/notification.h"

#include <algorithm>

#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"
#include "broker/subscriptions/change_set.h"
#include "broker/subscriptions/endpoint_address.h"

namespace tsunagu::broker {
namespace {

/// A deleted instance as it is told.
ngsi::Attribute tombstone(ngsi::AttributeView old) {
  ngsi::Attribute out;
  out.name = old.name();
  out.kind = old.kind();
  out.dataset_id = old.dataset_id();
  out.created_at = old.created_at();
  out.modified_at = old.modified_at();
  out.value = ngsi::null_json(out.kind);
  return out;
}

/// An entity as it is to be written, and what there is to say about its change.
struct Told {
  ngsi::RecordPtr record;
  std::shared_ptr<ngsi::ChangeNotes> notes;
  bool bare = false;  ///< id, type and deletedAt are all there is: no projection
};

class ChangeTeller {
 public:
  ChangeTeller(const Subscription& subscription, const store::EntityChange& change)
      : subscription_(subscription), change_(change), changes_(change) {}

  Told tell() {
    if (!change_.after) return change_.before ? deleted() : Told{};
    const bool any_gone = std::ranges::any_of(changes_.instances, &ChangeTeller::is_gone);
    const bool shows = subscription_.show_changes && change_.before;
    if (!any_gone && !shows) return {change_.after, nullptr};
    Told told{change_.after, notes()};
    if (any_gone) {
      ngsi::Entity entity = ngsi::decode(*change_.after);
      add_tombstones(entity);
      set(told, std::move(entity));
    }
    return told;
  }

 private:
  static bool is_gone(const InstanceChange& change) { return change.kind == kAttributeDeleted; }

  static void set(Told& told, ngsi::Entity entity) {
    if (auto packed = ngsi::encode(std::move(entity))) told.record = std::move(*packed);
  }

  /// Of several instances of a name that all went, one tombstone tells.
  void add_tombstones(ngsi::Entity& entity) {
    for (std::size_t i = 0; i < changes_.instances.size();) {
      const ngsi::TermId name = changes_.instances[i].name;
      std::size_t end = i;
      bool all_gone = true;
      for (; end < changes_.instances.size() && changes_.instances[end].name == name; ++end)
        all_gone = all_gone && is_gone(changes_.instances[end]);
      all_gone = all_gone && (!change_.after || change_.after->find(name).data() == nullptr);
      for (; i < end; ++i) {
        const InstanceChange& each = changes_.instances[i];
        if (!is_gone(each) || !is_told(each)) continue;
        ngsi::Attribute gone = tombstone(change_.before->find(name, each.dataset_id));
        if (all_gone && !subscription_.show_changes && count(name) > 1) {
          gone.dataset_id.clear();
          i = end - 1;
        }
        entity.attributes.push_back(std::move(gone));
      }
    }
  }
  std::size_t count(ngsi::TermId name) const {
    return static_cast<std::size_t>(std::ranges::count(changes_.instances, name, &InstanceChange::name));
  }

  /// When the entity went: is this one of the attributes asked for?
  bool is_told(const InstanceChange& each) const {
    if (change_.after || subscription_.show_changes || subscription_.watched.empty()) return true;
    return std::ranges::find(subscription_.watched, each.name) != subscription_.watched.end();
  }

  std::shared_ptr<ngsi::ChangeNotes> notes() {
    auto notes = std::make_shared<ngsi::ChangeNotes>();
    notes->deleted_at = change_.at;
    if (!subscription_.show_changes || !change_.before) return notes;
    ngsi::Entity previous;
    previous.id = change_.before->id();
    for (const InstanceChange& each : changes_.instances) {
      if (each.kind == kAttributeCreated) continue;
      const ngsi::AttributeView old = change_.before->find(each.name, each.dataset_id);
      if (old.data() != nullptr) previous.attributes.push_back(ngsi::decode(old));
    }
    if (auto packed = ngsi::encode(std::move(previous))) notes->previous = std::move(*packed);
    return notes;
  }

  Told deleted() {
    Told told;
    told.notes = notes();
    told.notes->entity_deleted = true;
    ngsi::Entity entity;
    const ngsi::Record& before = *change_.before;
    entity.id = before.id();
    for (std::uint16_t i = 0; i < before.type_count(); ++i) entity.types.push_back(before.type(i));
    entity.created_at = before.created_at();
    entity.modified_at = before.modified_at();
    told.bare = (subscription_.triggers & kEntityDeleted) != 0 && !subscription_.show_changes;
    if (!told.bare) add_tombstones(entity);
    set(told, std::move(entity));
    return told;
  }

  const Subscription& subscription_;
  const store::EntityChange& change_;
  ChangeSet changes_;
};

std::string hex(std::uint64_t value) {
  std::string out(16, '0');
  for (auto it = out.rbegin(); it != out.rend(); ++it, value >>= 4) *it = "0123456789abcdef"[value & 15];
  return out;
}

class Renderer {
 public:
  Renderer(const Notice& notice, const Subscription& subscription, std::string_view context_url,
           const ngsi::Linked& linked)
      : notice_(notice), subscription_(subscription), context_url_(context_url), linked_(linked) {}

  std::optional<Message> render() {
    decide_context();
    std::string data;
    for (const store::EntityChange& change : notice_.changes) add(data, change);
    if (first_) return std::nullopt;
    Message message;
    message.content_type = content_type();
    message.headers = headers();
    std::string& body = message.body;
    body = R"({"id":)";
    const std::string id = notification_id(notice_);
    append_json_string(body, id);
    body += R"(,"type":"Notification","subscriptionId":)";
    append_json_string(body, subscription_.id);
    body.append(R"(,"notifiedAt":")").append(to_string(now())).append(R"(","data":)");
    if (subscription_.accept == Accept::kGeoJson) {
      body += '{';
      if (context_in_body_) body.append(R"("@context":)").append(subscription_.context->as_json()).append(",");
      body.append(R"("type":"FeatureCollection","features":[)").append(data).append("]}");
    } else {
      body.append("[").append(data).append("]");
    }
    if (subscription_.accept == Accept::kJsonLd)
      body.append(R"(,"@context":)").append(subscription_.context->as_json());
    body += '}';
    if (subscription_.endpoint.uri.starts_with("mqtt")) {
      wrap_for_mqtt(message);
    } else {
      message.headers.emplace_back("Idempotency-Key", id);
    }
    return message;
  }

 private:
  void decide_context() {
    context_in_body_ = subscription_.accept == Accept::kJsonLd;
    if (subscription_.accept != Accept::kGeoJson) return;
    context_in_body_ = std::ranges::none_of(subscription_.receiver_info, [](const auto& pair) {
      return equal_ignoring_case(pair.first, "Prefer") && pair.second.find("body=json") != pair.second.npos;
    });
  }

  std::string content_type() const {
    switch (subscription_.accept) {
      case Accept::kJsonLd:
        return "application/ld+json";
      case Accept::kGeoJson:
        return "application/geo+json";
      default:
        return "application/json";
    }
  }

  void add(std::string& data, const store::EntityChange& change) {
    Told told = change.before && change.before.get() == change.after.get() ? Told{change.after, nullptr}
                                                                           : ChangeTeller(subscription_, change).tell();
    if (!told.record) return;
    ngsi::Representation how = subscription_.how;
    how.at = now();
    how.change = told.notes;
    if (context_in_body_ && !how.geojson) how.body_context = subscription_.context->as_json();
    if (told.bare) {
      how.attrs.clear();
      how.pick.clear();
      how.omit.clear();
    }
    std::vector<ngsi::LinkedEntity> more;
    if (how.join == ngsi::Representation::Join::kFlat && change.after) {
      if (auto found = ngsi::linked_entities({told.record}, how, linked_)) more = std::move(*found);
    }
    append(data, *told.record, how);
    how.change = nullptr;
    how.attrs.clear();
    for (const ngsi::LinkedEntity& each : more) append(data, *each.record, each.how ? *each.how : how);
  }

  void append(std::string& data, const ngsi::Record& record, const ngsi::Representation& how) {
    const std::size_t before = data.size();
    if (!first_) data += ',';
    const std::size_t start = data.size();
    ngsi::append_entity(data, record, *subscription_.context, how, &linked_);
    const std::string_view written = std::string_view(data).substr(start);
    const bool nothing = written == "{}" || (!how.body_context.empty() && written.starts_with(R"({"@context":)"));
    if (nothing) {
      data.resize(before);
    } else {
      first_ = false;
    }
  }

  std::string link() const {
    return "<" + std::string(context_url_) +
           R"(>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json")";
  }

  std::vector<std::pair<std::string, std::string>> headers() const {
    std::vector<std::pair<std::string, std::string>> out;
    if (!context_in_body_) out.emplace_back("Link", link());
    if (!subscription_.tenant_name.empty()) out.emplace_back("NGSILD-Tenant", subscription_.tenant_name);
    for (const auto& [key, value] : subscription_.receiver_info) {
      const bool ours = equal_ignoring_case(key, "Link") || equal_ignoring_case(key, "Content-Type") ||
                        equal_ignoring_case(key, "NGSILD-Tenant");
      if (!ours) out.emplace_back(key, value);
    }
    return out;
  }

  void wrap_for_mqtt(Message& message) const {
    std::string out = R"({"metadata":{"Content-Type":)";
    append_json_string(out, message.content_type);
    for (const auto& [key, value] : message.headers) {
      out += ',';
      append_json_string(out, key);
      out += ':';
      append_json_string(out, value);
    }
    out.append(R"(},"body":)").append(message.body).append("}");
    message.body = std::move(out);
    message.headers.clear();
  }

  const Notice& notice_;
  const Subscription& subscription_;
  std::string_view context_url_;
  const ngsi::Linked& linked_;
  bool context_in_body_ = false;
  bool first_ = true;
};

}  // namespace

std::string notification_id(const Notice& notice) {
  const std::string about = notice.subscription->id + " " + notice.subscription->tenant_name + " " +
                            std::to_string(notice.subscription->created_at.us) + " " + std::to_string(notice.row) +
                            " " + std::to_string(notice.part) + " " +
                            (notice.row == 0 ? std::to_string(notice.due.us) : std::string());
  const std::string digits = hex(hash64(about)) + hex(hash64(about, 1));
  std::string id = "urn:ngsi-ld:Notification:";
  for (const auto& [from, length] : {std::pair(0u, 8u), {8u, 4u}, {12u, 4u}, {16u, 4u}, {20u, 12u}}) {
    if (from != 0) id += '-';
    id.append(digits, from, length);
  }
  return id;
}

std::optional<Message> render_notification(const Notice& notice, const Subscription& subscription,
                                           std::string_view context_url, const ngsi::Linked& linked) {
  return Renderer(notice, subscription, context_url, linked).render();
}

}  // namespace tsunagu::broker
