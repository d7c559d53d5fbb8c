// HTTP as a client: http and https only, proxies from the environment, certificates checked.
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "gateway/http/address_rules.h"
#include "gateway/http/http.h"

namespace tsunagu::gateway {

struct FetchOptions {
  std::string method = "GET";
  std::vector<Header> headers;
  std::string body;                           ///< sent with a Content-Length, also when empty, by POST, PUT and PATCH
  std::chrono::milliseconds timeout{10'000};  ///< for everything: waiting, name, connection, redirects, body
  std::chrono::milliseconds connect_timeout{5'000};  ///< for name and connection
  std::size_t max_bytes = 16u << 20;                 ///< of the body, unpacked
  int max_redirects = 5;
};

struct FetchResponse {
  unsigned status = 0;
  std::vector<Header> headers;  ///< of the last answer when there were redirects
  std::string body;
  std::string url;  ///< where the answer came from in the end

  /// Value of the first header `name` (any case).
  std::optional<std::string_view> header(std::string_view name) const;
};

/// Any status is a response. Errors: kInvalidRequest (not an http or https URL), kContentTooLarge (more than
/// max_bytes), kUnavailable (no name, no connection, too slow, too many redirects, broken off; the detail says which).
using FetchResult = Result<FetchResponse>;

/// Any number of downloads at once on one thread. Thread-safe.
class HttpClient {
 public:
  /// Connects only where `rules` allow, also behind redirects. (With a proxy it is the proxy's address that is asked
  /// about: what it connects to is its own matter.)
  explicit HttpClient(AddressRules rules = {});
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Calls `done` once, on the client's thread: it must not block. May be called from `done`.
  void fetch(std::string url, FetchOptions options, std::function<void(FetchResult)> done);
  /// Breaks off what is under way (kUnavailable) and ends the thread; fetch() fails at once from then on. Not from
  /// `done`.
  void stop();

 private:
  class Worker;
  std::unique_ptr<Worker> worker_;
};

/// Fetches while the caller waits, for command-line tools. Each thread keeps its connections open for the next call.
FetchResult fetch_now(const std::string& url, const FetchOptions& options = {}, const AddressRules& rules = {});

}  // namespace tsunagu::gateway
