// Notices on people's devices by Web Push (RFC 8030): what somebody has to know now, also when the portal is closed.
#pragma once
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gateway/http/client.h"
#include "gateway/push/subscription.h"
#include "store/store.h"
#include "trust/sign_in/account.h"

namespace tsunagu::gateway {

enum class Urgency : std::uint8_t { kVeryLow, kLow, kNormal, kHigh };  ///< RFC 8030, 5.3: what may wake a device

struct PushMessage {
  trust::Words title, text;  ///< each device gets its own language; without easy: ja
  std::string page = "/";    ///< of the portal, that a tap opens
  std::string topic;         ///< a later message with the same takes the place of an earlier one; "": none
  Urgency urgency = Urgency::kNormal;
  std::chrono::seconds ttl{24 * 3600};  ///< how long it is worth to be told
};

struct PushOptions {
  std::filesystem::path key_file;  ///< of the key pair of this installation, made when there is none
  std::string contact;             ///< Vapid::open
  /// Is it somebody still? None: everybody is.
  std::function<bool(const PushPerson&)> known;
  std::size_t max_devices = 20;    ///< of one person; a further one takes the place of the oldest
  std::size_t max_waiting = 10'000;  ///< messages that are to be tried again
  std::chrono::milliseconds first_wait{2'000};  ///< until it is tried again; four times as long each time
  int tries = 6;
  std::chrono::milliseconds timeout{10'000};  ///< of one request
};

/// Connects only where the client's rules allow. Thread-safe; nothing here blocks.
class Push {
 public:
  /// Both outlive it; the store is stopped before it ends, the client may be later. BadRequestData, ReadOnly: the key.
  static Result<std::unique_ptr<Push>> open(store::Store& store, HttpClient& client, PushOptions options);
  ~Push();

  /// What browsers need to subscribe (base64url).
  const std::string& public_key() const;

  std::vector<PushSubscription> of(const PushPerson& person) const;  ///< oldest first
  using Kept = std::function<void(Result<PushSubscription>)>;
  /// id and made are not given. Durable when `kept` is called; in place of what the same browser had.
  void add(PushSubscription draft, Kept kept);
  /// ResourceNotFound when this person has none of this id.
  void remove(const PushPerson& person, const std::string& id, std::function<void(Result<void>)> done);

  /// Sends to all devices of somebody. `told` once, from any thread: "" as soon as the push service of one of them took
  /// it, or why none did. A device that is gone (404, 410) is forgotten; 429, 5xx and no answer are tried again while
  /// the message is worth it.
  void send(const PushPerson& to, PushMessage message, std::function<void(std::string fault)> told);

  /// What waits to be tried again fails.
  void stop();

 private:
  struct State;
  explicit Push(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_;
};

}  // namespace tsunagu::gateway
