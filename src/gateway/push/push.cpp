#include "gateway/push/push.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "base/json_object.h"
#include "base/log.h"
#include "base/text.h"
#include "gateway/push/encryption.h"
#include "gateway/push/vapid.h"
#include "trust/audit/chain.h"
#include "trust/keys.h"
#include "trust/sign_in/keeper.h"

namespace tsunagu::gateway {
namespace {

using Moment = std::chrono::steady_clock::time_point;

constexpr std::size_t kMaxTitleBytes = 150, kMaxTextBytes = 480;  // also with every character escaped, less than kMaxPushBytes
constexpr std::size_t kMaxPageBytes = 500;
constexpr std::chrono::hours kLongestWait{1};

std::string_view header_of(Urgency urgency) {
  constexpr std::string_view kNames[] = {"very-low", "low", "normal", "high"};
  return kNames[static_cast<std::size_t>(urgency)];
}

std::string cut(std::string text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) --bytes;
  return text.substr(0, bytes) + "…";
}

const std::string& in_language(const trust::Words& words, std::string_view language) {
  if (language == "en" && !words.en.empty()) return words.en;
  if (language == "easy" && !words.easy.empty()) return words.easy;
  return words.ja.empty() ? words.en : words.ja;
}

/// At most 32 characters of base64url (RFC 8030, 5.4), and nothing to be read from it.
std::string topic_name(std::string_view topic) {
  const trust::Digest digest = trust::sha256(topic);
  return trust::to_base64url({reinterpret_cast<const char*>(digest.data()), 24});
}

std::string payload(const PushMessage& message, const std::string& language) {
  std::string out;
  JsonObject(out)
      .text("title", cut(in_language(message.title, language), kMaxTitleBytes))
      .text("body", cut(in_language(message.text, language), kMaxTextBytes))
      .text("page", message.page.size() > kMaxPageBytes ? "/" : message.page)
      .text_if("tag", message.topic.empty() ? "" : topic_name(message.topic))
      .text("lang", language == "en" ? "en" : "ja")
      .truth("urgent", message.urgency == Urgency::kHigh)
      .end();
  return out;
}

/// How it went with all devices.
struct PushAnswer {
  std::mutex mutex;
  std::size_t left = 0;
  std::function<void(std::string)> told;

  void one(std::string fault) {
    std::function<void(std::string)> tell;
    {
      const std::lock_guard lock(mutex);
      --left;
      if (told && (fault.empty() || left == 0)) tell = std::exchange(told, nullptr);
    }
    if (tell) tell(std::move(fault));
  }
};

/// One message to one device.
struct Delivery {
  PushSubscription to;
  std::string payload;
  std::vector<Header> headers;
  Moment begun;
  std::chrono::seconds ttl;
  int tried = 0;
  std::shared_ptr<PushAnswer> answer;
};
using DeliveryPtr = std::shared_ptr<Delivery>;

}  // namespace

struct Push::State : std::enable_shared_from_this<Push::State> {
  State(store::Store& store, HttpClient& given_client, PushOptions given, Vapid given_vapid)
      : client(given_client), options(std::move(given)), vapid(std::move(given_vapid)), kept(store, "push.subscriptions") {}

  HttpClient& client;
  const PushOptions options;
  Vapid vapid;
  trust::Keeper<PushSubscription> kept;
  std::mutex mutex;
  std::condition_variable changed;
  std::multimap<Moment, DeliveryPtr> waiting;
  bool stopping = false;
  std::thread thread;

  void run();
  void attempt(const DeliveryPtr& delivery);
  void answered(const DeliveryPtr& delivery, const FetchResult& got);
  void again(const DeliveryPtr& delivery, std::chrono::milliseconds at_least, std::string fault);
  void forget(const PushSubscription& gone, std::function<void()> then = [] {});
};

void Push::State::run() {
  std::unique_lock lock(mutex);
  while (!stopping) {
    if (waiting.empty()) {
      changed.wait(lock);
      continue;
    }
    const Moment due = waiting.begin()->first;
    if (due > std::chrono::steady_clock::now()) {
      changed.wait_until(lock, due);
      continue;
    }
    const DeliveryPtr next = waiting.begin()->second;
    waiting.erase(waiting.begin());
    lock.unlock();
    attempt(next);
    lock.lock();
  }
  const auto left = std::exchange(waiting, {});
  lock.unlock();
  for (const auto& [due, delivery] : left) delivery->answer->one("the server stops");
}

void Push::State::attempt(const DeliveryPtr& delivery) {
  const PushSubscription& to = delivery->to;
  auto body = encrypt_push(delivery->payload, {trust::from_base64url(to.p256dh).value_or(""), trust::from_base64url(to.auth).value_or("")});
  if (!body) return delivery->answer->one(body.error().detail);
  FetchOptions call;
  call.method = "POST";
  call.headers = delivery->headers;
  call.headers.emplace_back("Authorization", vapid.authorization(origin_of(to.endpoint), now()));
  call.body = std::move(*body);
  call.timeout = options.timeout;
  call.max_redirects = 0;
  call.max_bytes = 64u << 10;
  ++delivery->tried;
  client.fetch(to.endpoint, std::move(call), [state = shared_from_this(), delivery](FetchResult got) { state->answered(delivery, got); });
}

void Push::State::answered(const DeliveryPtr& delivery, const FetchResult& got) {
  if (!got) {
    if (got.error().code != ErrorCode::kUnavailable) return delivery->answer->one(got.error().detail);
    return again(delivery, {}, got.error().detail);
  }
  if (got->status < 300) return delivery->answer->one({});
  const std::string fault = fmt::format("the push service answers with status {}", got->status);
  if (got->status == 404 || got->status == 410) {
    return forget(delivery->to, [answer = delivery->answer] { answer->one("the device takes no notices any more"); });
  }
  if (got->status != 429 && got->status < 500) return delivery->answer->one(fault);
  const auto seconds = parse_number<std::int64_t>(trim(got->header("Retry-After").value_or("")));
  again(delivery, std::chrono::seconds(std::clamp<std::int64_t>(seconds.value_or(0), 0, 86'400)), fault);
}

void Push::State::again(const DeliveryPtr& delivery, std::chrono::milliseconds at_least, std::string fault) {
  auto wait = options.first_wait;
  for (int i = 1; i < delivery->tried; ++i) wait *= 4;
  wait = std::max(std::min<std::chrono::milliseconds>(wait, kLongestWait), at_least);
  const Moment due = std::chrono::steady_clock::now() + wait;
  if (delivery->tried < options.tries && due < delivery->begun + delivery->ttl) {
    const std::lock_guard lock(mutex);
    if (!stopping && waiting.size() < options.max_waiting) {
      waiting.emplace(due, delivery);
      changed.notify_all();
      return;
    }
  }
  delivery->answer->one(std::move(fault));
}

void Push::State::forget(const PushSubscription& gone, std::function<void()> then) {
  bool ends = false;
  {
    const std::lock_guard lock(mutex);
    ends = stopping;
  }
  if (ends) return then();  // it is noticed again next time
  kept.change(
      gone.id,
      [&gone](const auto& current) -> Result<trust::Keeper<PushSubscription>::Ptr> {
        // It may have been made anew meanwhile.
        if (current && current->made == gone.made) return trust::Keeper<PushSubscription>::Ptr();
        return current;
      },
      [state = shared_from_this(), then = std::move(then)](const auto& done) {
        if (!done) log::warn("A device that takes no notices any more cannot be forgotten: {}", done.error().detail);
        then();
      });
}

Result<std::unique_ptr<Push>> Push::open(store::Store& store, HttpClient& client, PushOptions options) {
  auto vapid = Vapid::open(options.key_file, options.contact);
  if (!vapid) return tl::unexpected(vapid.error());
  auto state = std::make_shared<State>(store, client, std::move(options), std::move(*vapid));
  state->thread = std::thread([raw = state.get()] { raw->run(); });
  return std::unique_ptr<Push>(new Push(std::move(state)));
}

Push::~Push() {
  stop();
}

void Push::stop() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->changed.notify_all();
  if (state_->thread.joinable()) state_->thread.join();
}

const std::string& Push::public_key() const {
  return state_->vapid.public_key();
}

std::vector<PushSubscription> Push::of(const PushPerson& person) const {
  std::vector<PushSubscription> out;
  for (const auto& each : state_->kept.all()) {
    if (each->person == person) out.push_back(*each);
  }
  std::ranges::stable_sort(out, {}, &PushSubscription::made);
  return out;
}

void Push::add(PushSubscription draft, Kept kept) {
  if (auto good = check_subscription(draft); !good) return kept(tl::unexpected(good.error()));
  draft.id = push_id(draft.endpoint);
  draft.made = now();
  const auto devices = of(draft.person);
  const bool had = std::ranges::any_of(devices, [&](const auto& each) { return each.id == draft.id; });
  if (!had && devices.size() >= state_->options.max_devices) state_->forget(devices.front());
  const auto fresh = std::make_shared<const PushSubscription>(std::move(draft));
  state_->kept.change(
      fresh->id, [&fresh](const auto&) -> Result<trust::Keeper<PushSubscription>::Ptr> { return fresh; },
      [state = state_, kept = std::move(kept)](const auto& done) {
        if (!done) return kept(tl::unexpected(done.error()));
        kept(**done);
      });
}

void Push::remove(const PushPerson& person, const std::string& id, std::function<void(Result<void>)> done) {
  state_->kept.change(
      id,
      [&person](const auto& current) -> Result<trust::Keeper<PushSubscription>::Ptr> {
        if (!current || current->person != person) return fail(ErrorCode::kResourceNotFound, "you have no such device");
        return trust::Keeper<PushSubscription>::Ptr();
      },
      [state = state_, done = std::move(done)](const auto& gone) {
        if (!gone) return done(tl::unexpected(gone.error()));
        done({});
      });
}

void Push::send(const PushPerson& to, PushMessage message, std::function<void(std::string fault)> told) {
  if (state_->options.known && !state_->options.known(to)) return told("there is no account \"" + to.account + "\" here");
  const auto devices = of(to);
  if (devices.empty()) return told("\"" + to.account + "\" allows notices on no device");
  auto answer = std::make_shared<PushAnswer>();
  answer->left = devices.size();
  answer->told = std::move(told);
  std::vector<Header> headers{{"Content-Type", "application/octet-stream"},
                              {"Content-Encoding", "aes128gcm"},
                              {"TTL", std::to_string(message.ttl.count())},
                              {"Urgency", std::string(header_of(message.urgency))}};
  if (!message.topic.empty()) headers.emplace_back("Topic", topic_name(message.topic));
  for (const PushSubscription& device : devices) {
    state_->attempt(std::make_shared<Delivery>(Delivery{device, payload(message, device.language), headers,
                                                        std::chrono::steady_clock::now(), message.ttl, 0, answer}));
  }
}

}  // namespace tsunagu::gateway
