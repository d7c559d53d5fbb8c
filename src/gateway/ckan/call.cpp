#include "gateway/ckan/call.h"

#include <algorithm>

#include "base/json_object.h"
#include "base/text.h"
#include "base/url.h"
#include "ngsi/json_walk.h"

namespace tsunagu::gateway::opendata {
namespace walk = ngsi::walk;
namespace {

Response plain(unsigned status, std::string_view text) {
  Response response;
  response.status = status;
  response.content_type = "application/json;charset=utf-8";
  append_json_string(response.body, text);
  return response;
}

/// In a text that stands for JSON, the JSON.
std::string unwrapped(const std::string& json) {
  if (!walk::is_string(json)) return json;
  const std::string inside = json_string_text(json);
  const std::string_view begin = trim(inside);
  std::string out;
  const bool structured = begin.starts_with('{') || begin.starts_with('[');
  return structured && append_canonical_json(out, inside) ? out : json;
}

}  // namespace

CkanError CkanError::of(const Error& error) {
  if (info(error.code).status == 404) return not_found(error.detail);
  return invalid("message", error.detail);
}

std::optional<Response> CkanCall::read() {
  const auto query = QueryString::parse(request->target());
  if (!query) return problem(query.error());
  const auto found = tenant_of(parts, *request);
  if (!found) return problem(found.error());
  tenant = *found;
  const auto put = [this](const std::string& name, const std::string& value) {
    std::string json;
    append_json_string(json, value);
    // A name that comes again makes a list.
    std::string& known = parameters_[name];
    if (walk::is_array(known)) {
      known.back() = ',';
      known.append(json).append("]");
    } else {
      known = known.empty() ? json : "[" + known + "," + json + "]";
    }
  };
  for (const auto& [name, value] : query->all()) put(name, value);
  if (request->method() != "POST" || trim(request->body()).empty()) return std::nullopt;
  const std::string_view type = request->header("Content-Type");
  if (type.starts_with("application/x-www-form-urlencoded") && !trim(request->body()).starts_with('{')) {
    const auto form = parse_query(request->body());
    if (!form) return plain(400, "Bad request - " + form.error().detail);
    for (const QueryParameter& each : *form) put(each.name, each.value);
    return std::nullopt;
  }
  std::string body;
  if (!append_canonical_json(body, request->body())) {
    return plain(400, "Bad request - JSON Error: the body is not valid JSON");
  }
  if (!walk::is_object(body)) return plain(400, "Bad request - the body must be a JSON object");
  walk::any_member(body, [this](std::string_view key, std::string_view value) {
    parameters_[json_string_text(key)] = value;
    return false;
  });
  return std::nullopt;
}

std::string CkanCall::json(std::string_view name) const {
  const auto at = parameters_.find(name);
  return at == parameters_.end() || at->second == "null" ? std::string() : unwrapped(at->second);
}

std::string CkanCall::text(std::string_view name) const {
  const auto at = parameters_.find(name);
  if (at == parameters_.end() || at->second == "null") return {};
  return walk::is_string(at->second) ? json_string_text(at->second) : at->second;
}

std::vector<std::string> CkanCall::list(std::string_view name) const {
  const std::string value = json(name);
  std::vector<std::string> out;
  if (walk::is_array(value)) {
    walk::any_element(value, [&](std::string_view each) {
      out.push_back(walk::is_string(each) ? json_string_text(each) : std::string(each));
      return false;
    });
    return out;
  }
  const std::string plain_text = text(name);
  for (std::string_view rest = plain_text; !rest.empty();) {
    const std::string_view one = trim(take_until(rest, ','));
    if (!one.empty()) out.emplace_back(one);
  }
  return out;
}

CkanResult<std::uint64_t> CkanCall::natural(std::string_view name, std::uint64_t absent, std::uint64_t most) const {
  const std::string value = text(name);
  if (value.empty()) return absent;
  const auto number = parse_number<std::uint64_t>(value);
  if (!number) return tl::unexpected(CkanError::invalid(std::string(name), "Must be a natural number"));
  return std::min(*number, most);
}

CkanResult<bool> CkanCall::truth(std::string_view name, bool absent) const {
  const std::string value = text(name);
  if (value.empty()) return absent;
  for (const std::string_view yes : {"true", "yes", "t", "y", "1", "on"}) {
    if (equal_ignoring_case(value, yes)) return true;
  }
  for (const std::string_view no : {"false", "no", "f", "n", "0", "off"}) {
    if (equal_ignoring_case(value, no)) return false;
  }
  return tl::unexpected(CkanError::invalid(std::string(name), "Must be true or false"));
}

std::string CkanCall::help() const {
  return parts.site + "/api/3/action/help_show?name=" + action;
}

void CkanCall::answer(unsigned status, std::string body) {
  Response response;
  response.status = status;
  response.content_type = "application/json;charset=utf-8";
  response.headers.emplace_back("Cache-Control", "no-cache");
  response.body = std::move(body);
  reply.send(std::move(response));
}

void CkanCall::send(std::string_view result) {
  std::string body;
  body.reserve(result.size() + 200);
  JsonObject(body).text("help", help()).truth("success", true).json("result", result).end();
  answer(200, std::move(body));
}

void CkanCall::send(const CkanError& error) {
  std::string body, about;
  JsonObject object(about);
  object.text("__type", error.type);
  if (error.field.empty()) {
    object.text("message", error.message);
  } else {
    std::string name;
    append_json_string(name, error.field);
    append_json_texts(object.member(std::string_view(name).substr(1, name.size() - 2)),
                      std::vector<std::string>{error.message});
  }
  object.end();
  JsonObject(body).text("help", help()).truth("success", false).json("error", about).end();
  answer(error.status, std::move(body));
}

std::string json_list(const std::vector<std::string>& values) {
  std::string out = "[";
  for (const std::string& value : values) {
    if (out.size() > 1) out += ',';
    out += value;
  }
  return out + "]";
}

}  // namespace tsunagu::gateway::opendata
