// How a notification leaves: one sender per protocol, used on one thread.
#pragma once
#include <functional>

#include "broker/subscriptions/notice.h"
#include "gateway/notify/endpoint_queue.h"
#include "gateway/notify/target.h"

namespace tsunagu::gateway::notify {

/// How an attempt ended. Called once, on the sender's thread, never from within send().
using SendDone = std::function<void(broker::Attempt)>;

struct Sending {
  const broker::Endpoint* endpoint = nullptr;  ///< read during send() only, as is `target`
  const Target* target = nullptr;
  broker::Message message;
  Clock::duration timeout{};  ///< from now until the answer
  SendDone done;
};

class Sender {
 public:
  virtual ~Sender() = default;
  virtual void send(Sending sending) = 0;
  /// Ends what has taken too long, closes what is not used. To be called every kTick while busy(), now and then else.
  virtual void tick(TimePoint now) = 0;
  virtual bool busy() const = 0;
  /// Closes everything; nothing under way calls `done` any more.
  virtual void close() = 0;
};

inline constexpr std::chrono::milliseconds kTick{20};

}  // namespace tsunagu::gateway::notify
