// Mail, to a server that takes one message at a time.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>
#include <string>
#include <thread>

#include "gateway/mail/mail.h"
#include "trust/keys.h"

namespace tsunagu::gateway {
namespace {

using ::testing::HasSubstr;

/// Speaks as much SMTP as one mail needs, and keeps what it was told. Refuses the receiver if `refuses`.
class OneMail {
 public:
  explicit OneMail(bool refuses) : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(listener_, 1), 0);
    socklen_t size = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
    thread_ = std::thread([this, refuses] { serve(refuses); });
  }
  ~OneMail() {
    thread_.join();
    ::close(listener_);
  }
  int port = 0;
  std::promise<std::string> heard;

 private:
  void serve(bool refuses) {
    const int client = ::accept(listener_, nullptr, nullptr);
    std::string all, line;
    const auto say = [client](const char* text) { (void)!::write(client, text, std::char_traits<char>::length(text)); };
    say("220 test\r\n");
    bool data = false;
    for (char c; ::read(client, &c, 1) == 1;) {
      line += c;
      if (c != '\n') continue;
      all += line;
      if (data) {
        if (line == ".\r\n") {
          data = false;
          say("250 taken\r\n");
        }
      } else if (line.starts_with("DATA")) {
        data = true;
        say("354 go on\r\n");
      } else if (line.starts_with("RCPT") && refuses) {
        say("550 nobody of that name\r\n");
      } else if (line.starts_with("QUIT")) {
        say("221 bye\r\n");
      } else {
        say("250 ok\r\n");
      }
      line.clear();
    }
    ::close(client);
    heard.set_value(all);
  }
  const int listener_;
  std::thread thread_;
};

std::string send(Mailer& mailer, Mail mail) {
  std::promise<std::string> done;
  mailer.send(std::move(mail), [&done](std::string fault) { done.set_value(std::move(fault)); });
  return done.get_future().get();
}

TEST(Mails, ReachTheServer) {
  OneMail server(false);
  auto heard = server.heard.get_future();
  Mailer mailer({"smtp://127.0.0.1:" + std::to_string(server.port), "tsunagu@example.org", "", ""});
  EXPECT_EQ(send(mailer, {"sato@example.org", "【重大】水位計が黙っています", "本文です\n.\n"}), "");
  const std::string all = heard.get();
  EXPECT_THAT(all, HasSubstr("MAIL FROM:<tsunagu@example.org>"));
  EXPECT_THAT(all, HasSubstr("RCPT TO:<sato@example.org>"));
  EXPECT_THAT(all, HasSubstr("Subject: =?UTF-8?B?"));
  EXPECT_THAT(all, HasSubstr(trust::to_base64("本文です\n.\n")));
}

TEST(Mails, ThatNobodyTakesAreTold) {
  {
    OneMail server(true);
    Mailer mailer({"smtp://127.0.0.1:" + std::to_string(server.port), "tsunagu@example.org", "", ""});
    EXPECT_THAT(send(mailer, {"sato@example.org", "x", "y"}), HasSubstr("550"));
  }
  Mailer mailer({"smtp://127.0.0.1:1", "tsunagu@example.org", "", ""});
  EXPECT_NE(send(mailer, {"sato@example.org", "x", "y"}), "");
  mailer.stop();
  EXPECT_NE(send(mailer, {"sato@example.org", "x", "y"}), "");
}

TEST(Mails, HaveHeadersThatNobodyCanBreak) {
  const std::string message = mail_message({"a@example.org", "x\r\nBcc: b@example.org", "y"}, "f@example.org", "D", "I");
  EXPECT_EQ(message.find("\nBcc"), std::string::npos);
  std::string longest;
  for (int i = 0; i < 100; ++i) longest += "警";
  const std::string head = mail_message({"a@example.org", longest, "y"}, "f@example.org", "D", "I");
  for (std::size_t at = 0, end; (end = head.find("\r\n", at)) != std::string::npos; at = end + 2) EXPECT_LE(end - at, 90u);
}

}  // namespace
}  // namespace tsunagu::gateway
