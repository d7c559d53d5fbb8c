#include "gateway/mcp/inner.h"

#include <array>
#include <memory>
#include <utility>

namespace tsunagu::gateway::mcp {
namespace {

class InnerRequest final : public Request {
 public:
  InnerRequest(std::string target, const Request& outer)
      : target_(std::move(target)), tenant_(outer.header("NGSILD-Tenant")), peer_(outer.peer()) {
    set_caller(outer.caller());
  }

  std::string_view method() const override { return "GET"; }
  std::string_view target() const override { return target_; }
  std::string_view path() const override { return std::string_view(target_).substr(0, target_.find('?')); }
  std::string_view body() const override { return {kNothing.data(), 0}; }
  std::string_view header(std::string_view name) const override {
    if (name == "NGSILD-Tenant") return tenant_;
    return name == "Accept" || name == "accept" ? "application/json" : "";
  }
  bool has_header(std::string_view name) const override { return !header(name).empty(); }
  std::string_view peer() const override { return peer_; }

 private:
  static constexpr std::array<char, 64> kNothing{};
  std::string target_, tenant_, peer_;
};

class InnerSink final : public Reply::Sink, public std::enable_shared_from_this<InnerSink> {
 public:
  InnerSink(Reply outer, std::size_t max_bytes, std::function<void(Response, Reply)> done)
      : outer_(std::move(outer)), max_bytes_(max_bytes), done_(std::move(done)) {}

  void send(Response response) override {
    if (response.body.size() > max_bytes_) response = too_large();
    done_(std::move(response), std::move(outer_));
  }
  void stream(Response head, std::unique_ptr<BodyStream> body) override {
    collected_ = std::move(head);
    body_ = std::move(body);
    collect();
  }
  void live(Response, std::unique_ptr<LiveStream>) override {
    send(problem({ErrorCode::kInternalError, "An answer without end cannot be part of another."}));
  }
  void defer(std::function<void()> work) override { outer_.defer(std::move(work)); }
  bool client_gone() const override { return outer_.client_gone(); }

 private:
  void collect() {
    outer_.defer([self = shared_from_this()] {
      const bool more = self->body_->next(self->collected_.body);
      if (more && self->collected_.body.size() <= self->max_bytes_) return self->collect();
      self->body_.reset();
      self->send(std::move(self->collected_));
    });
  }
  Response too_large() const {
    return problem(
        {ErrorCode::kContentTooLarge, "The answer has more than " + std::to_string(max_bytes_ >> 10) +
                                          " KiB: ask for fewer entities, fewer attributes or a shorter time."});
  }

  Reply outer_;
  const std::size_t max_bytes_;
  const std::function<void(Response, Reply)> done_;
  Response collected_;
  std::unique_ptr<BodyStream> body_;
};

}  // namespace

void ask(const Dispatch& dispatch, std::string target, const Request& outer, Reply reply, std::size_t max_bytes,
         std::function<void(Response, Reply)> done) {
  auto request = std::make_shared<InnerRequest>(std::move(target), outer);
  dispatch(std::move(request), Reply(std::make_shared<InnerSink>(std::move(reply), max_bytes, std::move(done))));
}

}  // namespace tsunagu::gateway::mcp
