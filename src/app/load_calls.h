// Requests of `tsunagu load` to the broker, and what it adds to the past.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "app/load_upload.h"
#include "gateway/http/client.h"

namespace tsunagu::app {

/// What the broker answers with, as canonical JSON; empty when it is no JSON.
std::string canonical(const std::string& body);
/// The problem that an answer tells of.
std::string problem_text(unsigned status, const std::string& body);

class Calls {
 public:
  explicit Calls(const UploadSettings& settings) : settings_(settings) {}

  /// kUnavailable when the broker is busy or away. An answer with another status is a result.
  Result<gateway::FetchResponse> post(const std::string& path, std::string body, bool own_contexts) const;
  Result<gateway::FetchResponse> get(const std::string& path) const;

 private:
  Result<gateway::FetchResponse> call(const std::string& path, gateway::FetchOptions options, bool own_contexts) const;
  const UploadSettings& settings_;
};

/// Adds what the broker does not remember of an entity. To be called again after kUnavailable: nothing is added twice.
struct PastSent {
  std::size_t added = 0, known = 0;
};
Result<PastSent> send_past(const UploadSettings& settings, const std::string& id,
                           std::vector<std::pair<std::string, std::string>> values);

}  // namespace tsunagu::app
