#include "app/load_calls.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/json.h"
#include "catalog/import/json_walk.h"
#include "gateway/ngsild/link.h"

namespace tsunagu::app {
namespace {

using catalog::for_each_element;
using catalog::for_each_member;
using catalog::text_member;

constexpr std::size_t kValuesAtOnce = 1000;

/// One attribute as it was at some time.
struct Value {
  std::string name, json;
  Instant at;
  bool operator<(const Value& other) const { return at < other.at; }
};
using Values = std::vector<Value>;

std::string path_of(const std::string& id) {
  std::string path = "/ngsi-ld/v1/temporal/entities/";
  gateway::ngsild::append_path_segment(path, id);
  return path;
}

/// Adds what is missing of values in order of time, none of them twice.
Result<void> send_values(const Calls& calls, const std::string& id, const Values& values, PastSent& sent) {
  const std::string query = fmt::format("{}?timerel=between&timeAt={}&endTimeAt={}", path_of(id),
                                        to_string(values.front().at), to_string(Instant{values.back().at.us + 1}));
  const auto answer = calls.get(query);
  if (!answer) return tl::unexpected(answer.error());
  // More than one answer holds: half of the time.
  if (answer->status == 206 && values.front().at != values.back().at) {
    const auto first = static_cast<std::ptrdiff_t>(values.size() / 2);
    Values half(values.begin(), values.begin() + first);
    if (auto ok = send_values(calls, id, half, sent); !ok) return ok;
    half.assign(values.begin() + first, values.end());
    return send_values(calls, id, half, sent);
  }
  const bool unknown = answer->status == 404;
  if (!unknown && answer->status != 200 && answer->status != 206) {
    return fail(ErrorCode::kInternalError,
                "the broker cannot be asked what it remembers: " + problem_text(answer->status, answer->body));
  }
  std::set<std::pair<std::string, std::string>> remembered;
  const std::string json = unknown ? "{}" : canonical(answer->body);
  for_each_member(json, [&remembered](const std::string& name, std::string_view instances) {
    if (!instances.starts_with('[')) {
      remembered.emplace(name, catalog::comparable_attribute(instances));
      return;
    }
    for_each_element(instances, [&](std::string_view instance) {
      remembered.emplace(name, catalog::comparable_attribute(instance));
    });
  });
  std::map<std::string, std::string> missing;
  std::size_t added = 0;
  for (const Value& value : values) {
    if (!remembered.emplace(value.name, catalog::comparable_attribute(value.json)).second) {
      ++sent.known;
      continue;
    }
    std::string& list = missing[value.name];
    list.append(list.empty() ? "[" : ",").append(value.json);
    ++added;
  }
  if (missing.empty()) return {};
  std::string body = "{";
  for (const auto& [name, list] : missing) {
    if (body.size() > 1) body += ',';
    append_json_string(body, name);
    body.append(":").append(list) += ']';
  }
  body += '}';
  const auto done = calls.post(path_of(id) + "/attrs", std::move(body), false);
  if (!done) return tl::unexpected(done.error());
  if (done->status != 204) {
    return fail(ErrorCode::kInternalError,
                fmt::format("the broker refuses the past of {}: {}", id, problem_text(done->status, done->body)));
  }
  sent.added += added;
  return {};
}

}  // namespace

std::string canonical(const std::string& body) {
  std::string out;
  return append_canonical_json(out, body) ? out : std::string();
}

std::string problem_text(unsigned status, const std::string& body) {
  const std::string json = canonical(body);
  const std::string title = text_member(json, "title"), detail = text_member(json, "detail");
  if (title.empty() && detail.empty()) return fmt::format("HTTP status {}", status);
  return detail.empty() ? title : detail;
}

Result<gateway::FetchResponse> Calls::call(const std::string& path, gateway::FetchOptions options,
                                           bool own_contexts) const {
  options.timeout = std::chrono::seconds(120);
  options.max_bytes = 256u << 20;
  options.headers.push_back({"Accept", "application/json"});
  if (!settings_.tenant.empty()) options.headers.push_back({"NGSILD-Tenant", settings_.tenant});
  if (!settings_.key.empty()) options.headers.push_back({"Authorization", "Bearer " + settings_.key});
  if (!settings_.context.empty() && !own_contexts) {
    options.headers.push_back(
        {"Link", fmt::format(R"(<{}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json")",
                             settings_.context)});
  }
  auto answer = gateway::fetch_now(settings_.url + path, options);
  if (answer && (answer->status == 503 || answer->status == 429)) {
    return fail(ErrorCode::kUnavailable, problem_text(answer->status, answer->body));
  }
  return answer;
}

Result<gateway::FetchResponse> Calls::post(const std::string& path, std::string body, bool own_contexts) const {
  gateway::FetchOptions options;
  options.method = "POST";
  options.headers.push_back({"Content-Type", own_contexts ? "application/ld+json" : "application/json"});
  options.body = std::move(body);
  return call(path, std::move(options), own_contexts);
}

Result<gateway::FetchResponse> Calls::get(const std::string& path) const {
  return call(path, {}, false);
}

Result<PastSent> send_past(const UploadSettings& settings, const std::string& id,
                           std::vector<std::pair<std::string, std::string>> values) {
  const Calls calls(settings);
  Values ordered;
  for (auto& [name, json] : values) {
    const auto at = parse_instant(text_member(json, "observedAt"));
    if (at) ordered.push_back({name, json, *at});
  }
  std::stable_sort(ordered.begin(), ordered.end());
  PastSent sent;
  for (std::size_t i = 0; i < ordered.size();) {
    std::size_t end = std::min(i + kValuesAtOnce, ordered.size());
    while (end < ordered.size() && ordered[end].at == ordered[end - 1].at) ++end;
    const Values part(ordered.begin() + static_cast<std::ptrdiff_t>(i),
                      ordered.begin() + static_cast<std::ptrdiff_t>(end));
    if (auto ok = send_values(calls, id, part, sent); !ok) return tl::unexpected(ok.error());
    i = end;
  }
  return sent;
}

}  // namespace tsunagu::app
