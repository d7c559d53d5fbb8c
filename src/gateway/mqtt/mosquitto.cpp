#include "gateway/mqtt/mosquitto.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <pwd.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <thread>
#include <utility>

extern "C" {
#include <sys/pidfd.h>  // of glibc 2.36, which forgets to say so itself
}

#include "base/log.h"
#include "base/text.h"
#include "trust/keys.h"
#include "trust/mqtt_verifier.h"

namespace tsunagu::gateway::mqtt {
namespace {

namespace fs = std::filesystem;
using Steady = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kBetweenReloads{200}, kFirstRest{100}, kLongestRest{30'000}, kPatience{10'000};

/// Where `program` is; "" when it is nowhere.
std::string find_program(const std::string& program) {
  if (program.find('/') != std::string::npos) return ::access(program.c_str(), X_OK) == 0 ? program : "";
  const char* path = std::getenv("PATH");
  std::string folders = path == nullptr ? "" : path;
  folders += ":/usr/sbin:/usr/local/sbin";
  std::string_view rest = folders;
  while (!rest.empty()) {
    const std::string_view folder = take_until(rest, ':');
    if (folder.empty()) continue;
    std::string file = fmt::format("{}/{}", folder, program);
    if (::access(file.c_str(), X_OK) == 0) return file;
  }
  return "";
}

/// The whole new file or the whole old one, readable by its owner only.
Result<void> write_whole(const std::string& file, std::string_view text) {
  const std::string fresh = file + ".new";
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
  bool written = fd >= 0;
  while (written && !text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    written = n > 0 || (n < 0 && errno == EINTR);
    if (n > 0) text.remove_prefix(static_cast<std::size_t>(n));
  }
  if (fd >= 0) ::close(fd);
  if (!written || ::rename(fresh.c_str(), file.c_str()) != 0) {
    return fail(ErrorCode::kReadOnly, fmt::format("{}: {}", file, std::strerror(errno)));
  }
  return {};
}

std::string own_user_name() {
  const passwd* entry = ::getpwuid(::geteuid());
  return entry == nullptr ? "mosquitto" : entry->pw_name;
}

/// A port of 127.0.0.1 that nobody has just now. Should somebody be quicker, mosquitto ends and gets another.
std::uint16_t free_port_here() {
  const int s = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ::bind(s, reinterpret_cast<sockaddr*>(&address), size);
  ::getsockname(s, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(s);
  return ntohs(address.sin_port);
}

std::string end_in_words(int status) {
  if (WIFSIGNALED(status)) return fmt::format("killed by signal {}", WTERMSIG(status));
  return fmt::format("ended with status {}", WEXITSTATUS(status));
}

}  // namespace

struct Mosquitto::State {
  MosquittoOptions options;
  std::string program, password;
  MosquittoSettings settings;
  int wake = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  int lines = -1;  // what the child says
  std::string line;
  std::thread thread;

  std::mutex mutex;  // what follows
  std::vector<MqttUser> users;
  bool want_open = false, changed = false, stopping = false;
  MosquittoState state;

  ~State() {
    ::close(wake);
    if (lines >= 0) ::close(lines);
  }
  void ring() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto n = ::write(wake, &one, sizeof one);
  }
  Result<void> write_files();
  int spawn();
  void hear(bool to_the_end);
  void run();
  bool tend(int pid, int pidfd);
};

Result<void> Mosquitto::State::write_files() {
  std::vector<MqttUser> now_users;
  {
    const std::lock_guard lock(mutex);
    changed = false;
    settings.open = want_open;
    now_users = users;
  }
  const MosquittoFiles files = mosquitto_files(settings, now_users);
  for (const auto& [name, text] : {std::pair{"mosquitto.conf", &files.configuration},
                                   std::pair{"passwords", &files.passwords}, std::pair{"rights", &files.rights}}) {
    if (auto written = write_whole(fmt::format("{}/{}", options.folder, name), *text); !written) return written;
  }
  const std::lock_guard lock(mutex);
  state.users = now_users.size();
  state.open = settings.open;
  return {};
}

int Mosquitto::State::spawn() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return -1;
  const std::string conf = options.folder + "/mosquitto.conf";
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) {  // only what is safe after fork() in a program of many threads
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) ::_exit(1);  // it has gone already
    ::setpgid(0, 0);                        // Ctrl-C is for Tsunagu
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGXFSZ, SIG_DFL);
    ::signal(SIGPIPE, SIG_DFL);
    const int nothing = ::open("/dev/null", O_RDONLY);
    ::dup2(nothing, STDIN_FILENO);
    ::dup2(ends[1], STDOUT_FILENO);
    ::dup2(ends[1], STDERR_FILENO);
    ::close_range(3, UINT_MAX, 0);
    ::execl(program.c_str(), program.c_str(), "-c", conf.c_str(), static_cast<char*>(nullptr));
    ::_exit(127);
  }
  ::close(ends[1]);
  if (pid < 0) {
    ::close(ends[0]);
    return -1;
  }
  if (lines >= 0) ::close(lines);
  lines = ends[0];
  line.clear();
  return pid;
}

void Mosquitto::State::hear(bool to_the_end) {
  char bytes[4096];
  for (;;) {
    const ssize_t n = ::read(lines, bytes, sizeof bytes);
    if (n <= 0) break;
    line.append(bytes, static_cast<std::size_t>(n));
  }
  std::string_view rest = line;
  for (std::size_t end; (end = rest.find('\n')) != std::string_view::npos; rest.remove_prefix(end + 1)) {
    const std::string_view said = trim(rest.substr(0, end));
    if (!said.empty()) log::warn("mosquitto: {}", said);
  }
  if (to_the_end && !rest.empty()) log::warn("mosquitto: {}", rest);
  line = to_the_end || rest.size() > 65536 ? std::string() : std::string(rest);
}

/// One life of the child. True when there is to be another.
bool Mosquitto::State::tend(int pid, int pidfd) {
  bool was_open = false, leaving = false;
  Steady::time_point reloaded{}, give_up{};
  for (;;) {
    bool reload = false;
    {
      const std::lock_guard lock(mutex);
      reload = changed && (want_open || was_open);
      if (stopping && !leaving) {
        leaving = true;
        give_up = Steady::now() + kPatience;
        ::kill(pid, SIGTERM);
      }
    }
    int wait_ms = -1;
    if (leaving) {
      const auto left = std::chrono::duration_cast<milliseconds>(give_up - Steady::now()).count();
      if (left <= 0) ::kill(pid, SIGKILL);
      wait_ms = static_cast<int>(std::max<long>(left, 100));
    } else if (reload) {
      const auto left = std::chrono::duration_cast<milliseconds>(reloaded + kBetweenReloads - Steady::now()).count();
      if (left > 0) {
        wait_ms = static_cast<int>(left) + 1;
      } else {
        // Only a child that Tsunagu has spoken with is told of changes: a younger one would die of the signal.
        if (auto written = write_files(); !written) {
          log::error("MQTT: {}", written.error().detail);
        } else {
          ::kill(pid, SIGHUP);
          was_open = true;
        }
        reloaded = Steady::now();
        continue;
      }
    }
    pollfd looks[] = {{pidfd, POLLIN, 0}, {lines, POLLIN, 0}, {wake, POLLIN, 0}};
    ::poll(looks, 3, wait_ms);
    if (looks[1].revents != 0) hear(false);
    std::uint64_t rung = 0;
    [[maybe_unused]] const auto n = ::read(wake, &rung, sizeof rung);
    if (looks[0].revents == 0) continue;
    int status = 0;
    ::waitpid(pid, &status, 0);
    hear(true);
    const std::lock_guard lock(mutex);
    state.pid = 0;
    state.since = now();
    state.open = false;
    state.last_end = end_in_words(status);
    if (!stopping) log::warn("MQTT: mosquitto was {}; it is started again", state.last_end);
    return !stopping;
  }
}

void Mosquitto::State::run() {
  milliseconds rest = kFirstRest;
  for (;;) {
    {
      const std::lock_guard lock(mutex);
      if (stopping) return;
      want_open = false;
      settings.own_port = free_port_here();
    }
    const auto begin = Steady::now();
    const auto written = write_files();
    const int pid = written ? spawn() : -1;
    const int pidfd = pid > 0 ? ::pidfd_open(pid, 0) : -1;
    if (pidfd >= 0) {
      {
        const std::lock_guard lock(mutex);
        state.pid = pid;
        state.since = now();
        ++state.starts;
      }
      const bool more = tend(pid, pidfd);
      ::close(pidfd);
      if (!more) return;
    } else {
      log::error("MQTT: mosquitto cannot be started: {}", written ? std::strerror(errno) : written.error().detail);
    }
    rest = Steady::now() - begin > std::chrono::seconds(60) ? kFirstRest : std::min(rest * 2, kLongestRest);
    pollfd look{wake, POLLIN, 0};
    const auto until = Steady::now() + rest;
    for (;;) {
      {
        const std::lock_guard lock(mutex);
        if (stopping) return;
      }
      const auto left = std::chrono::duration_cast<milliseconds>(until - Steady::now()).count();
      if (left <= 0) break;
      ::poll(&look, 1, static_cast<int>(left) + 1);
      std::uint64_t rung = 0;
      [[maybe_unused]] const auto n = ::read(wake, &rung, sizeof rung);
    }
  }
}

Mosquitto::Mosquitto(std::unique_ptr<State> state) : state_(std::move(state)) {}

Mosquitto::~Mosquitto() {
  stop();
}

Result<std::unique_ptr<Mosquitto>> Mosquitto::start(MosquittoOptions options) {
  auto state = std::make_unique<State>();
  std::error_code ignored;
  options.folder = fs::absolute(options.folder).lexically_normal().string();
  while (options.folder.size() > 1 && options.folder.ends_with('/')) options.folder.pop_back();
  fs::create_directories(options.folder, ignored);
  ::chmod(options.folder.c_str(), S_IRWXU);
  state->program = find_program(options.program);
  if (state->program.empty()) {
    return fail(ErrorCode::kInvalidRequest,
                fmt::format("there is no program {}: install the package mosquitto", options.program));
  }
  state->password = trust::random_text(32);
  state->settings.listener = options.listener;
  for (std::string* file :
       {&state->settings.listener.certificate, &state->settings.listener.key, &state->settings.listener.client_ca}) {
    if (!file->empty()) *file = fs::absolute(*file).string();
  }
  state->settings.folder = options.folder;
  state->settings.system_user = own_user_name();
  state->settings.own_verifier = trust::mqtt_verifier(state->password);
  state->settings.anybody = options.anybody;
  state->options = std::move(options);
  if (auto written = state->write_files(); !written) return tl::unexpected(written.error());
  State& running = *state;
  auto made = std::unique_ptr<Mosquitto>(new Mosquitto(std::move(state)));
  running.thread = std::thread([&running] { running.run(); });
  return made;
}

std::uint16_t Mosquitto::own_port() const {
  const std::lock_guard lock(state_->mutex);
  return state_->settings.own_port;
}
const std::string& Mosquitto::password() const {
  return state_->password;
}

void Mosquitto::open(bool open) {
  {
    const std::lock_guard lock(state_->mutex);
    if (std::exchange(state_->want_open, open) == open) return;
    state_->changed = true;
  }
  state_->ring();
}

void Mosquitto::set_users(std::vector<MqttUser> users) {
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->users == users) return;
    state_->users = std::move(users);
    state_->changed = true;
  }
  state_->ring();
}

MosquittoState Mosquitto::state() const {
  const std::lock_guard lock(state_->mutex);
  return state_->state;
}

void Mosquitto::stop() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->ring();
  if (state_->thread.joinable()) state_->thread.join();
}

}  // namespace tsunagu::gateway::mqtt
