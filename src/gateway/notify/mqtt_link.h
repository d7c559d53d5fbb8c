// One connection of MqttSender. Internal to it. Everything but run() happens on the sender's thread; what the library
// reports on the link's thread is posted there.
#pragma once
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "gateway/notify/mqtt_sender.h"

struct mosquitto;

namespace tsunagu::gateway::notify {

class MqttLink : public std::enable_shared_from_this<MqttLink> {
 public:
  /// `ended`: the connection is over, everything under way has been told so.
  MqttLink(boost::asio::io_context& io, const Target& target, bool version5, const std::string& ca_file,
           AddressRules rules, std::function<void()> ended);
  ~MqttLink();
  MqttLink(const MqttLink&) = delete;
  MqttLink& operator=(const MqttLink&) = delete;

  void start();
  void publish(std::string topic, int qos, Sending sending);
  bool busy() const { return !waiting_.empty() || !under_way_.empty(); }
  TimePoint idle_since() const { return idle_since_; }
  /// Ends the link when something is late: an acknowledgement that does not come says that the connection is no good.
  void check(TimePoint now);
  /// Ends the link. `reason` is told to everything under way; empty: nobody is told, and the io_context may go.
  void end(const std::string& reason);
  /// join() does not take long.
  bool leaving() const { return leaving_; }
  /// Waits for the thread until `until`, then leaves it to itself.
  void join(TimePoint until);

 private:
  struct Message {
    std::string topic, body;
    int qos = 0;
    Clock::duration timeout{};
    TimePoint deadline;
    SendDone done;
  };

  void run();
  /// Where to connect to, by name or digits; empty: nowhere that is allowed, `refusal_` says so.
  std::string allowed_address();
  int connect();  ///< an error of the library
  int turn();     ///< waits for the socket or wake(); an error of the library when the connection is over
  void wake();    ///< from any thread
  void hand_over(Message message);
  void connected();
  void published(int id, int reason);
  void over(const std::string& reason, bool worth_repeating = true);
  void post(std::function<void(MqttLink&)> work);
  std::string connect_failure(int reason) const;

  const std::string host_;
  const int port_;
  const bool version5_;
  const bool tls_;
  const AddressRules rules_;
  std::function<void()> ended_;
  const int wake_;
  mosquitto* client_ = nullptr;
  bool connected_ = false;
  bool over_ = false;
  std::vector<Message> waiting_;                // for the connection
  std::unordered_map<int, Message> under_way_;  // by the library's number
  TimePoint idle_since_ = Clock::now();
  std::thread thread_;
  std::future<void> thread_end_;
  std::promise<void> thread_ends_;

  // Of the link's thread.
  std::string refusal_;
  bool forbidden_ = false;  // the address: trying again gains nothing

  std::atomic<bool> stopping_{false};
  std::atomic<bool> leaving_{false};
  std::mutex mutex_;             // for io_
  boost::asio::io_context* io_;  // null: nobody listens any more
};

}  // namespace tsunagu::gateway::notify
