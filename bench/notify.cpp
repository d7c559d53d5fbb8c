// Delivery of notices over HTTP: what one costs the sender, and what endpoints that do not answer cost the others.
// Usage: bench_notify [--notices N=200000] [--rate PER_SECOND=5000] [--threads N=1]
// A process of its own plays 100 endpoints that answer and 100 that do not: 25 refuse the connection, 25 take it and
// stay silent, 25 answer 500, 25 break off in the middle of an answer. CPU is that of the sender's threads: of this
// process without the thread that makes the notices.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <mutex>
#include <string_view>
#include <unordered_map>

#include "gateway/notify/notifier.h"
#include "ngsi/context.h"
#include "ngsi/entity.h"

namespace {

using namespace tsunagu;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kEach = 100;  // endpoints that answer, and that do not
constexpr std::size_t kEntities = 1000;
enum class Habit { kAnswers, kSilent, kFails, kBreaksOff, kRefuses };

Habit habit_of(std::size_t endpoint) {
  if (endpoint < kEach) return Habit::kAnswers;
  constexpr Habit kDead[] = {Habit::kSilent, Habit::kFails, Habit::kBreaksOff, Habit::kRefuses};
  return kDead[endpoint % 4];
}

int listen_somewhere(std::uint16_t& port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(fd, 1024) != 0) std::abort();
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  port = ntohs(address.sin_port);
  return fd;
}

// Answers whatever looks like the end of a request: each comes in one piece, or nearly so.
[[noreturn]] void play_endpoints(const std::vector<int>& listeners) {
  struct One {
    Habit habit;
    std::size_t left = 0;  // of the request
    std::string read;
  };
  const int epoll = ::epoll_create1(0);
  std::unordered_map<int, Habit> waiting;
  std::unordered_map<int, One> open;
  const auto watch = [epoll](int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
  };
  for (std::size_t i = 0; i < listeners.size(); ++i) {
    if (habit_of(i) == Habit::kRefuses) {
      ::close(listeners[i]);
      continue;
    }
    waiting[listeners[i]] = habit_of(i);
    watch(listeners[i]);
  }
  std::vector<epoll_event> events(512);
  std::string buffer(64 * 1024, '\0');
  while (true) {
    const int n = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < n; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (const auto found = waiting.find(fd); found != waiting.end()) {
        const int peer = ::accept4(fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (peer < 0) continue;
        open[peer] = {found->second, 0, {}};
        watch(peer);
        continue;
      }
      One& one = open[fd];
      const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), 0);
      if (got <= 0) {
        open.erase(fd);
        ::close(fd);
        continue;
      }
      one.read.append(buffer, 0, static_cast<std::size_t>(got));
      const std::size_t end = one.read.find("\r\n\r\n");
      if (end == std::string::npos) continue;
      const std::size_t length = std::strtoul(one.read.c_str() + one.read.find("Content-Length: ") + 16, nullptr, 10);
      if (one.read.size() < end + 4 + length) continue;
      one.read.clear();
      std::string_view answer;
      if (one.habit == Habit::kAnswers) answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
      if (one.habit == Habit::kFails) answer = "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n";
      if (one.habit == Habit::kBreaksOff) answer = "HTTP/1.1 2";
      if (::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL) < 0 || one.habit == Habit::kBreaksOff) {
        open.erase(fd);
        ::close(fd);
      }
    }
  }
}

double cpu_seconds(clockid_t clock) {
  timespec t{};
  ::clock_gettime(clock, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}
double sender_cpu() {
  return cpu_seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu_seconds(CLOCK_THREAD_CPUTIME_ID);
}

// The broker: 800 bytes of notification for each notice; keeps how long each delivery took.
class Source final : public broker::NoticeSource {
 public:
  explicit Source(const std::vector<std::uint16_t>& ports) {
    for (const std::uint16_t port : ports) {
      broker::Endpoint endpoint;
      endpoint.uri = "http://127.0.0.1:" + std::to_string(port) + "/notify";
      endpoints_.push_back(endpoint);
    }
    body_ = R"({"id":"urn:ngsi-ld:Notification:1","type":"Notification","data":[{"value":")" + std::string(720, 'x') +
            "\"}]}";
    for (std::size_t i = 0; i < kEntities; ++i) {
      ngsi::Entity e;
      e.id = "urn:ngsi-ld:WeatherObserved:hokkaido-" + std::to_string(i);
      e.types = {ngsi::core_context()->intern("WeatherObserved")};
      records_.push_back(*ngsi::encode(e));
    }
  }
  broker::Notice notice(std::uint64_t row, std::size_t endpoint) {
    broker::Notice notice;
    notice.row = row;
    notice.due = now();
    notice.subscription =
        broker::SubscriptionPtr(keep_, reinterpret_cast<const broker::Subscription*>(&endpoints_[endpoint]));
    store::EntityChange change;
    change.after = records_[row % kEntities];
    notice.changes.push_back(change);
    return notice;
  }
  std::optional<broker::Endpoint> endpoint(const broker::Notice& notice) const override {
    return *reinterpret_cast<const broker::Endpoint*>(notice.subscription.get());
  }
  std::optional<broker::Message> render(const broker::Notice& notice) const override {
    broker::Message message;
    message.content_type = "application/json";
    message.headers = {{"Idempotency-Key", std::to_string(notice.row) + "-0"},
                       {"Link",
                        "<https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.9.jsonld>; "
                        "rel=\"http://www.w3.org/ns/json-ld#context\"; type=\"application/ld+json\""}};
    message.body = body_;
    return message;
  }
  void attempt_begins(const broker::Notice&) override {}
  void attempt_ended(const broker::Notice& notice, const broker::Attempt& attempt) override {
    if (!attempt.delivered) return;
    const std::int64_t took = now().us - notice.due.us;
    const std::lock_guard lock(mutex_);
    took_us_.push_back(took);
    arrived_.notify_all();
  }
  void settled(const broker::Notice&) override {}
  void gave_up(const broker::Notice&, const std::string&) override {}
  std::vector<broker::DeadLetter> dead_letters(const broker::NoticeFilter&, std::size_t) const override { return {}; }
  Result<std::size_t> retry(const broker::NoticeFilter&) override { return std::size_t{0}; }
  Result<std::size_t> drop(const broker::NoticeFilter&) override { return std::size_t{0}; }
  broker::DeadLetter describe(const broker::Notice&) const override { return {}; }

  std::vector<std::int64_t> wait_for(std::size_t n) {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [&] { return took_us_.size() >= n; });
    return std::exchange(took_us_, {});
  }

 private:
  std::shared_ptr<int> keep_ = std::make_shared<int>();
  std::vector<broker::Endpoint> endpoints_;
  std::vector<ngsi::RecordPtr> records_;
  std::string body_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<std::int64_t> took_us_;
};

void measure(const char* what, Source& source, unsigned threads, bool dead, std::size_t notices, std::size_t rate) {
  gateway::NotifyOptions options;
  options.threads = threads;
  auto notifier = gateway::Notifier::start(options, source);
  if (!notifier) std::abort();
  const double cpu = sender_cpu();
  const auto start = Clock::now();
  const std::size_t batch = rate == 0 ? notices : std::max<std::size_t>(1, rate / 200);
  for (std::size_t row = 0; row < notices;) {
    std::vector<broker::Notice> due;
    for (std::size_t i = 0; i < batch && row < notices; ++i, ++row) {
      due.push_back(source.notice(row, row % kEach));
      // The dead have a tenth of the notices of the others.
      if (dead && row % 10 == 0) due.push_back(source.notice(row, kEach + row / 10 % kEach));
    }
    (*notifier)->deliver(std::move(due));
    if (rate != 0)
      std::this_thread::sleep_until(start + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(
                                                static_cast<double>(row) / static_cast<double>(rate))));
  }
  auto took = source.wait_for(notices);
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  const double used = sender_cpu() - cpu;
  std::sort(took.begin(), took.end());
  const auto at = [&took](double q) {
    return static_cast<double>(took[static_cast<std::size_t>(q * static_cast<double>(took.size() - 1))]) / 1000;
  };
  std::printf("%-34s %9.0f/s  %6.1f us CPU each  %8.0f/s per core   p50 %8.2f ms  p99 %8.2f ms\n", what,
              static_cast<double>(notices) / seconds, used / static_cast<double>(notices) * 1e6,
              static_cast<double>(notices) / used, at(0.5), at(0.99));
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t notices = 200'000, rate = 5'000;
  unsigned threads = 1;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view flag = argv[i];
    const long value = std::atol(argv[i + 1]);
    if (flag == "--notices") notices = static_cast<std::size_t>(value);
    if (flag == "--rate") rate = static_cast<std::size_t>(value);
    if (flag == "--threads") threads = static_cast<unsigned>(value);
  }
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);

  std::vector<int> listeners;
  std::vector<std::uint16_t> ports(2 * kEach);
  for (std::uint16_t& port : ports) listeners.push_back(listen_somewhere(port));
  const pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    play_endpoints(listeners);
  }
  for (const int fd : listeners) ::close(fd);
  Source source(ports);
  std::printf("%zu notices of 800 bytes to %zu endpoints, as fast as possible and at %zu/s\n", notices, kEach, rate);
  measure("100 that answer", source, threads, false, notices, 0);
  measure("100 that answer, 100 that do not", source, threads, true, notices, 0);
  measure("100 that answer", source, threads, false, rate * 10, rate);
  measure("100 that answer, 100 that do not", source, threads, true, rate * 10, rate);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  return 0;
}
