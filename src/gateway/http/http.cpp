#include "gateway/http/http.h"

#include "gateway/http/percent.h"

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

void Reply::defer(std::function<void()> work) {
  if (sink_) sink_->defer(std::move(work));
}

bool Reply::client_gone() const {
  return !sink_ || sink_->client_gone();
}

Result<QueryString> QueryString::parse(std::string_view target) {
  QueryString query;
  const auto mark = target.find('?');
  std::string_view rest = mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
  while (!rest.empty()) {
    const auto end = rest.find('&');
    const std::string_view item = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    if (item.empty()) continue;
    const auto equals = item.find('=');
    std::string name;
    std::string value;
    const std::string_view raw_value = equals == std::string_view::npos ? std::string_view{} : item.substr(equals + 1);
    if (!percent_decode(item.substr(0, equals), Plus::kSpace, name)) {
      return bad("The name of a query parameter is not valid percent-encoded UTF-8.");
    }
    if (!percent_decode(raw_value, Plus::kSpace, value)) {
      return bad("The value of query parameter '" + name + "' is not valid percent-encoded UTF-8.");
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
