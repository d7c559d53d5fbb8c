// The registry over HTTP: /things/devices. For those with the right "devices" (the guard asks for it). Models and
// groups are entities, and written as such.
#include <algorithm>
#include <array>

#include "base/json_object.h"
#include "base/text.h"
#include "gateway/things/device_document.h"
#include "gateway/things/parts.h"
#include "gateway/trust/body_members.h"
#include "ngsi/context.h"
#include "things/device_entity.h"
#include "things/observation_write.h"

namespace tsunagu::gateway::iot {
namespace {

constexpr std::size_t kMostListed = 1000;

struct Call {
  const Parts& parts;
  RequestPtr request;
  PathParameters path;
  Reply reply;
  trust::Asking asking;

  void send(std::string body, unsigned status = 200) { reply.send(json_answer(std::move(body), status)); }
  void send_empty() {
    Response response;
    response.status = 204;
    reply.send(std::move(response));
  }
};
using CallPtr = std::shared_ptr<Call>;

/// The device of the path, or an answer that there is none.
core::DevicePtr device_of(Call& call) {
  core::DevicePtr device = call.parts.registry.find_id(call.asking.tenant, call.path[0]);
  if (!device) call.reply.send(Error{ErrorCode::kResourceNotFound, "there is no device " + call.path[0]});
  return device;
}

void list(const CallPtr& call) {
  const auto query = QueryString::parse(call->request->target());
  if (!query) return call->reply.send(query.error());
  const std::string group = asked(*query, "group"), status = asked(*query, "status"), model = asked(*query, "model");
  const std::string text = asked(*query, "text");
  const auto number = [&query](std::string_view name, std::size_t otherwise) {
    return parse_number<std::size_t>(asked(*query, name)).value_or(otherwise);
  };
  const std::size_t offset = number("offset", 0), limit = std::min(number("limit", 100), kMostListed);
  std::vector<core::DevicePtr> found;
  std::array<std::size_t, 5> by_status{};
  call->parts.registry.each([&](const core::DevicePtr& device) {
    if (device->group->tenant != call->asking.tenant || (!group.empty() && device->group->name != group) ||
        (!model.empty() && device->model->id != model) ||
        (!text.empty() && device->id.find(text) == std::string::npos &&
         device->asset.find(text) == std::string::npos)) {
      return true;
    }
    const core::Status now = device->live->status;
    ++by_status[static_cast<std::size_t>(now)];
    if (status.empty() || core::name(now) == status) found.push_back(device);
    return true;
  });
  const std::size_t end = std::min(found.size(), offset + limit);
  std::partial_sort(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(end), found.end(),
                    [](const core::DevicePtr& a, const core::DevicePtr& b) { return a->id < b->id; });
  std::string out;
  JsonObject object(out);
  object.number("total", found.size());
  JsonObject counts(object.member("byStatus"));
  for (std::size_t i = 0; i < by_status.size(); ++i) {
    counts.number(core::name(static_cast<core::Status>(i)), by_status[i]);
  }
  counts.end();
  std::string& devices = object.member("devices");
  devices += '[';
  for (std::size_t i = offset; i < end; ++i) {
    if (i > offset) devices += ',';
    append_device(devices, *found[i]);
  }
  devices += ']';
  object.end();
  call->send(std::move(out));
}

void show(const CallPtr& call) {
  const core::DevicePtr device = device_of(*call);
  if (!device) return;
  std::string out;
  append_device_whole(out, *device, call->parts.store);
  call->send(std::move(out));
}

void log_change(const CallPtr& call, std::string_view action, const std::string& id, std::function<void()> then) {
  trust::AuditRecord record;
  record.kind = trust::AuditKind::kOperation;
  record.subject = call->asking.subject;
  record.action = action;
  record.tenant = call->asking.tenant_name;
  record.request = call->asking.request;
  record.peer = call->asking.peer;
  record.outcome = "ok";
  record.entities = {id};
  record.count = 1;
  call->parts.auditor.record(std::move(record), [call, then = std::move(then)](const Result<void>& logged) {
    if (!logged) return call->reply.send(logged.error());
    then();
  });
}

void write(const CallPtr& call, store::Write one, std::function<void()> then) {
  std::vector<store::Write> writes;
  writes.push_back(std::move(one));
  call->parts.store.submit(std::move(writes), [call, then = std::move(then)](std::vector<store::Outcome> outcomes) {
    if (!outcomes[0].result) return call->reply.send(outcomes[0].result.error());
    then();
  });
}

using Then = std::function<void(const Result<void>&)>;

void remove_keys(const Parts& parts, std::vector<std::string> ids, Then then) {
  if (ids.empty()) return then({});
  const std::string id = std::move(ids.back());
  ids.pop_back();
  parts.keys.remove(id, [&parts, ids = std::move(ids), then = std::move(then)](const Result<trust::AccessKeyPtr>& key) {
    const bool gone = key || key.error().code == ErrorCode::kResourceNotFound;
    if (!gone) return then(tl::unexpected(key.error()));
    remove_keys(parts, ids, then);
  });
}

/// Ends the keys of a device but one. `then` follows when they open nothing any more, or cannot be ended.
void revoke_keys(const Call& call, const std::string& id, const std::string& but, Then then) {
  std::vector<std::string> ids;
  for (const trust::AccessKeyPtr& key : call.parts.keys.all()) {
    const trust::Subject& whose = *key->subject;
    if (whose.id == id && whose.tenant == call.asking.tenant_name && key->id != but) ids.push_back(key->id);
  }
  remove_keys(call.parts, std::move(ids), std::move(then));
}

/// A new key for the device, its only one; the answer has it this once. With `certificate` (SHA-256) that stands for
/// it.
void send_with_key(const CallPtr& call, const std::string& id, unsigned status, std::string certificate = {}) {
  trust::AccessKey draft;
  constexpr std::string_view kUsual = "urn:ngsi-ld:Device:";
  draft.title = id.substr(id.starts_with(kUsual) ? kUsual.size() : 0, 200);  // group and address
  draft.certificate = std::move(certificate);
  const trust::Subject& caller = *call->asking.subject;
  draft.made_by = caller.account.empty() ? caller.session : caller.account;
  trust::Subject subject;
  subject.kind = trust::SubjectKind::kDevice;
  subject.id = id;
  subject.tenant = call->asking.tenant_name;
  draft.subject = std::make_shared<const trust::Subject>(std::move(subject));
  call->parts.keys.make(std::move(draft), now(), [call, id, status](const Result<trust::AccessKeys::Made>& made) {
    if (!made) return call->reply.send(made.error());
    revoke_keys(*call, id, made->key->id, [call, id, status, made = *made](const Result<void>& revoked) {
      if (!revoked) return call->reply.send(revoked.error());
      log_change(call, "device key", id, [call, id, status, made] {
        const core::DevicePtr device = call->parts.registry.find_id(call->asking.tenant, id);
        std::string out;
        JsonObject object(out);
        object.text("id", id).text_if("key", made.text).text_if("certificate", made.key->certificate);
        if (device) object.text("group", device->group->name).text("address", device->address);
        object.end();
        call->send(std::move(out), status);
      });
    });
  });
}

void create(const CallPtr& call) {
  auto draft = read_device_draft(call->request->body());
  if (!draft) return call->reply.send(draft.error());
  const auto holder = call->parts.registry.find(call->asking.tenant, draft->text.group, draft->text.address);
  if (holder) {
    return call->reply.send(Error{ErrorCode::kAlreadyExists, holder->id + " has this address in the group already"});
  }
  if (!draft->certificate.empty() && call->parts.keys.of_certificate(draft->certificate, now())) {
    return call->reply.send(Error{ErrorCode::kAlreadyExists, "the certificate stands for another device already"});
  }
  ngsi::Entity entity = entity_of(*draft);
  const std::string id = entity.id;
  store::EntityWrite one{
      call->asking.tenant, id,
      [entity = std::move(entity)](const ngsi::Record* current, Instant at) -> Result<store::Decision> {
        if (current != nullptr) {
          return fail(ErrorCode::kAlreadyExists, "there is already an entity " + entity.id);
        }
        ngsi::Entity whole = entity;
        whole.created_at = whole.modified_at = at;
        for (ngsi::Attribute& a : whole.attributes) a.created_at = a.modified_at = at;
        auto record = ngsi::encode(std::move(whole));
        if (!record) return tl::unexpected(record.error());
        return store::Put{std::move(*record)};
      }};
  write(call, std::move(one), [call, id, with_key = draft->with_key, certificate = draft->certificate] {
    log_change(call, "add device", id, [call, id, with_key, certificate] {
      if (with_key) return send_with_key(call, id, 201, certificate);
      std::string out;
      JsonObject(out).text("id", id).end();
      call->send(std::move(out), 201);
    });
  });
}

void new_key(const CallPtr& call) {
  const core::DevicePtr device = device_of(*call);
  if (!device) return;
  if (call->request->body().empty()) return send_with_key(call, device->id, 201);
  auto body = BodyMembers::read(call->request->body(), {"certificate"});
  if (!body) return call->reply.send(body.error());
  auto certificate = read_fingerprint(body->text("certificate"));
  if (body->fault()) return call->reply.send(*body->fault());
  if (!certificate) return call->reply.send(certificate.error());
  send_with_key(call, device->id, 201, std::move(*certificate));
}

void remove(const CallPtr& call) {
  const core::DevicePtr device = device_of(*call);
  if (!device) return;
  store::EntityWrite one{call->asking.tenant, device->id,
                         [id = device->id](const ngsi::Record* current, Instant) -> Result<store::Decision> {
                           if (current == nullptr)
                             return fail(ErrorCode::kResourceNotFound, "there is no device " + id);
                           return store::Remove{};
                         }};
  write(call, std::move(one), [call, device] {
    revoke_keys(*call, device->id, {}, [call, device](const Result<void>& revoked) {
      if (!revoked) return call->reply.send(revoked.error());
      log_change(call, "remove device", device->id, [call] { call->send_empty(); });
    });
  });
}

/// Adds `attributes` to the device's entity.
store::EntityWrite change_of(const Call& call, const std::string& id, std::vector<ngsi::Attribute> attributes) {
  auto append = core::write_attributes(id, {core::terms().device}, std::move(attributes));
  return {call.asking.tenant, id,
          [append = std::move(append), id](const ngsi::Record* current, Instant at) -> Result<store::Decision> {
            if (current == nullptr) return fail(ErrorCode::kResourceNotFound, "there is no device " + id);
            return append(current, at);
          }};
}

ngsi::Attribute log_entry(const Call& call, std::string_view text) {
  std::string json;
  JsonObject object(json);
  object.text("text", text).text_if("by", call.asking.subject->id).end();
  ngsi::Attribute entry = core::property(ngsi::core_context()->intern("maintenance"), std::move(json));
  entry.observed_at = now();
  return entry;
}

/// Another apparatus in the place of one: the entity, and so its series, stays; address and key are new.
void replace(const CallPtr& call) {
  const core::DevicePtr device = device_of(*call);
  if (!device) return;
  auto body = BodyMembers::read(call->request->body(), {"address", "serialNumber", "text"});
  if (!body) return call->reply.send(body.error());
  const std::string address = body->text("address");
  const auto serial = body->text_if("serialNumber");
  const auto text = body->text_if("text");
  if (body->fault()) return call->reply.send(*body->fault());
  if (auto fits = core::check_address("\"address\"", address); !fits) return call->reply.send(fits.error());
  const auto holder = call->parts.registry.find(call->asking.tenant, device->group->name, address);
  if (holder && holder->id != device->id) {
    return call->reply.send(Error{ErrorCode::kAlreadyExists, holder->id + " has this address in the group already"});
  }
  const core::Terms& t = core::terms();
  std::vector<ngsi::Attribute> changed{core::text_property(t.device_address, address),
                                       log_entry(*call, text.value_or("replaced " + device->address))};
  if (serial) changed.push_back(core::text_property(t.serial_number, *serial));
  write(call, change_of(*call, device->id, std::move(changed)), [call, id = device->id] {
    log_change(call, "replace device", id, [call, id] { send_with_key(call, id, 200); });
  });
}

void add_log(const CallPtr& call) {
  const core::DevicePtr device = device_of(*call);
  if (!device) return;
  auto body = BodyMembers::read(call->request->body(), {"text"});
  if (!body) return call->reply.send(body.error());
  const std::string text = body->text("text");
  if (body->fault()) return call->reply.send(*body->fault());
  write(call, change_of(*call, device->id, {log_entry(*call, text)}),
        [call, id = device->id] { log_change(call, "maintain device", id, [call] { call->send_empty(); }); });
}

struct Route {
  std::string_view method, path, id, summary;
  unsigned status;
  bool body;
  void (*work)(const CallPtr&);
};
constexpr Route kRoutes[] = {
    {"GET", "/things/devices", "listDevices", "Devices and how they are", 200, false, list},
    {"POST", "/things/devices", "addDevice", "Register a device; its key is shown once", 201, true, create},
    {"GET", "/things/devices/{id}", "getDevice", "A device, what it measures and what it said last", 200, false, show},
    {"DELETE", "/things/devices/{id}", "removeDevice", "Remove a device and its key; what it observed stays", 204,
     false, remove},
    {"POST", "/things/devices/{id}/key", "renewDeviceKey",
     "A new key, or a client certificate, in the place of the old", 201, true, new_key},
    {"POST", "/things/devices/{id}/replacement", "replaceDevice",
     "Another apparatus in its place: the series go on, address and key are new", 200, true, replace},
    {"POST", "/things/devices/{id}/log", "logMaintenance", "Note in its maintenance log", 204, true, add_log},
};

}  // namespace

void add_device_routes(Router& router, openapi::Document& document, const PartsPtr& parts) {
  document.add_schema("DeviceRequest", R"({"type":"object","description":"docs/things.md"})");
  document.add_schema("DeviceAnswer", R"({"type":"object"})");
  for (const Route& route : kRoutes) {
    openapi::Operation operation;
    operation.id = route.id;
    operation.tag = "Things";
    operation.summary = route.summary;
    if (route.path == "/things/devices" && route.method == "GET") {
      for (const auto& [name, text] :
           {std::pair{"group", "Of this group"}, std::pair{"model", "Of this model"},
            std::pair{"status", "In this status"}, std::pair{"text", "With this in the id of device or asset"},
            std::pair{"limit", "At most so many (1000)"}, std::pair{"offset", "Pass over"}}) {
        operation.parameters.push_back({name, "query", text, R"({"type":"string"})"});
      }
    }
    if (route.path.find('{') != std::string_view::npos) {
      operation.parameters.push_back({"id", "path", "Id of its entity", R"({"type":"string"})"});
    }
    if (route.body) {
      operation.body_schema = "DeviceRequest";
      operation.body_media_types = {"application/json"};
    }
    operation.answers = {
        {route.status, route.summary, route.status == 204 ? "" : "DeviceAnswer", {"application/json"}}};
    if (route.status == 204) operation.answers.front().media_types.clear();
    document.add(route.method, route.path, std::move(operation));
    router.add(route.method, route.path,
               [parts, work = route.work](RequestPtr request, PathParameters path, Reply reply) {
                 auto asking = asking_of(*request, parts->store);
                 if (!asking) return reply.send(asking.error());
                 work(std::make_shared<Call>(
                     Call{*parts, std::move(request), std::move(path), std::move(reply), std::move(*asking)}));
               });
  }
}

}  // namespace tsunagu::gateway::iot
