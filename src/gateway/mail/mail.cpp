#include "gateway/mail/mail.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <ctime>
#include <deque>
#include <mutex>
#include <thread>

#include "trust/keys.h"

namespace tsunagu::gateway {
namespace {

/// A header text in UTF-8: encoded words (RFC 2047) of at most 75 characters, cut between characters.
std::string encoded_words(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    std::size_t take = std::min<std::size_t>(text.size(), 42);
    while (take < text.size() && take > 1 && (static_cast<unsigned char>(text[take]) & 0xC0) == 0x80) --take;
    if (!out.empty()) out += "\r\n ";
    out += "=?UTF-8?B?" + trust::to_base64(text.substr(0, take)) + "?=";
    text.remove_prefix(take);
  }
  return out;
}

std::string date_now() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  constexpr std::array<const char*, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} +0000", kDays[static_cast<std::size_t>(utc.tm_wday)], utc.tm_mday,
                     kMonths[static_cast<std::size_t>(utc.tm_mon)], utc.tm_year + 1900, utc.tm_hour, utc.tm_min,
                     utc.tm_sec);
}

std::size_t read_message(char* to, std::size_t size, std::size_t n, void* from) {
  auto& rest = *static_cast<std::string_view*>(from);
  const std::size_t take = std::min(size * n, rest.size());
  rest.copy(to, take);
  rest.remove_prefix(take);
  return take;
}

std::string deliver(const MailOptions& o, const Mail& mail) {
  const std::size_t at = o.from.find('@');
  const std::string message =
      mail_message(mail, o.from, date_now(),
                   trust::random_text(16) + (at == std::string::npos ? "@localhost" : o.from.substr(at)));
  CURL* curl = ::curl_easy_init();
  if (curl == nullptr) return "no memory";
  std::string_view rest = message;
  std::array<char, CURL_ERROR_SIZE> error{};
  curl_slist* to = ::curl_slist_append(nullptr, ("<" + mail.to + ">").c_str());
  ::curl_easy_setopt(curl, CURLOPT_URL, o.server.c_str());
  ::curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  ::curl_easy_setopt(curl, CURLOPT_MAIL_FROM, ("<" + o.from + ">").c_str());
  ::curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, to);
  ::curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
  ::curl_easy_setopt(curl, CURLOPT_READFUNCTION, &read_message);
  ::curl_easy_setopt(curl, CURLOPT_READDATA, &rest);
  ::curl_easy_setopt(curl, CURLOPT_TIMEOUT, static_cast<long>(o.timeout_s));
  ::curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  ::curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error.data());
  if (!o.user.empty()) {
    ::curl_easy_setopt(curl, CURLOPT_USERNAME, o.user.c_str());
    ::curl_easy_setopt(curl, CURLOPT_PASSWORD, o.password.c_str());
    ::curl_easy_setopt(curl, CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL));
  } else {
    ::curl_easy_setopt(curl, CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_TRY));
  }
  const CURLcode code = ::curl_easy_perform(curl);
  ::curl_slist_free_all(to);
  ::curl_easy_cleanup(curl);
  if (code == CURLE_OK) return {};
  return error[0] != '\0' ? std::string(error.data()) : std::string(::curl_easy_strerror(code));
}

}  // namespace

std::string mail_message(const Mail& mail, std::string_view from, std::string_view date, std::string_view id) {
  std::string subject = mail.subject;
  std::replace_if(subject.begin(), subject.end(), [](char c) { return static_cast<unsigned char>(c) < 32; }, ' ');
  std::string out = fmt::format(
      "Date: {}\r\nFrom: <{}>\r\nTo: <{}>\r\nMessage-ID: <{}>\r\nSubject: {}\r\nAuto-Submitted: auto-generated\r\n"
      "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n",
      date, from, mail.to, id, encoded_words(subject));
  const std::string body = trust::to_base64(mail.text);
  for (std::size_t i = 0; i < body.size(); i += 76) out += body.substr(i, 76) + "\r\n";
  return out;
}

struct Mailer::State {
  struct Waiting {
    Mail mail;
    std::function<void(std::string)> done;
  };
  MailOptions options;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Waiting> waiting;
  bool stopping = false;
  std::thread thread;

  void run() {
    std::unique_lock lock(mutex);
    while (true) {
      changed.wait(lock, [this] { return stopping || !waiting.empty(); });
      if (waiting.empty()) return;
      Waiting next = std::move(waiting.front());
      waiting.pop_front();
      const bool ends = stopping;
      lock.unlock();
      next.done(ends ? "the server stops" : deliver(options, next.mail));
      lock.lock();
    }
  }
};

Mailer::Mailer(MailOptions options) : state_(std::make_unique<State>()) {
  state_->options = std::move(options);
  state_->thread = std::thread([state = state_.get()] { state->run(); });
}

Mailer::~Mailer() {
  stop();
}

void Mailer::stop() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->changed.notify_all();
  if (state_->thread.joinable()) state_->thread.join();
}

void Mailer::send(Mail mail, std::function<void(std::string fault)> done) {
  {
    const std::lock_guard lock(state_->mutex);
    if (!state_->stopping && state_->waiting.size() < state_->options.max_waiting) {
      state_->waiting.push_back({std::move(mail), std::move(done)});
      done = nullptr;
    }
  }
  if (done) return done("too many mails wait");
  state_->changed.notify_one();
}

}  // namespace tsunagu::gateway
