// mosquitto as a child of this program: configured, started, started again when it ends, told of changes, and never
// left behind: it goes when this program goes, however that happens (PR_SET_PDEATHSIG).
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "gateway/mqtt/mosquitto_files.h"

namespace tsunagu::gateway::mqtt {

struct MosquittoOptions {
  std::string program = "mosquitto";  ///< looked for along PATH and in /usr/sbin
  std::string folder;                 ///< made; holds its files and what it keeps
  Listener listener;                  ///< port 0 is not taken here
  bool anybody = false;
};

struct MosquittoState {
  int pid = 0;  ///< 0: it does not run
  Instant since;
  std::uint64_t starts = 0;
  std::string last_end;  ///< "killed by signal 9"; "" when it has not ended
  std::size_t users = 0;
  bool open = false;
};

/// Thread-safe. Has one thread, which is the child's parent.
class Mosquitto {
 public:
  /// Writes the files and starts it, closed: nobody but Tsunagu gets in until open(true). InvalidRequest when there is
  /// no such program.
  static Result<std::unique_ptr<Mosquitto>> start(MosquittoOptions options);
  ~Mosquitto();
  Mosquitto(const Mosquitto&) = delete;
  Mosquitto& operator=(const Mosquitto&) = delete;

  /// Port (of 127.0.0.1) and password for Tsunagu's own connection. The password is good until this ends, the port is
  /// another with every start of the child.
  std::uint16_t own_port() const;
  const std::string& password() const;

  /// Others may connect, or not: as long as Tsunagu does not listen, what they send would be acknowledged and lost. A
  /// child that starts again is closed. Returns at once.
  void open(bool open);
  /// Who may connect. Those whose password no longer holds are sent away. Returns at once.
  void set_users(std::vector<MqttUser> users);
  MosquittoState state() const;

  /// Ends the child, which writes down what it has first (10 s, then it is killed). Called once; also by the
  /// destructor.
  void stop();

 private:
  struct State;
  explicit Mosquitto(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tsunagu::gateway::mqtt
