#include "gateway/http/exchange.h"

#include "gateway/http/connection.h"
#include "gateway/http/loop.h"

namespace tsunagu::gateway {

std::string_view Exchange::peer() const {
  return connection_->peer();
}

bool Exchange::secure() const {
  return connection_->secure();
}

const ClientCertificate* Exchange::client_certificate() const {
  return connection_->client_certificate();
}

void Exchange::send(Response answer) {
  response = std::move(answer);
  answered();
}

void Exchange::stream(Response answer, std::unique_ptr<BodyStream> source) {
  response = std::move(answer);
  body_stream = std::move(source);
  answered();
}

void Exchange::live(Response answer, std::unique_ptr<LiveStream> source) {
  live_stream = source.get();
  stream(std::move(answer), std::move(source));
}

void Exchange::answered() {
  if (connection_->loop().here()) {
    deliver();
  } else {
    connection_->loop().answered(shared_from_this());
  }
}

void Exchange::deliver() {
  ready = true;
  connection_->answer(*this);
}

void Exchange::defer(std::function<void()> work) {
  connection_->loop().defer(std::move(work));
}

bool Exchange::client_gone() const {
  return connection_->gone();
}

}  // namespace tsunagu::gateway
