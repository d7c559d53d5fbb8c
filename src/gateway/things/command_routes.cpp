// Commands for devices that ask for them, and what they answer: docs/commands.md.
#include "gateway/things/parts.h"
#include "things/commands.h"

namespace tsunagu::gateway::iot {
namespace {

struct CommandWay {
  std::string_view path, take_id, answer_id;
  core::Format format;
};
constexpr CommandWay kCommandWays[] = {
    {"/iot/json/commands", "takeCommandsJson", "answerCommandsJson", core::Format::kJson},
    {"/iot/d/commands", "takeCommandsUltraLight", "answerCommandsUltraLight", core::Format::kUltraLight},
};

/// The device of `k` and `i`, for which the caller may speak.
Result<core::DevicePtr> device_asked(const Request& request, const Parts& parts) {
  const auto query = QueryString::parse(request.target());
  if (!query) return tl::unexpected(query.error());
  const auto speaker = speaker_of(request, parts);
  if (!speaker) return tl::unexpected(speaker.error());
  const core::DevicePtr device = parts.registry.find(speaker->tenant, asked(*query, "k"), asked(*query, "i"));
  if (!device) return fail(ErrorCode::kResourceNotFound, "there is no device of this group (k) and address (i)");
  if (!speaker->only_device.empty() && speaker->only_device != device->id) {
    return fail(ErrorCode::kForbidden, "this is the key of another device");
  }
  return device;
}

std::string text_of_commands(core::Format format, const std::vector<core::Command>& commands) {
  std::string out = format == core::Format::kJson ? "{" : "";
  for (const core::Command& command : commands) {
    const std::string one = core::command_payload(format, command.address, command.name, command.value);
    if (format == core::Format::kJson) {
      if (out.size() > 1) out += ',';
      out.append(one, 1, one.size() - 2);
    } else {
      if (!out.empty()) out += '#';
      out += one;
    }
  }
  return format == core::Format::kJson ? out + "}" : out;
}

openapi::Operation describe_commands(std::string_view id, std::string_view summary) {
  openapi::Operation operation;
  operation.id = id;
  operation.tag = "Things";
  operation.summary = summary;
  operation.parameters = {{"k", "query", "Group of the device", R"({"type":"string"})"},
                          {"i", "query", "Its address in the group", R"({"type":"string"})"}};
  return operation;
}

}  // namespace

void add_command_routes(Router& router, openapi::Document& document, const Parts& given, core::Commands& commands) {
  const auto parts = std::make_shared<const Parts>(given);
  document.add_schema("DeviceCommands", R"({"description":"docs/commands.md"})");
  for (const CommandWay& way : kCommandWays) {
    const std::string_view media = way.format == core::Format::kJson ? "application/json" : "text/plain";
    openapi::Operation take = describe_commands(way.take_id, "Commands that wait for a device; they count as delivered");
    take.answers = {{200, "The commands", "DeviceCommands", {media}}};
    document.add("GET", way.path, take);
    router.add("GET", way.path,
               [&way, media, parts, &commands](const RequestPtr& request, const PathParameters&, Reply reply) {
                 const auto device = device_asked(*request, *parts);
                 if (!device) return reply.send(device.error());
                 Response response;
                 response.content_type = media;
                 response.headers.emplace_back("Cache-Control", "no-store");
                 response.body = text_of_commands(way.format, commands.take((*device)->group->tenant, (*device)->id));
                 reply.send(std::move(response));
               });
    openapi::Operation answer = describe_commands(way.answer_id, "What a device says of its commands");
    answer.body_schema = "DeviceCommands";
    answer.body_media_types = {media};
    answer.answers = {{204, "It is on disk", "", {}}};
    document.add("POST", way.path, answer);
    router.add("POST", way.path, [parts, &commands](const RequestPtr& request, const PathParameters&, Reply reply) {
      const auto device = device_asked(*request, *parts);
      if (!device) return reply.send(device.error());
      auto answers = core::read_command_answer(request->body());
      if (!answers) return reply.send(answers.error());
      const auto kept = std::make_shared<Reply>(std::move(reply));
      commands.answer((*device)->group->tenant, (*device)->id, std::move(*answers),
                      [kept](const Result<void>& written) {
                        if (!written) return kept->send(written.error());
                        Response response;
                        response.status = 204;
                        kept->send(std::move(response));
                      });
    });
  }
}

}  // namespace tsunagu::gateway::iot
