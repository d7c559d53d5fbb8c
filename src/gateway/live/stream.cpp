#include "gateway/live/stream.h"

#include <atomic>

namespace tsunagu::gateway::live {
namespace {

constexpr std::size_t kChunk = 32 << 10;  // bytes printed in one go
constexpr std::size_t kBatch = 64;        // changes read from the ring at once
constexpr int kBatches = 16;              // in one turn

}  // namespace

Stream::Stream(std::shared_ptr<Live::Seat> seat, View view, std::optional<std::uint64_t> since,
               std::function<bool()> holds)
    : seat_(std::move(seat)), view_(std::make_shared<View>(std::move(view))), since_(since), holds_(std::move(holds)) {}

Stream::~Stream() {
  if (!audience_) return;
  audience_->remove(*this);
  seat_->live().leave(audience_);
}

void Stream::start(Line& line) {
  line_ = &line;
  audience_ = seat_->live().audience(line.worker());
  audience_->add(*this);
  const Ring::End end = seat_->live().ring().end();
  place_ = end.place;
  reached_ = end.id;
  if (!since_) return;
  if (const auto place = seat_->live().ring().place_behind(*since_)) {
    place_ = *place;
    reached_ = *since_;
    lags_ = true;
  } else {
    reset_ = true;
  }
}

void Stream::offer(const Change& change, std::uint64_t place) {
  if (lags_ || place < place_ || view_->event(change) == Event::kNone) return;
  lag(place);
}

void Stream::lag(std::uint64_t place) {
  if (lags_) return;
  lags_ = true;
  reached_ = reached();
  place_ = std::max(place_, place);
  wake();
}

// The audience looks on behalf of those who do not lag.
std::uint64_t Stream::reached() const {
  return lags_ ? reached_ : std::max(reached_, audience_->reached());
}

void Stream::tick() {
  if (!signed_out_ && !holds_()) {
    signed_out_ = true;
    wake();
  }
  if (std::chrono::steady_clock::now() - spoke_ < sign_of_life()) return;
  sign_due_ = true;
  wake();
}

void Stream::stop() {
  stopping_ = true;
}

bool Stream::next(std::string& out) {
  if (!std::exchange(begun_, true)) {
    print_begin(out);
    if (reset_) {
      print(out, "reset", reached_, R"({"reason":"changes since then are not kept any more: read the state again"})");
    } else {
      print_place(out, reached_);
    }
  }
  if (!print_replies(out)) return false;
  if (stopping_) {
    print_parting(out, Parting::kStopping);
    return false;
  }
  if (signed_out_) {
    print_parting(out, Parting::kSignedOut);
    return false;
  }
  if (lags_ && !catch_up(out)) {
    print_parting(out, Parting::kLost);
    seat_->live().count_lost();
    return false;
  }
  if (std::exchange(sign_due_, false) && out.empty()) print_place(out, reached());
  if (!out.empty()) spoke_ = std::chrono::steady_clock::now();
  return true;
}

// Reads on in the ring. False when the place is gone.
bool Stream::catch_up(std::string& out) {
  const Ring& ring = seat_->live().ring();
  auto& [changes, data] = audience_->scratch;
  for (int batch = 0; batch < kBatches && out.size() < kChunk; ++batch) {
    if (!ring.read(place_, kBatch, changes)) return false;
    if (changes.empty()) {
      lags_ = false;
      return true;
    }
    audience_->renew();
    for (const Change& change : changes) {
      if (out.size() >= kChunk) break;
      ++place_;
      reached_ = change.id;
      const Event event = view_->event(change);
      if (event == Event::kNone) continue;
      data.clear();
      view_->append(data, change, event);
      if (data.empty()) continue;
      print(out, name(event), change.id, data);
      seat_->live().count_event();
    }
    changes.clear();
  }
  if (out.empty()) wake();  // others first
  return true;
}

// --- Server-Sent Events
// ------------------------------------------------------------------------------------------------

void EventStream::print(std::string& out, std::string_view event, std::uint64_t id, std::string_view data) {
  out.append("event: ").append(event).append("\nid: ").append(std::to_string(id));
  out.append("\ndata: ").append(data).append("\n\n");
}

void EventStream::print_begin(std::string& out) {
  // Not all at the same time when a server comes back.
  static std::atomic<unsigned> count{0};
  const unsigned wait_ms = 1000 + count.fetch_add(1, std::memory_order_relaxed) * 617 % 3000;
  out.append("retry: ").append(std::to_string(wait_ms)).append("\n");
}

void EventStream::print_place(std::string& out, std::uint64_t id) {
  out.append(": alive\nid: ").append(std::to_string(id)).append("\n\n");
}

void EventStream::print_parting(std::string& out, Parting why) {
  switch (why) {
    case Parting::kStopping:
      out += ": the server stops\n\n";
      break;
    case Parting::kLost:
      out += "event: lost\ndata: {\"reason\":\"the client reads too slowly\"}\n\n";
      break;
    case Parting::kSignedOut:
      out += "event: signedOut\ndata: {\"reason\":\"your sign-in has ended\"}\n\n";
      break;
  }
}

// --- WebSocket
// ---------------------------------------------------------------------------------------------------------

void SocketStream::print(std::string& out, std::string_view event, std::uint64_t id, std::string_view data) {
  std::string message;
  message.reserve(data.size() + 80);
  message.append("{\"event\":\"").append(event).append("\",\"id\":\"").append(std::to_string(id));
  message.append("\",\"data\":").append(data).append("}");
  append_text_frame(out, message);
}

void SocketStream::print_begin(std::string&) {}

void SocketStream::print_place(std::string& out, std::uint64_t id) {
  append_text_frame(out, "{\"event\":\"position\",\"id\":\"" + std::to_string(id) + "\"}");
  append_ping_frame(out, {});
  ++unanswered_;
}

void SocketStream::print_parting(std::string& out, Parting why) {
  switch (why) {
    case Parting::kStopping:
      append_close_frame(out, CloseCode::kGoingAway, "the server stops");
      break;
    case Parting::kLost:
      append_close_frame(out, CloseCode::kTryAgainLater, "lost: the client reads too slowly");
      break;
    case Parting::kSignedOut:
      append_close_frame(out, CloseCode::kPolicyViolation, "your sign-in has ended");
      break;
  }
}

bool SocketStream::print_replies(std::string& out) {
  if (pong_) append_pong_frame(out, *pong_);
  pong_.reset();
  if (!close_) return true;
  append_close_frame(out, close_->code, close_->reason);
  return false;
}

void SocketStream::part(CloseCode code, std::string_view reason) {
  if (close_) return;
  close_ = Close{code, std::string(reason)};
  wake();
}

void SocketStream::received(std::string_view bytes) {
  unanswered_ = 0;
  while (!bytes.empty() && !close_) {
    switch (reader_.next(bytes)) {
      case WebSocketReader::Kind::kPing:
        pong_ = reader_.payload();
        wake();
        break;
      case WebSocketReader::Kind::kClose:
        part(reader_.code(), {});
        break;
      case WebSocketReader::Kind::kText:
      case WebSocketReader::Kind::kBinary:
        part(CloseCode::kUnsupportedData, "this stream takes no messages");
        break;
      case WebSocketReader::Kind::kFault:
        part(reader_.code(), reader_.fault());
        break;
      case WebSocketReader::Kind::kPong:
      case WebSocketReader::Kind::kNothing:
        break;
    }
  }
}

void SocketStream::tick() {
  if (unanswered_ > kMaxUnanswered) part(CloseCode::kGoingAway, "no answer to a ping");
  Stream::tick();
}

}  // namespace tsunagu::gateway::live
