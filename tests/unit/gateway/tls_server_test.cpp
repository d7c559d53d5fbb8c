// The server over TLS: versions, certificates of both sides, new files while it runs.
#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <optional>

#include "gateway/http/tls.h"
#include "unit/gateway/notify/certificate.h"
#include "unit/gateway/test_server.h"

namespace tsunagu::gateway {
namespace {

using notify::Certificate;

/// Speaks TLS with whatever certificate the server shows.
class TlsClient {
 public:
  struct Wishes {
    int newest = TLS1_3_VERSION;
    const Certificate* own = nullptr;
    std::string_view protocol = {};  ///< ALPN
  };
  explicit TlsClient(std::uint16_t port) : TlsClient(port, Wishes()) {}
  TlsClient(std::uint16_t port, const Wishes& wishes)
      : context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free), socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    std::signal(SIGPIPE, SIG_IGN);
    SSL_CTX_set_max_proto_version(context_.get(), wishes.newest);
    if (wishes.own != nullptr) {
      SSL_CTX_use_certificate_file(context_.get(), wishes.own->certificate_file.c_str(), SSL_FILETYPE_PEM);
      SSL_CTX_use_PrivateKey_file(context_.get(), wishes.own->key_file.c_str(), SSL_FILETYPE_PEM);
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), socket_);
    if (!wishes.protocol.empty()) {
      std::string list(1, static_cast<char>(wishes.protocol.size()));
      list += wishes.protocol;
      SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(list.data()),
                          static_cast<unsigned>(list.size()));
    }
    connected_ = SSL_connect(ssl_.get()) == 1;
    ERR_clear_error();
  }
  ~TlsClient() {
    ssl_.reset();
    ::close(socket_);
  }
  bool connected() const { return connected_; }
  std::string protocol() const {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl_.get(), &name, &size);
    return std::string(reinterpret_cast<const char*>(name), size);
  }
  std::string version() const { return SSL_get_version(ssl_.get()); }
  /// The certificate that the server showed, as bytes.
  std::string shown() const {
    X509* certificate = SSL_get1_peer_certificate(ssl_.get());
    unsigned char* bytes = nullptr;
    const int size = i2d_X509(certificate, &bytes);
    std::string out(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(std::max(size, 0)));
    OPENSSL_free(bytes);
    X509_free(certificate);
    return out;
  }
  /// Sends `request` and gives the answer as it came, whole; "" when the connection broke.
  std::string ask(std::string_view request) {
    std::size_t sent = 0;
    if (!request.empty() && SSL_write_ex(ssl_.get(), request.data(), request.size(), &sent) != 1) return {};
    std::string got;
    for (;;) {
      if (const auto head = got.find("\r\n\r\n"); head != std::string::npos) {
        const auto length = got.find("Content-Length: ");
        if (length < head && got.size() >= head + 4 + std::strtoull(got.c_str() + length + 16, nullptr, 10)) return got;
        if (length > head && got.ends_with("\r\n0\r\n\r\n")) return got;
      }
      char buffer[16 << 10];
      std::size_t size = 0;
      if (SSL_read_ex(ssl_.get(), buffer, sizeof buffer, &size) != 1) return {};
      got.append(buffer, size);
    }
  }

 private:
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  int socket_;
  SslPtr ssl_;
  bool connected_ = false;
};

ServerOptions with(const Certificate& certificate) {
  ServerOptions options;
  options.tls.certificate = certificate.certificate_file;
  options.tls.key = certificate.key_file;
  return options;
}

void add_who(Router& router) {
  router.add("GET", "/who", [](const RequestPtr& request, const PathParameters&, Reply reply) {
    const ClientCertificate* shown = request->client_certificate();
    std::string text = request->secure() ? "secure" : "plain";
    if (shown != nullptr) text += " " + shown->subject + " " + shown->fingerprint;
    Response response;
    response.content_type = "text/plain";
    response.body = std::move(text);
    reply.send(std::move(response));
  });
}

TEST(TlsServer, SpeaksTls13AndHttp11) {
  const Certificate certificate("DNS:localhost");
  TestServer server(with(certificate), add_who);
  TlsClient client(server.port(), {.protocol = "http/1.1"});
  ASSERT_TRUE(client.connected());
  EXPECT_EQ(client.version(), "TLSv1.3");
  EXPECT_EQ(client.protocol(), "http/1.1");
  const std::string answer = client.ask(get("/who"));
  EXPECT_TRUE(answer.ends_with("\r\n\r\nsecure")) << answer;
  EXPECT_NE(answer.find("\r\nStrict-Transport-Security: max-age="), std::string::npos);
  EXPECT_TRUE(client.ask(get("/hello")).ends_with("hello"));
}

TEST(TlsServer, TakesNeitherOldVersionsNorOtherProtocols) {
  const Certificate certificate("DNS:localhost");
  TestServer strict(with(certificate));
  EXPECT_FALSE(TlsClient(strict.port(), {.newest = TLS1_2_VERSION}).connected());
  EXPECT_FALSE(TlsClient(strict.port(), {.protocol = "h2"}).connected());
  ServerOptions options = with(certificate);
  options.tls.tls12 = true;
  TestServer older(options);
  TlsClient client(older.port(), {.newest = TLS1_2_VERSION});
  EXPECT_EQ(client.version(), "TLSv1.2");
  EXPECT_TRUE(client.ask(get("/hello")).ends_with("hello"));
}

TEST(TlsServer, CarriesLargeBodiesBothWays) {
  const Certificate certificate("DNS:localhost");
  TestServer server(with(certificate));
  TlsClient client(server.port());
  const std::string body(3 << 20, 'x');
  EXPECT_TRUE(client.ask(post("/echo", body)).ends_with("\r\n\r\n" + body));
  EXPECT_TRUE(client.ask(get("/bytes/5000000")).ends_with(std::string(1000, 'b')));
  EXPECT_TRUE(client.ask(get("/digits/500")).ends_with("0\r\n\r\n"));
  EXPECT_TRUE(client.ask(get("/hello") + get("/peer")).find("hello") != std::string::npos);
}

TEST(TlsServer, TellsPlainHttpWhatToDo) {
  const Certificate certificate("DNS:localhost");
  TestServer server(with(certificate));
  const int plain = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(server.port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::connect(plain, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  const std::string request = get("/hello");
  ASSERT_EQ(::send(plain, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
  std::string got;
  char buffer[4096];
  for (ssize_t size; (size = ::recv(plain, buffer, sizeof buffer, 0)) > 0;)
    got.append(buffer, static_cast<std::size_t>(size));
  ::close(plain);
  EXPECT_TRUE(got.starts_with("HTTP/1.1 400 ")) << got;
  EXPECT_NE(got.find("https://"), std::string::npos);
}

TEST(TlsServer, ShowsANewCertificateAsSoonAsItIsThere) {
  using std::filesystem::copy_options;
  const Certificate first("DNS:localhost"), second("DNS:localhost");
  const Certificate shown("DNS:localhost");
  const auto put = [&shown](const std::string& certificate, const std::string& key) {
    std::filesystem::copy_file(certificate, shown.certificate_file, copy_options::overwrite_existing);
    std::filesystem::copy_file(key, shown.key_file, copy_options::overwrite_existing);
  };
  put(first.certificate_file, first.key_file);
  TestServer server(with(shown));
  TlsClient old(server.port());
  const std::string before = old.shown();
  put(second.certificate_file, second.key_file);
  TlsClient fresh(server.port());
  const std::string after = fresh.shown();
  EXPECT_NE(after, before);
  EXPECT_TRUE(old.ask(get("/hello")).ends_with("hello"));

  put(first.certificate_file, second.key_file);  // they do not fit
  EXPECT_EQ(TlsClient(server.port()).shown(), after);
  std::filesystem::resize_file(shown.certificate_file, 0);
  EXPECT_EQ(TlsClient(server.port()).shown(), after);
  std::filesystem::remove(shown.certificate_file);
  EXPECT_EQ(TlsClient(server.port()).shown(), after);
  put(first.certificate_file, first.key_file);
  EXPECT_EQ(TlsClient(server.port()).shown(), before);
}

TEST(TlsServer, KnowsClientsByTheirCertificates) {
  const Certificate certificate("DNS:localhost"), device("DNS:device"), stranger("DNS:stranger");
  ServerOptions options = with(certificate);
  options.tls.client_ca = device.certificate_file;
  TestServer server(options, add_who);
  EXPECT_TRUE(TlsClient(server.port()).ask(get("/who")).ends_with("\r\n\r\nsecure"));
  const std::string answer = TlsClient(server.port(), {.own = &device}).ask(get("/who"));
  const std::string known = answer.substr(answer.find("\r\n\r\n") + 4);
  EXPECT_TRUE(known.starts_with("secure CN=test ")) << known;
  EXPECT_EQ(known.size(), std::string("secure CN=test ").size() + 64);
  EXPECT_EQ(known.find_first_not_of("0123456789abcdef", 15), std::string::npos);
  EXPECT_EQ(TlsClient(server.port(), {.own = &stranger}).ask(get("/who")), "");
}

TEST(TlsServer, DoesNotStartWithWrongFiles) {
  const Certificate one("DNS:localhost"), other("DNS:localhost");
  ServerOptions options = with(one);
  options.tls.key = other.key_file;
  const auto started = Server::start(options, Router());
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::kInvalidRequest);
  EXPECT_NE(started.error().detail.find(other.key_file), std::string::npos);
  options.tls.certificate = "/nowhere/at.all";
  EXPECT_FALSE(Server::start(options, Router()));
}

}  // namespace
}  // namespace tsunagu::gateway
