// One live stream: a connection, what it shows, and where in the ring of changes it is. EventStream speaks Server-Sent
// Events (HTML Living Standard 9.2), SocketStream WebSocket.
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/http/http.h"
#include "gateway/http/websocket.h"
#include "gateway/live/audience.h"
#include "gateway/live/live.h"
#include "gateway/live/view.h"

namespace tsunagu::gateway::live {

/// Waits in its audience until a change concerns it; then it lags: reads the ring from there on by itself, as fast as
/// its client takes what it prints, until it has caught up. So a slow client costs no memory; when it is so slow that
/// its place in the ring is gone, it is told so and sent away. Everything on the connection's thread.
class Stream : public LiveStream {
 public:
  /// `holds`: may its caller still be told? Asked about every second: who signed out or lost their key is sent away.
  Stream(std::shared_ptr<Live::Seat> seat, View view, std::optional<std::uint64_t> since, std::function<bool()> holds);
  ~Stream() override;

  void start(Line& line) final;
  bool next(std::string& out) final;
  void tick() override;
  void stop() final;

  // For the audience.
  View& view() { return *view_; }
  const View& view() const { return *view_; }
  std::shared_ptr<View>& shared_view() { return view_; }
  void offer(const Change& change, std::uint64_t place);
  void lag(std::uint64_t place);  ///< has to look at what is from `place` on

 protected:
  virtual void print(std::string& out, std::string_view event, std::uint64_t id, std::string_view data) = 0;
  virtual void print_begin(std::string& out) = 0;
  /// A sign of life that tells the place, so that one who goes on later need not begin far back.
  virtual void print_place(std::string& out, std::uint64_t id) = 0;
  enum class Parting : unsigned char { kLost, kStopping, kSignedOut };
  virtual void print_parting(std::string& out, Parting why) = 0;
  /// What else there is to say (answers to the client). False: that was the last.
  virtual bool print_replies(std::string& out) = 0;
  void wake() { line_->wake(); }
  std::chrono::milliseconds sign_of_life() const { return seat_->live().options().sign_of_life; }

 private:
  bool catch_up(std::string& out);
  std::uint64_t reached() const;

  const std::shared_ptr<Live::Seat> seat_;
  std::shared_ptr<View> view_;
  const std::optional<std::uint64_t> since_;
  const std::function<bool()> holds_;
  Line* line_ = nullptr;
  std::shared_ptr<Audience> audience_;
  std::uint64_t place_ = 0;    // everything before it was looked at
  std::uint64_t reached_ = 0;  // the last change before place_, by its id
  bool begun_ = false;
  bool reset_ = false;  // the place it was to begin at is not known
  bool lags_ = false;
  bool sign_due_ = false;
  bool stopping_ = false;
  bool signed_out_ = false;
  std::chrono::steady_clock::time_point spoke_;
};

class EventStream final : public Stream {
 public:
  using Stream::Stream;

 private:
  void print(std::string& out, std::string_view event, std::uint64_t id, std::string_view data) override;
  void print_begin(std::string& out) override;
  void print_place(std::string& out, std::uint64_t id) override;
  void print_parting(std::string& out, Parting why) override;
  bool print_replies(std::string&) override { return true; }
};

class SocketStream final : public Stream {
 public:
  using Stream::Stream;
  void received(std::string_view bytes) override;
  void tick() override;

 private:
  void print(std::string& out, std::string_view event, std::uint64_t id, std::string_view data) override;
  void print_begin(std::string& out) override;
  void print_place(std::string& out, std::uint64_t id) override;
  void print_parting(std::string& out, Parting why) override;
  bool print_replies(std::string& out) override;
  void part(CloseCode code, std::string_view reason);

  static constexpr std::size_t kMaxMessage = 64 << 10;
  static constexpr int kMaxUnanswered = 3;
  WebSocketReader reader_{kMaxMessage};
  std::optional<std::string> pong_;
  struct Close {
    CloseCode code;
    std::string reason;
  };
  std::optional<Close> close_;
  int unanswered_ = 0;  // pings since the client was last heard of
};

}  // namespace tsunagu::gateway::live
