// A subscriber of MQTT whose acknowledgements go out when the caller says so, in the order in which the messages came
// (MQTT 5, clause 4.6): after the data are on disk. It keeps one persistent session; what was not acknowledged when the
// connection or the program ended comes again.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "gateway/mqtt/packet.h"

namespace tsunagu::gateway::mqtt {

/// Where a server of MQTT is.
struct ServerAddress {
  std::string host = "127.0.0.1";
  std::uint16_t port = 1883;
  bool tls = false;
  std::string ca_file;     ///< PEM, trusted besides the system's; "" for none
  int receive_buffer = 0;  ///< bytes that the system is asked to keep for us; 0: as many as it likes
};
/// "mqtt://USER:PASSWORD@HOST:PORT", "mqtts://…", "HOST:PORT", "HOST"; what is not there is "" and the usual port.
struct BrokerUrl {
  ServerAddress server;
  std::string user, password;
};
Result<BrokerUrl> read_broker_url(std::string_view text);

struct ClientOptions {
  ServerAddress server;
  std::function<std::uint16_t()> port;  ///< asked before it connects, when given: the port in place of server.port
  Version version = Version::k5;        ///< 3.1.1 is spoken to servers that do not know it
  std::string client_id = "tsunagu", user, password;
  std::function<Will()> will;        ///< asked before it connects, when given
  bool had_session = false;          ///< the server should know client_id from before
  std::vector<std::string> filters;  ///< subscribed to with QoS 1
  std::uint16_t keep_alive_s = 20;
  std::uint16_t receive_maximum = 65535;                       ///< messages that may be unacknowledged (MQTT 5)
  std::size_t max_packet = 2u << 20;                           ///< bytes
  std::size_t max_unacknowledged = 64u << 20;                  ///< bytes held; beyond, nothing is read from the line
  std::uint32_t first_wait_ms = 50, longest_wait_ms = 10'000;  ///< before it connects again
};

/// A time without a connection.
struct Outage {
  Instant from, until;  ///< until: kNoInstant while it lasts
  std::string reason;
  bool session_lost = false;  ///< the server remembered nothing: messages of that time may be missing
};
struct ClientState {
  bool connected = false;  ///< and subscribed
  Instant since;           ///< of either
  std::string reason;      ///< why it is not connected; "" when it is
  Version version = Version::k5;
  std::uint64_t connects = 0, received = 0, repeated = 0, acknowledged = 0, published = 0;
  std::uint64_t waiting = 0;    ///< received and not acknowledged
  std::uint64_t outgoing = 0;   ///< published and not acknowledged by the server
  std::vector<Outage> outages;  ///< the last 100, oldest first
};

class ClientCore;

/// To be called once when a message is done with, from any thread. On another connection than that of the message it
/// does nothing: the message comes again.
class Acknowledge {
 public:
  Acknowledge(std::shared_ptr<ClientCore> core, std::uint64_t connection, std::uint64_t number)
      : core_(std::move(core)), connection_(connection), number_(number) {}
  void operator()() const;

 private:
  std::shared_ptr<ClientCore> core_;
  std::uint64_t connection_, number_;
};

/// Thread-safe. Has one thread.
class Client {
 public:
  /// A message, on the client's thread.
  using Receive = std::function<void(Publish message, Acknowledge acknowledge)>;
  /// The connection (with its subscriptions) is there, or has gone; on the client's thread.
  using Changed = std::function<void(bool connected)>;

  Client(ClientOptions options, Receive receive, Changed changed);
  ~Client();
  void start();  ///< once; before, nothing is called
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// `done` once, on the client's thread: the reason by which the server took it (0x10: nobody listens; 3.1.1 always
  /// 0), or kUnavailable when the client was stopped, kTooManyRequests when 100,000 wait. QoS 1 messages wait for the
  /// connection, and are sent again on the next.
  using Published = std::function<void(Result<std::uint8_t> reason)>;
  void publish(Publish message, Published done);

  /// Connects at once when it is waiting to.
  void hurry();
  ClientState state() const;
  /// Sends what is to be acknowledged by now, says goodbye, ends the thread. The session stays. Called once; also by
  /// the destructor.
  void stop();

 private:
  std::shared_ptr<ClientCore> core_;
};

}  // namespace tsunagu::gateway::mqtt
