#include "gateway/notify/notice_routes.h"

#include <simdjson.h>

#include <algorithm>
#include <memory>
#include <tuple>

#include "base/json.h"
#include "base/text.h"

namespace tsunagu::gateway {
namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::size_t kDefaultLimit = 100;
constexpr std::size_t kMaxLimit = 10'000;

constexpr std::string_view kNoticeSchema =
    R"({"type":"object","properties":{"row":{"type":"integer"},"part":{"type":"integer"},"tenant":{"type":"string"},)"
    R"("subscription":{"type":"string"},"endpoint":{"type":"string"},"entities":{"type":"array","items":{"type":"string"}},)"
    R"("dueAt":{"type":"string"},"gaveUpAt":{"type":"string"},"attempts":{"type":"integer"},"reason":{"type":"string"},)"
    R"("waiting":{"type":"integer"},"failures":{"type":"integer"},"nextAttemptAt":{"type":"string"}}})";
constexpr std::string_view kFilterSchema =
    R"({"type":"object","additionalProperties":false,"properties":{"tenant":{"type":"string"},"subscription":)"
    R"({"type":"string"},"endpoint":{"type":"string"},"row":{"type":"integer"},"part":{"type":"integer"},)"
    R"("all":{"type":"boolean"}}})";

void send(Reply& reply, std::string body) {
  Response response;
  response.content_type = kJson;
  response.headers.emplace_back("Cache-Control", "no-store");
  response.body = std::move(body);
  reply.send(std::move(response));
}

void append_member(std::string& out, std::string_view name, std::string_view text) {
  if (out.back() != '{') out += ',';
  append_json_string(out, name);
  out += ':';
  append_json_string(out, text);
}

void append_member(std::string& out, std::string_view name, std::uint64_t number) {
  if (out.back() != '{') out += ',';
  append_json_string(out, name);
  out += ':';
  append_json_number(out, static_cast<std::int64_t>(number));
}

void append(std::string& out, const broker::DeadLetter& letter) {
  out += '{';
  append_member(out, "row", letter.row);
  append_member(out, "part", letter.part);
  if (!letter.tenant.empty()) append_member(out, "tenant", letter.tenant);
  append_member(out, "subscription", letter.subscription);
  append_member(out, "endpoint", letter.uri);
  out += ",\"entities\":[";
  for (const std::string& entity : letter.entities) {
    if (out.back() != '[') out += ',';
    append_json_string(out, entity);
  }
  out += ']';
  append_member(out, "dueAt", to_string(letter.due));
  if (letter.gave_up != kNoInstant) append_member(out, "gaveUpAt", to_string(letter.gave_up));
  append_member(out, "attempts", letter.attempts);
  if (!letter.reason.empty()) append_member(out, "reason", letter.reason);
  out += '}';
}

void append(std::string& out, const OpenCircuit& circuit) {
  out += '{';
  append_member(out, "endpoint", circuit.uri);
  append_member(out, "waiting", circuit.waiting);
  append_member(out, "failures", circuit.failures);
  append_member(out, "reason", circuit.reason);
  append_member(out, "nextAttemptAt", to_string(circuit.next_attempt));
  out += '}';
}

template <class T>
std::string array_of(const std::vector<T>& items) {
  std::string out = "[";
  for (const T& item : items) {
    if (out.size() > 1) out += ',';
    append(out, item);
  }
  return out += ']';
}

struct ListInput {
  std::string state = "waiting";
  std::size_t limit = kDefaultLimit;
  broker::NoticeFilter filter;
};

Result<ListInput> read_list_input(std::string_view target) {
  auto query = QueryString::parse(target);
  if (!query) return tl::unexpected(query.error());
  ListInput input;
  for (const auto& [name, value] : query->all()) {
    if (name == "state") {
      input.state = value;
    } else if (name == "limit") {
      const auto limit = parse_number<std::size_t>(value);
      if (!limit || *limit == 0 || *limit > kMaxLimit)
        return fail(ErrorCode::kInvalidRequest, "limit is a number from 1 to 10000");
      input.limit = *limit;
    } else if (name == "tenant") {
      input.filter.tenant = value;
    } else if (name == "subscription") {
      input.filter.subscription = value;
    } else if (name == "endpoint") {
      input.filter.uri = value;
    } else {
      return fail(ErrorCode::kInvalidRequest,
                  "\"" + name + "\": the parameters are state, limit, tenant, subscription and endpoint");
    }
  }
  return input;
}

void list(Notifier& notifier, const broker::NoticeSource& source, std::string_view target, Reply reply) {
  auto input = read_list_input(target);
  if (!input) return reply.send(input.error());
  if (input->state == "dead") return send(reply, array_of(source.dead_letters(input->filter, input->limit)));
  // Functions that are kept must be copyable, an answer is not.
  const auto answer = std::make_shared<Reply>(std::move(reply));
  const auto done = [answer](const auto& items) { send(*answer, array_of(items)); };
  if (input->state == "waiting") return notifier.waiting(std::move(input->filter), input->limit, done);
  if (input->state == "open-circuits") return notifier.open_circuits(input->limit, done);
  answer->send(Error{ErrorCode::kInvalidRequest, "state is waiting, dead or open-circuits"});
}

std::string counted(std::string_view name, std::size_t n) {
  std::string out = "{";
  append_member(out, name, n);
  return out += '}';
}

// Waiting ones first: dead letters that are retried become waiting ones and would be counted again.
void retry(Notifier& notifier, broker::NoticeSource& source, std::string_view body, Reply reply) {
  bool everything = false;
  auto filter = read_notice_filter(body, everything);
  if (!filter) return reply.send(filter.error());
  const auto answer = std::make_shared<Reply>(std::move(reply));
  notifier.retry(*filter, [answer, &source, filter = *filter](std::size_t waiting) {
    const auto dead = source.retry(filter);
    if (!dead) return answer->send(dead.error());
    send(*answer, counted("retried", waiting + *dead));
  });
}

void drop(Notifier& notifier, broker::NoticeSource& source, std::string_view body, Reply reply) {
  bool everything = false;
  auto filter = read_notice_filter(body, everything);
  if (!filter) return reply.send(filter.error());
  if (everything && body.find("\"all\"") == std::string_view::npos)
    return reply.send(Error{ErrorCode::kInvalidRequest,
                            "Say what to drop: subscription, endpoint, tenant, row and part, or {\"all\":true}"});
  const auto answer = std::make_shared<Reply>(std::move(reply));
  notifier.drop(*filter, [answer, &source, filter = *filter](std::size_t waiting) {
    const auto dead = source.drop(filter);
    if (!dead) return answer->send(dead.error());
    send(*answer, counted("dropped", waiting + *dead));
  });
}

openapi::Operation describe(std::string_view id, std::string_view summary, std::string_view schema) {
  openapi::Operation operation;
  operation.id = id;
  operation.tag = "Operation";
  operation.summary = summary;
  operation.answers.push_back({200, "Done", schema, {kJson}});
  operation.answers.push_back({400, "The request is wrong", "ProblemDetails", {kJson}});
  return operation;
}

}  // namespace

Result<broker::NoticeFilter> read_notice_filter(std::string_view json, bool& everything) {
  broker::NoticeFilter filter;
  everything = true;
  if (trim(json).empty()) return filter;
  const auto wrong = [](const std::string& what) { return fail(ErrorCode::kInvalidRequest, what); };
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(json.data(), json.size()).get(object)) return wrong("The body is a JSON object, or empty");
  for (const auto& [key, value] : object) {
    std::string_view text;
    std::uint64_t number = 0;
    bool flag = false;
    const bool is_text = value.get(text) == simdjson::SUCCESS;
    const bool is_number = value.get(number) == simdjson::SUCCESS;
    const std::string name(key);
    if (name == "all") {
      if (value.get(flag) || !flag) return wrong("\"all\" is true or absent");
      continue;
    }
    everything = false;
    if (name == "tenant" && is_text)
      filter.tenant = text;
    else if (name == "subscription" && is_text)
      filter.subscription = text;
    else if (name == "endpoint" && is_text)
      filter.uri = text;
    else if (name == "row" && is_number)
      filter.row = number;
    else if (name == "part" && is_number && number <= 0xffffffffu)
      filter.part = static_cast<std::uint32_t>(number);
    else
      return wrong("\"" + name +
                   "\": the members are tenant, subscription and endpoint (text), row and part (numbers)");
  }
  return filter;
}

void add_notice_routes(Router& router, openapi::Document& document, Notifier& notifier, broker::NoticeSource& source) {
  document.add_schema("Notice", kNoticeSchema);
  document.add_schema("Notices", R"({"type":"array","items":{"$ref":"#/components/schemas/Notice"}})");
  document.add_schema("NoticeFilter", kFilterSchema);
  document.add_schema("NoticeCount", R"({"type":"object","additionalProperties":{"type":"integer"}})");
  openapi::Operation listing =
      describe("listNotices", "Notifications that wait or were given up, and endpoints that do not answer", "Notices");
  listing.parameters = {
      {"state", "query", "What to list",
       R"({"type":"string","enum":["waiting","dead","open-circuits"],"default":"waiting"})"},
      {"limit", "query", "At most so many", R"({"type":"integer","minimum":1,"maximum":10000,"default":100})"},
      {"tenant", "query", "Of this tenant", R"({"type":"string"})"},
      {"subscription", "query", "Of this subscription", R"({"type":"string"})"},
      {"endpoint", "query", "To this address", R"({"type":"string"})"}};
  document.add("GET", "/admin/notices", std::move(listing));
  for (const auto& [path, id, summary] :
       {std::tuple{"/admin/notices/retry", "retryNotices", "Try waiting and given-up notifications again, now"},
        std::tuple{"/admin/notices/drop", "dropNotices", "Forget waiting and given-up notifications"}}) {
    openapi::Operation operation = describe(id, summary, "NoticeCount");
    operation.body_schema = "NoticeFilter";
    operation.body_media_types = {kJson};
    document.add("POST", path, std::move(operation));
  }
  router.add("GET", "/admin/notices", [&](const RequestPtr& request, const PathParameters&, Reply reply) {
    list(notifier, source, request->target(), std::move(reply));
  });
  router.add("POST", "/admin/notices/retry", [&](const RequestPtr& request, const PathParameters&, Reply reply) {
    retry(notifier, source, request->body(), std::move(reply));
  });
  router.add("POST", "/admin/notices/drop", [&](const RequestPtr& request, const PathParameters&, Reply reply) {
    drop(notifier, source, request->body(), std::move(reply));
  });
}

}  // namespace tsunagu::gateway
