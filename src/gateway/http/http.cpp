#include "gateway/http/http.h"

#include "base/url.h"

namespace tsunagu::gateway {

Response problem(const Error& error) {
  Response response;
  response.status = info(error.code).status;
  response.content_type = "application/json";
  response.body = problem_json(error);
  return response;
}

Reply& Reply::operator=(Reply&& other) noexcept {
  Reply old(std::move(other));
  sink_.swap(old.sink_);
  return *this;
}

Reply::~Reply() {
  if (sink_) send(Error{ErrorCode::kInternalError, "The request was given up before it was answered."});
}

void Reply::send(Response response) {
  if (const auto sink = std::move(sink_)) sink->send(std::move(response));
}

void Reply::send(const Error& error) {
  send(problem(error));
}

void Reply::stream(Response head, std::unique_ptr<BodyStream> body) {
  if (const auto sink = std::move(sink_)) sink->stream(std::move(head), std::move(body));
}

void Reply::live(Response head, std::unique_ptr<LiveStream> stream) {
  if (const auto sink = std::move(sink_)) sink->live(std::move(head), std::move(stream));
}

void Reply::defer(std::function<void()> work) {
  if (sink_) sink_->defer(std::move(work));
}

bool Reply::client_gone() const {
  return !sink_ || sink_->client_gone();
}

Result<QueryString> QueryString::parse(std::string_view target) {
  QueryString query;
  const auto mark = target.find('?');
  if (mark == std::string_view::npos) return query;
  auto parameters = parse_query(target.substr(mark + 1));
  if (!parameters) return tl::unexpected(std::move(parameters.error()));
  for (auto& [name, value] : *parameters) {
    if (name.find('\0') != std::string::npos || value.find('\0') != std::string::npos) {
      return fail(ErrorCode::kInvalidRequest, "A query parameter has a NUL character in it.");
    }
    query.items_.emplace_back(std::move(name), std::move(value));
  }
  return query;
}

std::optional<std::string_view> QueryString::get(std::string_view name) const {
  for (auto item = items_.rbegin(); item != items_.rend(); ++item) {
    if (item->first == name) return item->second;
  }
  return std::nullopt;
}

}  // namespace tsunagu::gateway
