// Files for devices: /things/files for those with the right "devices", /iot/files/{sha256} for the devices themselves.
#include <algorithm>

#include "base/json_object.h"
#include "base/text.h"
#include "catalog/files.h"
#include "gateway/things/device_files.h"
#include "gateway/things/parts.h"
#include "ngsi/change.h"
#include "ngsi/core_context.h"
#include "ngsi/json_walk.h"
#include "things/device_entity.h"

namespace tsunagu::gateway::iot {
namespace {

namespace walk = ngsi::walk;

constexpr std::size_t kBlockBytes = 64u << 10;

struct FileTerms {
  ngsi::TermId type, file_name, version, size, uploaded_by;
};
const FileTerms& file_terms() {
  const auto term = [](const char* text) { return ngsi::core_context()->intern(text); };
  static const FileTerms kTerms{term("DeviceFile"), term("fileName"), term("version"), term("size"),
                                term("uploadedBy")};
  return kTerms;
}

std::string file_entity_id(std::string_view sha256) {
  return "urn:ngsi-ld:DeviceFile:" + std::string(sha256);
}

std::string_view value_in(const ngsi::Record& record, ngsi::TermId term) {
  const ngsi::AttributeView found = record.find(term);
  return found.data() == nullptr ? std::string_view("\"\"") : found.value();
}

std::string file_json(const ngsi::Record& record) {
  const FileTerms& t = file_terms();
  const std::string sha256(record.id().substr(record.id().rfind(':') + 1));
  std::string out;
  JsonObject object(out);
  object.json("name", value_in(record, t.file_name)).text("sha256", sha256).json("size", value_in(record, t.size));
  object.text("url", "/iot/files/" + sha256).json("version", value_in(record, t.version)).end();
  return out;
}

/// The rest of a file, from a place on.
class DeviceFileStream final : public BodyStream {
 public:
  DeviceFileStream(catalog::Files::Reader reader, std::uint64_t from) : reader_(std::move(reader)), skip_(from) {}
  bool next(std::string& chunk) override {
    const auto bytes = reader_.read(kBlockBytes);
    if (!bytes || bytes->empty()) return false;
    const std::uint64_t gone = std::min<std::uint64_t>(skip_, bytes->size());
    skip_ -= gone;
    chunk += std::string_view(*bytes).substr(gone);
    return true;
  }

 private:
  catalog::Files::Reader reader_;
  std::uint64_t skip_;
};

struct FileParts {
  Parts parts;
  catalog::Files& files;
};
using FilePartsPtr = std::shared_ptr<const FileParts>;

Result<catalog::FileId> keep_file(catalog::Files& files, std::string_view bytes) {
  auto writer = files.create();
  if (!writer) return tl::unexpected(writer.error());
  if (auto written = writer->write(bytes); !written) return tl::unexpected(written.error());
  return writer->finish();
}

void add_file(const FilePartsPtr& files, const RequestPtr& request, Reply reply) {
  const auto query = QueryString::parse(request->target());
  if (!query) return reply.send(query.error());
  auto asking = asking_of(*request, files->parts.store);
  if (!asking) return reply.send(asking.error());
  const std::string file_name = asked(*query, "name"), version = asked(*query, "version");
  if (file_name.empty() || request->body().empty()) {
    return reply.send(Error{ErrorCode::kInvalidRequest, "a file has a name (?name=) and bytes"});
  }
  const auto id = keep_file(files->files, request->body());
  if (!id) return reply.send(id.error());
  const FileTerms& t = file_terms();
  ngsi::Entity entity;
  entity.id = file_entity_id(id->hex);
  entity.types = {t.type};
  entity.attributes = {core::text_property(t.file_name, file_name), core::text_property(t.version, version),
                       core::property(t.size, std::to_string(request->body().size())),
                       core::text_property(t.uploaded_by, asking->subject->id)};
  entity.sort_attributes();
  trust::AuditRecord record;
  record.kind = trust::AuditKind::kOperation;
  record.subject = asking->subject;
  record.action = "device file";
  record.tenant = asking->tenant_name;
  record.request = asking->request;
  record.peer = asking->peer;
  record.outcome = "ok";
  record.entities = {entity.id};
  record.count = 1;
  store::EntityWrite write{asking->tenant, entity.id,
                           [entity](const ngsi::Record*, Instant at) -> Result<store::Decision> {
                             ngsi::Entity whole = entity;
                             ngsi::stamp_new(whole, at);
                             auto made = ngsi::encode(std::move(whole));
                             if (!made) return tl::unexpected(made.error());
                             return store::Put{std::move(*made)};
                           }};
  const auto kept = keep(std::move(reply));
  files->parts.auditor.record(
      std::move(record), [files, kept, write = std::move(write)](const Result<void>& logged) mutable {
        if (!logged) return kept->send(logged.error());
        files->parts.store.submit({std::move(write)}, [kept](const std::vector<store::Outcome>& outcomes) {
          if (!outcomes[0].result) return kept->send(outcomes[0].result.error());
          kept->send(json_answer(file_json(*outcomes[0].after), 201));
        });
      });
}

void list_files(const FilePartsPtr& files, const RequestPtr& request, Reply reply) {
  const auto asking = asking_of(*request, files->parts.store);
  if (!asking) return reply.send(asking.error());
  ngsi::Selection selection;
  selection.types.emplace();
  selection.types->kind = ngsi::TypeExpr::Kind::kType;
  selection.types->type = file_terms().type;
  const auto cursor = files->parts.store.query(asking->tenant, std::move(selection));
  std::vector<ngsi::RecordPtr> found;
  for (bool more = true; more;) more = cursor->step(4096, 4096, found);
  std::string out = "[";
  for (const ngsi::RecordPtr& record : found) out.append(out.size() > 1 ? "," : "").append(file_json(*record));
  reply.send(json_answer(out + "]"));
}

void give_file(const FilePartsPtr& files, const RequestPtr& request, const PathParameters& path, Reply reply) {
  const auto speaker = speaker_of(*request, files->parts);
  if (!speaker) return reply.send(speaker.error());
  const auto id = catalog::FileId::parse(path[0]);
  if (!id || !files->parts.store.find(speaker->tenant, file_entity_id(id->hex))) {
    return reply.send(Error{ErrorCode::kResourceNotFound, "there is no such file"});
  }
  auto reader = files->files.open(*id);
  if (!reader) return reply.send(reader.error());
  // A device on a weak line goes on where it stopped: "bytes=N-", no other ranges.
  Response head;
  head.content_type = "application/octet-stream";
  head.headers.emplace_back("Accept-Ranges", "bytes");
  head.headers.emplace_back("ETag", "\"" + id->hex + "\"");
  std::uint64_t from = 0;
  std::string_view range = request->header("Range");
  if (range.starts_with("bytes=") && range.ends_with('-')) {
    const auto place = parse_number<std::uint64_t>(range.substr(6, range.size() - 7));
    if (place && *place > 0 && *place < reader->size()) {
      from = *place;
      head.status = 206;
      head.headers.emplace_back("Content-Range", "bytes " + std::to_string(from) + "-" +
                                                     std::to_string(reader->size() - 1) + "/" +
                                                     std::to_string(reader->size()));
    }
  }
  reply.stream(std::move(head), std::make_unique<DeviceFileStream>(std::move(*reader), from));
}

}  // namespace

Result<std::string> device_file_value(const store::Store& store, store::TenantId tenant, std::string_view sha256) {
  const auto id = catalog::FileId::parse(sha256);
  const ngsi::RecordPtr record = id ? store.find(tenant, file_entity_id(id->hex)) : nullptr;
  if (!record) return fail(ErrorCode::kResourceNotFound, "there is no such file: POST /things/files");
  return file_json(*record);
}

void add_file_routes(Router& router, openapi::Document& document, const Parts& parts, catalog::Files& files) {
  const auto all = std::make_shared<const FileParts>(FileParts{parts, files});
  const auto describe = [&](std::string_view method, std::string_view path, std::string_view id,
                            std::string_view summary, unsigned status) {
    openapi::Operation operation;
    operation.id = id;
    operation.tag = "Things";
    operation.summary = summary;
    if (method == "POST") {
      operation.parameters = {{"name", "query", "Name of the file", R"({"type":"string"})"},
                              {"version", "query", "Version of the firmware", R"({"type":"string"})"}};
      operation.body_schema = "DeviceFileBytes";
      operation.body_media_types = {"application/octet-stream"};
    } else if (path.find('{') != std::string_view::npos) {
      operation.parameters = {{"sha256", "path", "Hash of the file", R"({"type":"string"})"}};
    }
    const bool bytes = path.starts_with("/iot/");
    operation.answers = {{status,
                          summary,
                          bytes ? "DeviceFileBytes" : "DeviceAnswer",
                          {bytes ? "application/octet-stream" : "application/json"}}};
    document.add(method, path, std::move(operation));
  };
  document.add_schema("DeviceFileBytes", R"({"type":"string","format":"binary"})");
  describe("POST", "/things/files", "addDeviceFile", "Keep a file for devices: firmware, a large configuration", 201);
  describe("GET", "/things/files", "listDeviceFiles", "Files for devices", 200);
  describe("GET", "/iot/files/{sha256}", "getDeviceFile",
           "A file, for a device with its key; \"Range: bytes=N-\" goes on", 200);
  router.add("POST", "/things/files", [all](const RequestPtr& request, const PathParameters&, Reply reply) {
    add_file(all, request, std::move(reply));
  });
  router.add("GET", "/things/files", [all](const RequestPtr& request, const PathParameters&, Reply reply) {
    list_files(all, request, std::move(reply));
  });
  router.add("GET", "/iot/files/{sha256}", [all](const RequestPtr& request, const PathParameters& path, Reply reply) {
    give_file(all, request, path, std::move(reply));
  });
}

}  // namespace tsunagu::gateway::iot
