// Notifications over https: what certificate is believed.
#include <openssl/ssl.h>

#include <csignal>

#include "gateway/notify/notifier.h"
#include "unit/gateway/notify/certificate.h"
#include "unit/gateway/notify/fake_source.h"
#include "unit/gateway/notify/sink.h"

namespace tsunagu::gateway::notify {
namespace {

// Answers every request over TLS with 200.
class TlsSink {
 public:
  explicit TlsSink(const Certificate& certificate)
      : context_(SSL_CTX_new(TLS_server_method()), SSL_CTX_free), sink_([this](Peer& peer) { serve(peer); }) {
    SSL_CTX_use_certificate_file(context_.get(), certificate.certificate_file.c_str(), SSL_FILETYPE_PEM);
    SSL_CTX_use_PrivateKey_file(context_.get(), certificate.key_file.c_str(), SSL_FILETYPE_PEM);
    std::signal(SIGPIPE, SIG_IGN);
  }
  std::string url(const std::string& host) const {
    return "https://" + host + ":" + std::to_string(sink_.port()) + "/";
  }
  int connections() const { return sink_.connections(); }

 private:
  void serve(Peer& peer) {
    SSL* ssl = SSL_new(context_.get());
    SSL_set_fd(ssl, peer.fd());
    if (SSL_accept(ssl) == 1) {
      std::string read;
      char buffer[4096];
      for (int n; (n = SSL_read(ssl, buffer, sizeof buffer)) > 0;) {
        read.append(buffer, static_cast<std::size_t>(n));
        // The body of a test's notice is not empty and comes with its head, or right behind it.
        if (const auto end = read.find("\r\n\r\n"); end == std::string::npos || end + 4 == read.size()) continue;
        read.clear();
        constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        SSL_write(ssl, kAnswer.data(), static_cast<int>(kAnswer.size()));
      }
    }
    SSL_free(ssl);
  }

  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  Sink sink_;
};

// Reason of the first attempt's failure, "" when it was delivered.
std::string outcome(FakeSource& source, const std::string& uri, const std::string& ca_file, std::uint64_t notices = 1) {
  source.at("s", uri);
  NotifyOptions options;
  options.ca_file = ca_file;
  options.back_off.first = options.back_off.longest = std::chrono::hours(1);
  auto notifier = Notifier::start(options, source);
  EXPECT_TRUE(notifier);
  for (std::uint64_t i = 0; i < notices; ++i) {
    (*notifier)->deliver({source.notice(i, "s")});
    source.wait_for("ended", i + 1);
  }
  return source.events("ended")[0].reason;
}

TEST(NotifyTls, DeliversWhereTheCertificateIsTrusted) {
  const Certificate certificate("IP:127.0.0.1,DNS:localhost");
  TlsSink sink(certificate);
  FakeSource by_address, by_name;
  EXPECT_EQ(outcome(by_address, sink.url("127.0.0.1"), certificate.certificate_file, 20), "");
  EXPECT_EQ(sink.connections(), 1);
  EXPECT_EQ(outcome(by_name, sink.url("localhost"), certificate.certificate_file), "");
}

TEST(NotifyTls, RefusesCertificates) {
  const Certificate good("IP:127.0.0.1"), other_host("DNS:example.org"), expired("IP:127.0.0.1", -60);
  {
    TlsSink sink(good);
    FakeSource source;
    EXPECT_NE(outcome(source, sink.url("127.0.0.1"), "").find("certificate is refused: self-signed"),
              std::string::npos);
  }
  {
    TlsSink sink(other_host);
    FakeSource source;
    EXPECT_NE(outcome(source, sink.url("127.0.0.1"), other_host.certificate_file).find("certificate is refused: IP"),
              std::string::npos);
  }
  {
    TlsSink sink(expired);
    FakeSource source;
    EXPECT_NE(outcome(source, sink.url("127.0.0.1"), expired.certificate_file).find("expired"), std::string::npos);
  }
}

TEST(NotifyTls, NoTlsThere) {
  Sink plain([](Peer& peer) {
    peer.write("HTTP/1.1 400 This is HTTP\r\n\r\n");
    peer.wait_for_end();
  });
  FakeSource source;
  EXPECT_NE(outcome(source, "https://127.0.0.1:" + std::to_string(plain.port()) + "/", "").find("no TLS"),
            std::string::npos);
}

}  // namespace
}  // namespace tsunagu::gateway::notify
