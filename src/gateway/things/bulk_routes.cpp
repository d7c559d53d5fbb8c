// One command for many devices: /things/commands (docs/commands.md). For those with the right "devices"; each device is
// asked in the name of the caller, as if they wrote it themselves.
#include <algorithm>
#include <array>

#include "base/json_object.h"
#include "base/text.h"
#include "gateway/guard/caller.h"
#include "gateway/things/device_files.h"
#include "gateway/things/parts.h"
#include "gateway/trust/body_members.h"
#include "ngsi/body.h"
#include "ngsi/change.h"
#include "things/bulk.h"
#include "things/device_entity.h"
#include "trust/keys.h"
#include "trust/view.h"

namespace tsunagu::gateway::iot {
namespace {

constexpr std::size_t kMostDevices = 10'000, kMostShown = 1000, kMostBulks = 100;
constexpr std::size_t kMostValueBytes = 256u << 10;

struct BulkCall {
  PartsPtr parts;
  RequestPtr request;
  PathParameters path;
  Reply reply;
  trust::Asking asking;
  core::Bulk bulk;
};
using BulkCallPtr = std::shared_ptr<BulkCall>;

/// Those that are named, or all of a group or model.
Result<std::vector<std::string>> devices_meant(const BulkCall& call, BodyMembers& body) {
  auto named = body.texts_if("devices");
  const auto group = body.text_if("group"), model = body.text_if("model");
  if (body.fault()) return tl::unexpected(*body.fault());
  std::vector<std::string> devices = std::move(named).value_or(std::vector<std::string>());
  if (group || model) {
    if (!devices.empty()) return fail(ErrorCode::kInvalidRequest, "\"devices\", or \"group\" and \"model\"");
    call.parts->registry.each([&](const core::DevicePtr& device) {
      if (device->group->tenant == call.asking.tenant && (!group || device->group->name == *group) &&
          (!model || device->model->id == *model)) {
        devices.push_back(device->id);
      }
      return devices.size() <= kMostDevices;
    });
  }
  std::sort(devices.begin(), devices.end());
  devices.erase(std::unique(devices.begin(), devices.end()), devices.end());
  if (devices.empty())
    return fail(ErrorCode::kInvalidRequest, "no devices are meant: \"devices\", \"group\" or \"model\"");
  if (devices.size() > kMostDevices) {
    return fail(ErrorCode::kInvalidRequest, "more than 10,000 devices in one request");
  }
  return devices;
}

Result<void> read_body(BulkCall& call) {
  auto body =
      BodyMembers::read(call.request->body(), {"command", "value", "file", "devices", "group", "model", "validUntil"});
  if (!body) return tl::unexpected(body.error());
  core::Bulk& bulk = call.bulk;
  bulk.name = body->text("command");
  bulk.value = std::string(body->json("value"));
  const auto file = body->text_if("file");
  bulk.until = body->instant_if("validUntil").value_or(kNoInstant);
  if (body->fault()) return tl::unexpected(*body->fault());
  if (!ngsi::valid_name(bulk.name)) return fail(ErrorCode::kInvalidRequest, "\"command\" is the name of a command");
  if (file.has_value() != bulk.value.empty() || bulk.value == "null") {
    return fail(ErrorCode::kInvalidRequest, "either \"value\" or \"file\"");
  }
  if (file) {
    auto value = device_file_value(call.parts->store, call.asking.tenant, *file);
    if (!value) return tl::unexpected(value.error());
    bulk.value = std::move(*value);
  }
  if (bulk.value.size() > kMostValueBytes) {
    return fail(ErrorCode::kContentTooLarge, "a command has at most 256 KiB; larger things are files");
  }
  auto devices = devices_meant(call, *body);
  if (!devices) return tl::unexpected(devices.error());
  bulk.devices = std::move(*devices);
  bulk.by = call.asking.subject->id;
  bulk.asked = now();
  bulk.id = "urn:ngsi-ld:CommandBatch:" + trust::random_text(12);
  return {};
}

void append_summary(JsonObject& object, const core::Bulk& bulk) {
  object.text("id", bulk.id).text("command", bulk.name).json("value", bulk.value);
  object.text("requestedAt", to_string(bulk.asked)).text_if("requestedBy", bulk.by);
  if (bulk.until != kNoInstant) object.text("validUntil", to_string(bulk.until));
  object.number("total", bulk.devices.size());
}

std::string progress_json(const Parts& parts, store::TenantId tenant, const core::Bulk& bulk, std::string_view status,
                          std::size_t offset, std::size_t limit) {
  std::array<std::size_t, core::kBulkStages> counts{};
  std::string devices;
  std::size_t found = 0;
  for (const std::string& id : bulk.devices) {
    const core::BulkProgress progress = core::bulk_progress(bulk, id, parts.store.find(tenant, id).get());
    ++counts[static_cast<std::size_t>(progress.stage)];
    if (!status.empty() && core::name(progress.stage) != status) continue;
    if (found++ < offset || found > offset + limit) continue;
    if (!devices.empty()) devices += ',';
    JsonObject each(devices);
    each.text("id", id).text("status", core::name(progress.stage));
    if (!progress.info.empty()) each.json("info", progress.info);
    each.end();
  }
  std::string out;
  JsonObject object(out);
  append_summary(object, bulk);
  JsonObject by_stage(object.member("byStatus"));
  for (std::size_t i = 0; i < counts.size(); ++i) {
    by_stage.number(core::name(static_cast<core::BulkStage>(i)), counts[i]);
  }
  by_stage.end();
  object.json("devices", "[" + devices + "]");
  object.end();
  return out;
}

void log_bulk(const BulkCallPtr& call, std::function<void()> then) {
  trust::AuditRecord record;
  record.kind = trust::AuditKind::kOperation;
  record.subject = call->asking.subject;
  record.action = "command";
  record.tenant = call->asking.tenant_name;
  record.request = call->asking.request;
  record.peer = call->asking.peer;
  record.outcome = "ok";
  record.detail = call->bulk.id;
  const auto& devices = call->bulk.devices;
  record.entities.assign(devices.begin(),
                         devices.begin() + static_cast<std::ptrdiff_t>(std::min(devices.size(), kMostShown)));
  record.count = devices.size();
  call->parts->auditor.record(std::move(record), [call, then = std::move(then)](const Result<void>& logged) {
    if (!logged) return call->reply.send(logged.error());
    then();
  });
}

store::Write batch_write(const BulkCall& call) {
  return store::EntityWrite{
      call.asking.tenant, call.bulk.id,
      [entity = core::bulk_entity(call.bulk)](const ngsi::Record*, Instant at) -> Result<store::Decision> {
        ngsi::Entity whole = entity;
        ngsi::stamp_new(whole, at);
        auto record = ngsi::encode(std::move(whole));
        if (!record) return tl::unexpected(record.error());
        return store::Put{std::move(*record)};
      }};
}

void answer(const BulkCallPtr& call) {
  Response response = json_answer(progress_json(*call->parts, call->asking.tenant, call->bulk, {}, 0, kMostShown), 202);
  response.headers.emplace_back("Location", "/things/commands/" + call->bulk.id);
  call->reply.send(std::move(response));
}

/// First what is to be done is kept, then the devices are asked, then who was not.
void ask_devices(const BulkCallPtr& call) {
  std::vector<store::Write> writes;
  writes.reserve(call->bulk.devices.size());
  for (const std::string& id : call->bulk.devices) {
    writes.push_back(store::EntityWrite{call->asking.tenant, id, core::bulk_write(call->bulk, id)});
  }
  trust::View view(call->parts->store, call->parts->authority, call->asking.subject, call->request->caller()->purpose);
  view.submit(std::move(writes), [call](const std::vector<store::Outcome>& outcomes) {
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      if (!outcomes[i].result) call->bulk.refused[call->bulk.devices[i]] = outcomes[i].result.error().detail;
    }
    if (call->bulk.refused.empty()) return answer(call);
    call->parts->store.submit({batch_write(*call)}, [call](const std::vector<store::Outcome>& again) {
      if (!again[0].result) return call->reply.send(again[0].result.error());
      answer(call);
    });
  });
}

void start(const BulkCallPtr& call) {
  if (auto read = read_body(*call); !read) return call->reply.send(read.error());
  call->parts->store.submit({batch_write(*call)}, [call](const std::vector<store::Outcome>& outcomes) {
    if (!outcomes[0].result) return call->reply.send(outcomes[0].result.error());
    log_bulk(call, [call] { ask_devices(call); });
  });
}

void show(const BulkCallPtr& call) {
  const auto query = QueryString::parse(call->request->target());
  if (!query) return call->reply.send(query.error());
  const ngsi::RecordPtr record = call->parts->store.find(call->asking.tenant, call->path[0]);
  const auto bulk = record ? core::read_bulk(*record) : std::nullopt;
  if (!bulk) return call->reply.send(Error{ErrorCode::kResourceNotFound, "there is no such request: " + call->path[0]});
  const auto number = [&query](std::string_view name, std::size_t otherwise) {
    return parse_number<std::size_t>(asked(*query, name)).value_or(otherwise);
  };
  call->reply.send(json_answer(progress_json(*call->parts, call->asking.tenant, *bulk, asked(*query, "status"),
                                             number("offset", 0), std::min(number("limit", 100), kMostShown))));
}

void list(const BulkCallPtr& call) {
  ngsi::Selection selection;
  selection.types.emplace();
  selection.types->kind = ngsi::TypeExpr::Kind::kType;
  selection.types->type = core::bulk_type();
  const auto cursor = call->parts->store.query(call->asking.tenant, std::move(selection));
  std::vector<core::Bulk> bulks;
  std::vector<ngsi::RecordPtr> found;
  for (bool more = true; more;) {
    found.clear();
    more = cursor->step(4096, 4096, found);
    for (const ngsi::RecordPtr& record : found) {
      if (auto bulk = core::read_bulk(*record)) bulks.push_back(std::move(*bulk));
    }
  }
  std::sort(bulks.begin(), bulks.end(), [](const core::Bulk& a, const core::Bulk& b) { return a.asked > b.asked; });
  if (bulks.size() > kMostBulks) bulks.resize(kMostBulks);
  std::string out = "[";
  for (const core::Bulk& bulk : bulks) {
    if (out.size() > 1) out += ',';
    JsonObject object(out);
    append_summary(object, bulk);
    object.end();
  }
  call->reply.send(json_answer(out + "]"));
}

struct BulkRoute {
  std::string_view method, path, id, summary;
  unsigned status;
  void (*work)(const BulkCallPtr&);
};
constexpr BulkRoute kBulkRoutes[] = {
    {"POST", "/things/commands", "commandDevices", "One command for many devices", 202, start},
    {"GET", "/things/commands", "listBulkCommands", "Commands for many devices, the newest first", 200, list},
    {"GET", "/things/commands/{id}", "getBulkCommand", "How far a command for many devices came", 200, show},
};

}  // namespace

void add_bulk_routes(Router& router, openapi::Document& document, const PartsPtr& parts) {
  for (const BulkRoute& route : kBulkRoutes) {
    openapi::Operation operation;
    operation.id = route.id;
    operation.tag = "Things";
    operation.summary = route.summary;
    if (route.path.find('{') != std::string_view::npos) {
      operation.parameters = {{"id", "path", "Id of its entity", R"({"type":"string"})"},
                              {"status", "query", "Devices of this status only", R"({"type":"string"})"},
                              {"limit", "query", "At most so many devices (1000)", R"({"type":"string"})"},
                              {"offset", "query", "Pass over", R"({"type":"string"})"}};
    }
    if (route.method == "POST") {
      operation.body_schema = "DeviceRequest";
      operation.body_media_types = {"application/json"};
    }
    operation.answers = {{route.status, route.summary, "DeviceAnswer", {"application/json"}}};
    document.add(route.method, route.path, std::move(operation));
    router.add(route.method, route.path,
               [parts, work = route.work](RequestPtr request, PathParameters path, Reply reply) {
                 auto asking = asking_of(*request, parts->store);
                 if (!asking) return reply.send(asking.error());
                 work(std::make_shared<BulkCall>(
                     BulkCall{parts, std::move(request), std::move(path), std::move(reply), std::move(*asking), {}}));
               });
  }
}

}  // namespace tsunagu::gateway::iot
