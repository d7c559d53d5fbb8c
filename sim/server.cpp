#include "sim/server.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "base/text.h"

namespace tsunagu::sim {
namespace {

constexpr std::size_t kEntitiesAtOnce = 500;

std::size_t keep(char* data, std::size_t size, std::size_t count, void* out) {
  static_cast<std::string*>(out)->append(data, size * count);
  return size * count;
}

/// The number behind "name": in an answer that is a flat JSON object; 0 when it is not there.
std::uint64_t number_in(std::string_view json, std::string_view name) {
  const std::size_t at = json.find(fmt::format("\"{}\":", name));
  if (at == std::string_view::npos) return 0;
  std::string_view rest = json.substr(at + name.size() + 3);
  const std::size_t end = rest.find_first_not_of("0123456789");
  return parse_number<std::uint64_t>(rest.substr(0, end)).value_or(0);
}

std::string problem(const Server::Answer& answer) {
  return fmt::format("status {}: {}", answer.status, answer.body.substr(0, 300));
}

}  // namespace

struct Server::State {
  std::string url;
  CURL* curl = nullptr;
  std::vector<std::string> headers;
  ~State() { curl_easy_cleanup(curl); }
};

Server::Server(std::string url, std::string key, std::string tenant) : state_(std::make_unique<State>()) {
  while (url.ends_with('/')) url.pop_back();
  state_->url = std::move(url);
  state_->curl = curl_easy_init();
  if (!key.empty()) state_->headers.push_back("Authorization: Bearer " + key);
  if (!tenant.empty()) state_->headers.push_back("NGSILD-Tenant: " + tenant);
}
Server::~Server() = default;
Server::Server(Server&&) noexcept = default;

Result<Server::Answer> Server::ask(std::string_view method, std::string_view path, std::string_view body,
                                   std::string_view media_type) {
  CURL* curl = state_->curl;
  curl_easy_reset(curl);
  Answer answer;
  char reason[CURL_ERROR_SIZE] = "";
  curl_slist* list = curl_slist_append(nullptr, fmt::format("Content-Type: {}", media_type).c_str());
  list = curl_slist_append(list, "Expect:");
  for (const std::string& header : state_->headers) list = curl_slist_append(list, header.c_str());
  const std::string verb(method), url = state_->url + std::string(path);
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, verb.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, 30L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer.body);
  if (method != "GET") {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.data());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  }
  const CURLcode code = curl_easy_perform(curl);
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer.status);
  curl_slist_free_all(list);
  if (code != CURLE_OK) return fail(ErrorCode::kUnavailable, *reason ? reason : curl_easy_strerror(code));
  return answer;
}

Result<std::size_t> Server::make_known(const std::vector<std::string>& entities) {
  std::size_t made = 0;
  for (std::size_t from = 0; from < entities.size(); from += kEntitiesAtOnce) {
    const std::size_t until = std::min(entities.size(), from + kEntitiesAtOnce);
    std::string body = "[";
    for (std::size_t i = from; i < until; ++i) body.append(i > from ? "," : "").append(entities[i]);
    body += ']';
    const auto answer = ask("POST", "/ngsi-ld/v1/entityOperations/create", body, "application/json");
    if (!answer) return tl::unexpected(answer.error());
    // 201: a list of ids; 207: who is new and who was there already (or is wrong: then nothing was there to be
    // refused).
    const auto ids = [&](std::string_view text) {
      std::size_t count = 0;
      for (std::size_t at = 0; (at = text.find("urn:ngsi-ld:", at)) != std::string_view::npos; ++at) ++count;
      return count;
    };
    if (answer->status == 201) {
      made += ids(answer->body);
    } else if (answer->status == 207) {
      const std::string_view text = answer->body;
      const std::size_t success = text.find("\"success\"");
      std::size_t conflicts = 0, problems = 0;
      for (std::size_t at = 0; (at = text.find("\"entityId\"", at)) != std::string_view::npos; ++at) ++problems;
      for (std::size_t at = 0; (at = text.find("AlreadyExists", at)) != std::string_view::npos; ++at) ++conflicts;
      if (conflicts < problems) return fail(ErrorCode::kBadRequestData, problem(*answer));
      if (success != std::string_view::npos) made += until - from - problems;
    } else {
      return fail(answer->status == 503 || answer->status == 429 ? ErrorCode::kUnavailable : ErrorCode::kBadRequestData,
                  problem(*answer));
    }
  }
  return made;
}

Result<Server::Taken> Server::report(std::string_view ndjson) {
  const auto answer = ask("POST", "/iot/ndjson", ndjson, "application/x-ndjson");
  if (!answer) return tl::unexpected(answer.error());
  if (answer->status == 503 || answer->status == 429 || answer->status == 507)
    return fail(ErrorCode::kUnavailable, problem(*answer));
  if (answer->status >= 300) return fail(ErrorCode::kBadRequestData, problem(*answer));
  Taken taken{number_in(answer->body, "accepted"), number_in(answer->body, "rejected"), {}};
  if (taken.rejected > 0) taken.first_fault = answer->body.substr(0, 300);
  return taken;
}

}  // namespace tsunagu::sim
