// `tsunagu device`: devices of a running server.
#include <fmt/format.h>
#include <sys/stat.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "app/commands.h"
#include "app/running_server.h"
#include "base/json_object.h"
#include "base/text.h"
#include "base/url.h"
#include "catalog/import/csv.h"
#include "ngsi/json_walk.h"

namespace tsunagu::app {
namespace {

namespace walk = ngsi::walk;

struct DeviceOptions {
  RunningServer server;
  std::string tenant, group, address, model, asset, name, serial, lat, lng;
  std::string file, keys_file, status;
};

int report(const Error& error) {
  std::fprintf(stderr, "tsunagu: %s: %s\n", info(error.code).title, error.detail.c_str());
  return 1;
}

std::string text_of(std::string_view json, std::string_view name) {
  const auto value = walk::member(json, name);
  return walk::is_string(value) ? json_string_text(value) : std::string();
}

std::string with_tenant(const DeviceOptions& o, std::string path) {
  if (!o.tenant.empty()) {
    path += path.find('?') == std::string::npos ? '?' : '&';
    path += "tenant=" + percent_encode(o.tenant);
  }
  return path;
}

/// The body of POST /things/devices; InvalidRequest when the place is none.
Result<std::string> registration(const DeviceOptions& o) {
  std::string json;
  JsonObject object(json);
  object.text("group", o.group).text("address", o.address).text_if("model", o.model).text_if("asset", o.asset);
  object.text_if("name", o.name).text_if("serialNumber", o.serial);
  if (!o.lat.empty() || !o.lng.empty()) {
    const auto lat = parse_number<double>(o.lat), lng = parse_number<double>(o.lng);
    if (!lat || !lng) return fail(ErrorCode::kInvalidRequest, "lat and lng are degrees, both");
    std::string& place = object.member("location");
    place += R"({"type":"Point","coordinates":[)";
    append_json_number(place, *lng);
    place += ',';
    append_json_number(place, *lat);
    place += "]}";
  }
  object.end();
  return json;
}

/// Registers one; its id and key as canonical JSON.
Result<std::string> register_one(const DeviceOptions& o) {
  const auto body = registration(o);
  if (!body) return tl::unexpected(body.error());
  auto answer = ask_server(o.server, "POST", with_tenant(o, "/things/devices"), *body);
  if (!answer) return tl::unexpected(answer.error());
  std::string json;
  append_canonical_json(json, *answer);
  return json;
}

int add(const DeviceOptions& o) {
  const auto made = register_one(o);
  if (!made) return report(made.error());
  fmt::print("id   {}\nkey  {}\nThe key is shown only now.\n", text_of(*made, "id"), text_of(*made, "key"));
  return 0;
}

/// Registers each row of a CSV file; keys go to a file that only its owner reads.
int import(const DeviceOptions& o) {
  std::ifstream in(o.file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in) return report({ErrorCode::kInvalidRequest, o.file + " cannot be read"});
  if (text.starts_with("\xef\xbb\xbf")) text.erase(0, 3);
  std::FILE* keys = nullptr;
  if (!o.keys_file.empty()) {
    const auto before = ::umask(S_IRWXG | S_IRWXO);
    keys = std::fopen(o.keys_file.c_str(), "wx");
    ::umask(before);
    if (keys == nullptr)
      return report({ErrorCode::kInvalidRequest, o.keys_file + " is there already, or cannot be made"});
    fmt::print(keys, "group,address,id,key\n");
  }
  std::vector<std::string> names;
  std::size_t added = 0, failed = 0;
  const auto row = [&](catalog::CsvRecord& record) {
    if (names.empty()) {
      for (const std::string& each : record.fields) names.emplace_back(trim(each));
      return;
    }
    DeviceOptions one = o;
    for (std::size_t i = 0; i < names.size() && i < record.fields.size(); ++i) {
      for (const auto& [name, into] :
           {std::pair{"group", &one.group}, std::pair{"address", &one.address}, std::pair{"model", &one.model},
            std::pair{"asset", &one.asset}, std::pair{"name", &one.name}, std::pair{"serialNumber", &one.serial},
            std::pair{"lat", &one.lat}, std::pair{"lng", &one.lng}}) {
        const std::string_view field = trim(record.fields[i]);
        if (names[i] == name && !field.empty()) *into = field;
      }
    }
    const auto made = register_one(one);
    if (!made) {
      ++failed;
      fmt::print(stderr, "line {}: {}\n", record.line, made.error().detail);
      return;
    }
    ++added;
    if (keys != nullptr) {
      fmt::print(keys, "{},{},{},{}\n", one.group, one.address, text_of(*made, "id"), text_of(*made, "key"));
    }
  };
  catalog::CsvReader reader(',', {row, [&failed](std::size_t line, const std::string& reason) {
                                    ++failed;
                                    fmt::print(stderr, "line {}: {}\n", line, reason);
                                  }});
  reader.feed(text);
  reader.finish();
  const bool kept = keys == nullptr || std::fclose(keys) == 0;
  fmt::print("{} registered, {} not\n", added, failed);
  if (!kept) return report({ErrorCode::kStorageFull, o.keys_file + " could not be written"});
  return failed == 0 ? 0 : 1;
}

int list(const DeviceOptions& o) {
  constexpr std::size_t kPage = 1000;
  for (std::size_t offset = 0;; offset += kPage) {
    std::string path = fmt::format("/things/devices?limit={}&offset={}", kPage, offset);
    if (!o.group.empty()) path += "&group=" + percent_encode(o.group);
    if (!o.status.empty()) path += "&status=" + percent_encode(o.status);
    const auto answer = ask_server(o.server, "GET", with_tenant(o, std::move(path)), "");
    if (!answer) return report(answer.error());
    std::string json;
    append_canonical_json(json, *answer);
    std::size_t shown = 0;
    walk::any_element(walk::member(json, "devices"), [&shown](std::string_view each) {
      ++shown;
      fmt::print("{:10}  {}  {}/{}  {}\n", text_of(each, "status"), text_of(each, "id"), text_of(each, "group"),
                 text_of(each, "address"), text_of(each, "observedAt"));
      return false;
    });
    if (shown < kPage) return 0;
  }
}

void add_place(CommandLine& command, DeviceOptions& o) {
  command.option("--at", o.server.address, "Address of the server").required();
  command.option("--key-file", o.server.key_file, "File with a key that has the right \"devices\" (tsunagu key add)");
  command.option("--tenant", o.tenant, "Tenant of the devices");
}

}  // namespace

void add_device(CommandLine& program) {
  CommandLine command = program.command("device", "Devices that report and obey: register, import, list");
  command.needs_command();
  command.footer(
      "Examples:\n"
      "  tsunagu device add --at http://127.0.0.1:1026 --group paddy --address A-1 --asset urn:ngsi-ld:AgriParcel:1\n"
      "  tsunagu device import devices.csv --keys keys.csv --at http://127.0.0.1:1026\n"
      "  tsunagu device list --status silent --at http://127.0.0.1:1026");
  auto o = std::make_shared<DeviceOptions>();

  CommandLine adding = command.command("add", "Register one; its key is shown once");
  adding.option("--group", o->group, "Group that it comes in").required();
  adding.option("--address", o->address, "Its address in the group: serial number, DevEUI …").required();
  adding.option("--model", o->model, "Id of its DeviceModel");
  adding.option("--asset", o->asset, "Id of the entity that it observes; by default itself");
  adding.option("--name", o->name, "Name that people see");
  adding.option("--serial", o->serial, "Serial number");
  adding.option("--lat", o->lat, "Where it is: latitude in degrees");
  adding.option("--lng", o->lng, "… and longitude");
  add_place(adding, *o);
  adding.footer("Example:\n  tsunagu device add --group paddy --address A-1 --at http://127.0.0.1:1026");
  adding.run([o] { return add(*o); });

  CommandLine importing = command.command("import", "Register those of a table");
  importing
      .option(
          "file", o->file,
          "CSV (UTF-8); its first line names the columns: group, address, model, asset, name, serialNumber, lat, lng")
      .required()
      .existing_file();
  importing.option("--keys", o->keys_file, "File to make, for their keys (CSV); without it the keys are lost");
  importing.option("--group", o->group, "Group of rows that name none");
  importing.option("--model", o->model, "Model of rows that name none");
  add_place(importing, *o);
  importing.footer("Example:\n  tsunagu device import devices.csv --keys keys.csv --at http://127.0.0.1:1026");
  importing.run([o] { return import(*o); });

  CommandLine listing = command.command("list", "List them and how they are");
  listing.option("--group", o->group, "Only of this group");
  listing.option("--status", o->status, "Only registered, online, late, silent or outOfRange");
  add_place(listing, *o);
  listing.footer("Example:\n  tsunagu device list --status silent --at http://127.0.0.1:1026");
  listing.run([o] { return list(*o); });
}

}  // namespace tsunagu::app
