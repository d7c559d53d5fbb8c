// What a Client is made of. Internal to it. Everything is of the client's thread but what says otherwise.
#pragma once
#include <array>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gateway/mqtt/client.h"
#include "gateway/mqtt/line.h"

namespace tsunagu::gateway::mqtt {

class ClientCore : public std::enable_shared_from_this<ClientCore> {
 public:
  ClientCore(ClientOptions options, Client::Receive receive, Client::Changed changed);

  // From any thread.
  void start();
  void stop();
  void publish(Publish message, Client::Published done);
  void acknowledge(std::uint64_t connection, std::uint64_t number);
  void hurry();
  ClientState state() const;

 private:
  struct Unacknowledged {
    std::uint16_t id;
    std::uint8_t qos;
    bool done = false;
    std::size_t bytes = 0;
  };
  struct Outgoing {
    Publish message;
    Client::Published done;
  };

  void connect();
  void greet();
  void read();
  void take(std::string_view bytes);
  void handle(Packet packet);
  void handle_connack(const Connack& connack);
  void handle_publish(Publish publish);
  void handle_puback(const Acknowledgement& given);
  void handle_granted(const Granted& granted);
  void send(const Packet& packet);
  void flush();
  void send_outgoing();
  void settle();  ///< what acknowledge() was called for
  void watch_line();
  void lost(const std::string& reason);
  void wait_and_connect();
  void up();
  void end();
  std::uint16_t free_id();

  const ClientOptions options_;
  const Client::Receive receive_;
  const Client::Changed changed_;
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> guard_{io_.get_executor()};
  asio::steady_timer again_{io_}, pulse_{io_};
  std::thread thread_;

  std::shared_ptr<Line> line_;  // null: none, or none yet
  Version version_;
  std::uint64_t connection_ = 0;  // number of the line
  PacketReader reader_;
  std::array<char, 65536> chunk_{};
  std::string out_;
  bool write_under_way_ = false, read_under_way_ = false, ready_ = false, stopping_ = false;
  bool had_session_, session_present_ = false;
  std::chrono::steady_clock::time_point heard_, said_;
  std::chrono::seconds keep_alive_{20};
  std::chrono::milliseconds wait_;

  std::deque<Unacknowledged> incoming_;
  std::uint64_t first_number_ = 0;  // of incoming_.front()
  std::size_t held_ = 0;            // bytes of incoming_

  std::deque<Outgoing> queue_;
  std::map<std::uint64_t, Outgoing> under_way_;  // in the order of sending
  std::map<std::uint16_t, std::uint64_t> under_way_by_id_;
  std::uint64_t next_outgoing_ = 0;
  std::uint16_t last_id_ = 0;
  std::size_t server_maximum_ = 65535;

  mutable std::mutex mutex_;  // what follows
  ClientState state_;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> acknowledged_;
  bool settling_ = false;
  bool ended_ = false;
};

}  // namespace tsunagu::gateway::mqtt
