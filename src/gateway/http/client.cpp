#include "gateway/http/client.h"

#include <curl/curl.h>
#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "base/version.h"
#include "gateway/http/request_head.h"

namespace tsunagu::gateway {
namespace {

constexpr long kConnectionsAtOnce = 64;
constexpr long kConnectionsPerHost = 8;
constexpr int kWaitMs = 60'000;  // curl wakes up earlier for its own timers

struct EasyDeleter {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using Easy = std::unique_ptr<CURL, EasyDeleter>;

struct ListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, ListDeleter>;

void start_curl() {
  static const CURLcode once = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)once;
}

// One request and what has come of its answer; curl keeps its address.
struct Transfer {
  Transfer(std::string given_url, FetchOptions given_options, const AddressRules& given_rules)
      : url(std::move(given_url)), options(std::move(given_options)), rules(given_rules) {}

  std::string url;
  FetchOptions options;
  const AddressRules& rules;
  std::string refused;  // the address that may not be connected to
  FetchResponse response;
  bool too_large = false;
  List headers;
  char fault[CURL_ERROR_SIZE] = "";

  void prepare(CURL* handle);
  FetchResult result(CURL* handle, CURLcode code);
};

std::size_t on_body(const char* data, std::size_t, std::size_t size, void* user) {
  Transfer& transfer = *static_cast<Transfer*>(user);
  transfer.too_large = size > transfer.options.max_bytes - transfer.response.body.size();
  if (transfer.too_large) return CURL_WRITEFUNC_ERROR;
  transfer.response.body.append(data, size);
  return size;
}

std::size_t on_header(const char* data, std::size_t, std::size_t size, void* user) {
  FetchResponse& response = static_cast<Transfer*>(user)->response;
  std::string_view line(data, size);
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
  if (line.starts_with("HTTP/")) {  // a further answer: after a redirect or 100 Continue
    response.headers.clear();
    response.body.clear();
  } else if (const auto colon = line.find(':'); colon != std::string_view::npos) {
    const auto value = std::min(line.find_first_not_of(" \t", colon + 1), line.size());
    response.headers.emplace_back(line.substr(0, colon), line.substr(value));
  }
  return size;
}

/// Opens the socket for an address, once its name has been looked up: the place to refuse it.
curl_socket_t on_socket(void* user, curlsocktype, curl_sockaddr* address) {
  Transfer& transfer = *static_cast<Transfer*>(user);
  if (!transfer.rules.allows(address->addr)) {
    char digits[NI_MAXHOST] = "";
    ::getnameinfo(&address->addr, address->addrlen, digits, sizeof digits, nullptr, 0, NI_NUMERICHOST);
    transfer.refused = digits;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

void append_header(List& list, const std::string& line) {
  if (curl_slist* longer = curl_slist_append(list.get(), line.c_str())) {
    (void)list.release();
    list.reset(longer);
  }
}

void Transfer::prepare(CURL* handle) {
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(handle, CURLOPT_MAXREDIRS, static_cast<long>(options.max_redirects));
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(options.timeout.count()));
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_QUICK_EXIT, 1L);  // a name server that does not answer must not hold up stop()
  curl_easy_setopt(handle, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(handle, CURLOPT_USERAGENT, ("Tsunagu/" + std::string(version())).c_str());
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, fault);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(handle, CURLOPT_PRIVATE, this);
  if (!rules.everything()) {
    curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, on_socket);
    curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, this);
  }
  const bool has_body =
      !options.body.empty() || options.method == "POST" || options.method == "PUT" || options.method == "PATCH";
  if (options.method == "HEAD") {
    curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
  } else if (has_body) {
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(options.body.size()));
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, options.body.c_str());
  }
  if (options.method != "HEAD" && options.method != (has_body ? "POST" : "GET")) {
    curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, options.method.c_str());
  }
  for (const auto& [name, value] : options.headers) {
    append_header(headers, value.empty() ? name + ";" : name + ": " + value);
  }
  append_header(headers, "Expect:");
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
}

FetchResult Transfer::result(CURL* handle, CURLcode code) {
  if (code == CURLE_OK) {
    long status = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    response.status = static_cast<unsigned>(status);
    const char* last = nullptr;
    curl_easy_getinfo(handle, CURLINFO_EFFECTIVE_URL, &last);
    if (last != nullptr) response.url = last;
    return std::move(response);
  }
  if (too_large) {
    return fail(ErrorCode::kContentTooLarge,
                url + " answers with more than " + std::to_string(options.max_bytes) + " bytes");
  }
  if (!refused.empty()) return fail(ErrorCode::kForbidden, url + ": " + AddressRules::refusal(refused));
  if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL) {
    return fail(ErrorCode::kInvalidRequest, "'" + url + "' is not an http or https URL");
  }
  return fail(ErrorCode::kUnavailable, url + ": " + (fault[0] != '\0' ? fault : curl_easy_strerror(code)));
}

}  // namespace

std::optional<std::string_view> FetchResponse::header(std::string_view name) const {
  for (const auto& [header_name, value] : headers) {
    if (same_ignoring_case(header_name, name)) return value;
  }
  return std::nullopt;
}

class HttpClient::Worker {
 public:
  explicit Worker(AddressRules rules) : rules_(std::move(rules)), multi_(curl_multi_init()) {
    curl_multi_setopt(multi_, CURLMOPT_MAX_TOTAL_CONNECTIONS, kConnectionsAtOnce);
    curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, kConnectionsPerHost);
    thread_ = std::thread([this] { run(); });
  }
  ~Worker() {
    stop();
    curl_multi_cleanup(multi_);
  }

  void fetch(std::string url, FetchOptions options, std::function<void(FetchResult)> done) {
    auto job = std::make_unique<Job>(std::move(url), std::move(options), rules_, std::move(done));
    {
      const std::lock_guard lock(mutex_);
      if (!stopping_) {
        waiting_.push_back(std::move(job));
        curl_multi_wakeup(multi_);
        return;
      }
    }
    break_off(*job);
  }

  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    curl_multi_wakeup(multi_);
    if (thread_.joinable()) thread_.join();
  }

 private:
  struct Job {
    Job(std::string url, FetchOptions options, const AddressRules& rules, std::function<void(FetchResult)> given_done)
        : transfer(std::move(url), std::move(options), rules), done(std::move(given_done)) {}
    Transfer transfer;
    std::function<void(FetchResult)> done;
    Easy handle;
  };

  static void break_off(Job& job) {
    job.done(fail(ErrorCode::kUnavailable, job.transfer.url + ": broken off, the program is stopping"));
  }

  void run() {
    while (take_waiting()) {
      int running = 0;
      curl_multi_perform(multi_, &running);
      finish_done();
      curl_multi_poll(multi_, nullptr, 0, kWaitMs, nullptr);
    }
    for (const auto& [handle, job] : jobs_) {
      curl_multi_remove_handle(multi_, handle);
      break_off(*job);
    }
    jobs_.clear();
  }

  // False when it is time to stop.
  bool take_waiting() {
    std::vector<std::unique_ptr<Job>> jobs;
    bool stopping = false;
    {
      const std::lock_guard lock(mutex_);
      jobs.swap(waiting_);
      stopping = stopping_;
    }
    for (auto& job : jobs) {
      job->handle.reset(curl_easy_init());
      job->transfer.prepare(job->handle.get());
      curl_multi_add_handle(multi_, job->handle.get());
      CURL* handle = job->handle.get();
      jobs_.emplace(handle, std::move(job));
    }
    return !stopping;
  }

  void finish_done() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      CURL* handle = message->easy_handle;
      const CURLcode code = message->data.result;
      const auto found = jobs_.find(handle);
      if (found == jobs_.end()) continue;
      const auto job = std::move(found->second);
      jobs_.erase(found);
      curl_multi_remove_handle(multi_, handle);
      job->done(job->transfer.result(handle, code));
    }
  }

  const AddressRules rules_;
  CURLM* multi_;
  std::unordered_map<CURL*, std::unique_ptr<Job>> jobs_;  // of the thread
  std::mutex mutex_;
  std::vector<std::unique_ptr<Job>> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

HttpClient::HttpClient(AddressRules rules) {
  start_curl();
  worker_ = std::make_unique<Worker>(std::move(rules));
}
HttpClient::~HttpClient() = default;

void HttpClient::fetch(std::string url, FetchOptions options, std::function<void(FetchResult)> done) {
  worker_->fetch(std::move(url), std::move(options), std::move(done));
}

void HttpClient::stop() {
  worker_->stop();
}

FetchResult fetch_now(const std::string& url, const FetchOptions& options, const AddressRules& rules) {
  start_curl();
  thread_local const Easy handle(curl_easy_init());
  Transfer transfer(url, options, rules);
  transfer.prepare(handle.get());
  const CURLcode code = curl_easy_perform(handle.get());
  FetchResult result = transfer.result(handle.get(), code);
  curl_easy_reset(handle.get());  // forgets `transfer`, keeps the connections
  return result;
}

}  // namespace tsunagu::gateway
