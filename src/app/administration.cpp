#include "app/administration.h"

#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <future>
#include <iostream>

#include "app/trust_parts.h"
#include "base/log.h"
#include "base/text.h"
#include "gateway/http/client.h"
#include "store/embedded.h"
#include "store/sealing.h"
#include "trust/sign_in/document_text.h"

namespace tsunagu::app {
namespace {

namespace fs = std::filesystem;

Result<std::string> answer_of(unsigned status, const std::string& body, const std::string& where) {
  std::string json;
  if (!body.empty() && !append_canonical_json(json, body)) {
    return fail(ErrorCode::kInternalError, where + ": the answer is not what a Tsunagu server answers");
  }
  if (status < 300) return json;
  std::string detail = trust::text_in(json, "detail");
  if (status == 401) detail += "; give a key with the right \"accounts\": --key-file FILE";
  return fail(ErrorCode::kInvalidRequest,
              detail.empty() ? fmt::format("{} answers with status {}", where, status) : detail);
}

class RemoteAdministration final : public Administration {
 public:
  RemoteAdministration(std::string at, std::string key) : at_(std::move(at)), key_(std::move(key)) {}
  Result<std::string> ask(const std::string& method, const std::string& path, const std::string& body) override {
    gateway::FetchOptions options;
    options.method = method;
    options.body = body;
    options.timeout = std::chrono::seconds(60);
    options.max_redirects = 0;  // the key is for this server
    if (!body.empty()) options.headers.emplace_back("Content-Type", "application/json");
    if (!key_.empty()) options.headers.emplace_back("Authorization", "Bearer " + key_);
    const auto answer = gateway::fetch_now(at_ + path, options);
    if (!answer) return tl::unexpected(answer.error());
    return answer_of(answer->status, answer->body, at_);
  }

 private:
  const std::string at_, key_;
};

class FolderRequest final : public gateway::Request {
 public:
  FolderRequest(std::string method, std::string path, std::string body)
      : method_(std::move(method)), path_(std::move(path)), size_(body.size()), body_(std::move(body)) {
    body_.resize(size_ + 64);
    set_caller(gateway::open_caller());
  }
  std::string_view method() const override { return method_; }
  std::string_view target() const override { return path_; }
  std::string_view path() const override { return path_; }
  std::string_view body() const override { return std::string_view(body_).substr(0, size_); }
  std::string_view header(std::string_view) const override { return {}; }
  bool has_header(std::string_view) const override { return false; }
  std::string_view peer() const override { return "command line"; }

 private:
  const std::string method_, path_;
  const std::size_t size_;
  std::string body_;
};

class FolderSink final : public gateway::Reply::Sink {
 public:
  explicit FolderSink(std::promise<gateway::Response> answer) : answer_(std::move(answer)) {}
  void send(gateway::Response response) override { answer_.set_value(std::move(response)); }
  void stream(gateway::Response, std::unique_ptr<gateway::BodyStream>) override { refuse(); }
  void live(gateway::Response, std::unique_ptr<gateway::LiveStream>) override { refuse(); }
  void defer(std::function<void()> work) override { work(); }
  bool client_gone() const override { return false; }

 private:
  void refuse() { send(gateway::problem({ErrorCode::kInternalError, "this answer is for a server only"})); }
  std::promise<gateway::Response> answer_;
};

class FolderAdministration final : public Administration {
 public:
  FolderAdministration(std::unique_ptr<store::Store> store, std::unique_ptr<TrustParts> parts)
      : store_(std::move(store)), parts_(std::move(parts)) {
    parts_->add_routes(router_, document_, workbench_);
  }
  ~FolderAdministration() override {
    workbench_.stop();
    parts_->stop();
    store_->stop();
  }
  Result<std::string> ask(const std::string& method, const std::string& path, const std::string& body) override {
    std::promise<gateway::Response> promise;
    auto answer = promise.get_future();
    router_.dispatch(std::make_shared<FolderRequest>(method, path, body),
                     gateway::Reply(std::make_shared<FolderSink>(std::move(promise))));
    const gateway::Response response = answer.get();
    return answer_of(response.status, response.body, "the data folder");
  }

 private:
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<TrustParts> parts_;
  Workbench workbench_{1};
  gateway::openapi::Document document_;
  gateway::Router router_;
};

}  // namespace

void add_administration_options(CommandLine& command, AdministrationOptions& options) {
  command.option("--data", options.data, "Data folder, of a server that runs or not");
  command.option("--data-key-file", options.data_key_file, "File of its data key, when it is sealed");
  command.option("--at", options.at, "Address of a server on another machine");
  command.option("--key-file", options.key_file, "File with a key for it that has the right \"accounts\"");
}

Result<std::unique_ptr<Administration>> Administration::open(const AdministrationOptions& o) {
  log::configure(log::Level::kError, log::Format::kText);
  if (o.data.empty() == o.at.empty()) {
    return fail(ErrorCode::kInvalidRequest, "give either --data DIR (on this machine) or --at URL --key-file FILE");
  }
  if (!o.at.empty()) {
    std::string key;
    if (!o.key_file.empty()) {
      auto read = read_key(o.key_file);
      if (!read) return tl::unexpected(read.error());
      key = std::move(*read);
    }
    return std::make_unique<RemoteAdministration>(o.at, std::move(key));
  }
  if (!o.data_key_file.empty()) {
    if (auto used = store::use_data_keys(o.data_key_file); !used) return tl::unexpected(used.error());
  }
  store::EmbeddedOptions embedded;
  embedded.folder = o.data;
  auto store = store::open_embedded(std::move(embedded));
  const fs::path trust = fs::path(o.data) / "trust";
  if (!store && store.error().code == ErrorCode::kConflict) {
    const auto url = read_key(trust / "server.url"), key = read_key(trust / "operator.key");
    if (!url || !key) return fail(ErrorCode::kConflict, store.error().detail + ", without sign-in: stop it first");
    return std::make_unique<RemoteAdministration>(*url, *key);
  }
  if (!store) return tl::unexpected(store.error());
  TrustOptions options;
  options.auth = "on";
  options.data = o.data;
  options.public_url = "http://127.0.0.1:1026";
  auto parts = TrustParts::make(**store, std::move(options));
  if (!parts) {
    (*store)->stop();
    return tl::unexpected(parts.error());
  }
  return std::make_unique<FolderAdministration>(std::move(*store), std::move(*parts));
}

int report_error(const Error& error) {
  std::fprintf(stderr, "tsunagu: %s: %s\n", info(error.code).title, error.detail.c_str());
  return 1;
}

Result<std::string> read_key(const std::string& file) {
  std::ifstream in(file);
  std::string line;
  if (!std::getline(in, line) || trim(line).empty())
    return fail(ErrorCode::kInvalidRequest, file + ": there is no key in it");
  return std::string(trim(line));
}

bool use_key(const std::string& file, std::string& key) {
  if (file.empty()) return true;
  auto read = read_key(file);
  if (!read) return report_error(read.error()) == 0;
  key = std::move(*read);
  return true;
}

Result<std::string> ask_secret(const std::string& prompt, bool twice) {
  const auto read = [](const std::string& text) {
    std::string line;
    const bool person = ::isatty(STDIN_FILENO) != 0;
    termios shown{};
    if (person) {
      ::tcgetattr(STDIN_FILENO, &shown);
      termios hidden = shown;
      hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
      ::tcsetattr(STDIN_FILENO, TCSANOW, &hidden);
      std::fprintf(stderr, "%s: ", text.c_str());
    }
    std::getline(std::cin, line);
    if (person) {
      ::tcsetattr(STDIN_FILENO, TCSANOW, &shown);
      std::fprintf(stderr, "\n");
    }
    return line;
  };
  std::string secret = read(prompt);
  if (secret.empty()) return fail(ErrorCode::kInvalidRequest, "nothing was entered");
  if (twice && ::isatty(STDIN_FILENO) != 0 && read("Again") != secret) {
    return fail(ErrorCode::kInvalidRequest, "the two are not the same");
  }
  return secret;
}

}  // namespace tsunagu::app
