// Mail to people, through an SMTP server (RFC 5321), by libcurl.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace tsunagu::gateway {

struct MailOptions {
  std::string server;  ///< smtp://HOST:PORT or smtps://HOST:PORT; "": no mail is sent
  std::string from;    ///< address of the sender
  std::string user, password;  ///< "": the server asks for none. With a user, TLS is needed
  int timeout_s = 30;          ///< for one mail
  std::size_t max_waiting = 1000;
};

struct Mail {
  std::string to;             ///< one address, ASCII without spaces and angle brackets
  std::string subject, text;  ///< UTF-8
};

/// The message with its headers (RFC 5322, 2045, 2047), lines ended by CR LF; `date` as in RFC 5322.
std::string mail_message(const Mail& mail, std::string_view from, std::string_view date, std::string_view id);

/// Sends one mail after the other, on a thread of its own. Thread-safe.
class Mailer {
 public:
  explicit Mailer(MailOptions options);
  ~Mailer();
  /// `done` with "" when the server took it, or what went wrong; once, on the mailer's thread, or at once when too many
  /// wait or it has stopped.
  void send(Mail mail, std::function<void(std::string fault)> done);
  /// What is under way is finished; what waits fails.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tsunagu::gateway
