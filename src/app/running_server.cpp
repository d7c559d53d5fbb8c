#include "app/running_server.h"

#include <fmt/format.h>

#include <fstream>
#include <utility>

#include "app/load_calls.h"
#include "base/text.h"
#include "gateway/http/client.h"

namespace tsunagu::app {

Result<std::string> ask_server(const RunningServer& server, const std::string& method, const std::string& path,
                               std::string json) {
  gateway::FetchOptions options;
  options.method = method;
  options.body = std::move(json);
  options.timeout = std::chrono::seconds(60);
  if (!options.body.empty()) options.headers.emplace_back("Content-Type", "application/json");
  if (!server.key_file.empty()) {
    std::ifstream in(server.key_file);
    std::string key;
    if (!std::getline(in, key))
      return fail(ErrorCode::kInvalidRequest, server.key_file + " holds no key (tsunagu key add)");
    options.headers.emplace_back("Authorization", "Bearer " + std::string(trim(key)));
  }
  auto answer = gateway::fetch_now(server.address + path, options);
  if (!answer) return tl::unexpected(answer.error());
  if (answer->status < 300) return std::move(answer->body);
  return fail(ErrorCode::kInvalidRequest, fmt::format("{} answers with status {}: {}", server.address, answer->status,
                                                      problem_text(answer->status, answer->body)));
}

}  // namespace tsunagu::app
