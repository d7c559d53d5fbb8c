// The yardstick of `make bench`: the HTTP layer alone. Every GET is answered with the same 600 bytes of
// application/json. Usage: bench_static [--port N] [--threads N]; prints the address and serves until SIGTERM or
// SIGINT.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "gateway/http/server.h"

int main(int argc, char** argv) {
  namespace gateway = tsunagu::gateway;
  gateway::ServerOptions options;
  options.port = 0;
  options.threads = 1;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view flag = argv[i];
    const int value = std::atoi(argv[i + 1]);
    if (flag == "--port") options.port = static_cast<std::uint16_t>(value);
    if (flag == "--threads") options.threads = value;
  }
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  constexpr std::string_view kStart =
      R"({"id":"urn:ngsi-ld:Static:1","type":"Static","text":{"type":"Property","value":")";
  constexpr std::string_view kEnd = "\"}}";
  std::string body(kStart);
  body.append(600 - kStart.size() - kEnd.size(), 'x').append(kEnd);

  gateway::Router router;
  const auto handler = [&body](const gateway::RequestPtr&, const gateway::PathParameters&, gateway::Reply reply) {
    gateway::Response response;
    response.content_type = "application/json";
    response.body = body;
    reply.send(std::move(response));
  };
  router.add("GET", "/", handler);
  router.add("GET", "/static", handler);
  auto server = gateway::Server::start(options, std::move(router));
  if (!server) {
    std::fprintf(stderr, "%s\n", server.error().detail.c_str());
    return 1;
  }
  std::printf("http://127.0.0.1:%d/static\n", (*server)->port());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&signals, &signal);
  (*server)->stop(std::chrono::seconds(1));
  return 0;
}
