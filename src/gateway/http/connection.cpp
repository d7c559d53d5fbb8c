#include "gateway/http/connection.h"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <charconv>
#include <cstring>

#include "base/log.h"
#include "gateway/guard/caller.h"
#include "gateway/http/compression.h"
#include "gateway/http/response_head.h"

namespace tsunagu::gateway {
namespace {

constexpr std::size_t kSmallBuffer = 4 << 10;
constexpr std::size_t kLargeBuffer = 64 << 10;
constexpr std::size_t kBodyPadding = 64;
constexpr std::size_t kReserveAtMost = 1 << 20;
constexpr std::size_t kCopyAtMost = 8 << 10;       // larger bodies are sent from where they are
constexpr std::size_t kPipelineOutput = 64 << 10;  // no further request is started while this much waits to be sent
constexpr std::chrono::milliseconds kLinger{2000};

// Somebody has said who they are: what they are told may be for them alone.
bool is_for_one_person(const Exchange& exchange) {
  const CallerPtr& caller = exchange.caller();
  return caller && caller->subject->kind != trust::SubjectKind::kAnonymous && !caller->subject->everything();
}

// Unless the route has said how long its answer may be kept; by whom, is decided here (what never changes is no
// secret).
void add_no_store(Response& response) {
  for (auto& [name, value] : response.headers) {
    if (name != "Cache-Control") continue;
    if (value.starts_with("public") && value.find("immutable") == std::string::npos) value = "private, no-cache";
    return;
  }
  response.headers.emplace_back("Cache-Control", "no-store");
}

}  // namespace

Connection::Connection(std::shared_ptr<Loop> loop, Socket socket)
    : loop_(std::move(loop)), socket_(std::move(socket)) {}

void Connection::start(std::size_t place, bool refused) {
  place_ = place;
  boost::system::error_code ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  const auto endpoint = socket_.remote_endpoint(ignored);
  const std::string address = endpoint.address().to_string();
  peer_ = (endpoint.address().is_v6() ? "[" + address + "]" : address) + ":" + std::to_string(endpoint.port());
  enter(Phase::kHead);
  if (loop_->stopping()) return close();
  if (Tls* const tls = loop_->server().tls.get()) {
    tls_ = tls->line(socket_.native_handle());
    if (!tls_) return close();
  }
  if (refused) {
    refuse({ErrorCode::kUnavailable, "There are too many connections; try again in a moment."});
    return advance();
  }
  read();
}

void Connection::enter(Phase phase) {
  phase_ = phase;
  since_ = loop_->tick();
}

// --- reading ---------------------------------------------------------------------------------------------------------

void Connection::read() {
  if (reading_ || input_ended_ || phase_ == Phase::kClosed || !make_room()) return;
  reading_ = true;
  if (tls_) return read_tls();
  socket_.async_read_some(asio::buffer(in_.get() + in_end_, in_capacity_ - in_end_),
                          [self = shared_from_this()](const boost::system::error_code& fault, std::size_t size) {
                            self->on_read(fault, size);
                          });
}

// Waits for what TLS needs to give the next bytes of the client. The handshake happens on the way.
void Connection::read_tls() {
  const auto go_on = [self = shared_from_this()](const boost::system::error_code&) {
    if (self->phase_ == Phase::kClosed) return;
    const auto [state, size] = self->tls_->read(self->in_.get() + self->in_end_, self->in_capacity_ - self->in_end_);
    switch (state) {
      case TlsLine::State::kDone:
        return self->on_read({}, size);
      case TlsLine::State::kWantsRead:
      case TlsLine::State::kWantsWrite:
        self->tls_wants_write_ = state == TlsLine::State::kWantsWrite;
        return self->read_tls();
      case TlsLine::State::kEnded:
        return self->on_read(asio::error::eof, 0);
      case TlsLine::State::kPlainHttp:
        return self->refuse_plain_http();
      case TlsLine::State::kBroken:
        log::debug("{}: no TLS: {}", self->peer_, self->tls_->failure());
        return self->on_read(asio::error::connection_reset, 0);
    }
  };
  if (tls_->has_pending()) return asio::post(loop_->io(), [go_on] { go_on({}); });
  socket_.async_wait(std::exchange(tls_wants_write_, false) ? Socket::wait_write : Socket::wait_read, go_on);
}

void Connection::refuse_plain_http() {
  reading_ = false;
  tls_.reset();
  input_ended_ = false;
  refuse({ErrorCode::kInvalidRequest, "This server speaks HTTPS here: ask with https://."});
  advance();
}

void Connection::on_read(const boost::system::error_code& fault, std::size_t size) {
  reading_ = false;
  if (phase_ == Phase::kClosed) return;
  if (fault == asio::error::eof) {
    input_ended_ = true;
    if (phase_ == Phase::kHandling || phase_ == Phase::kStreaming) gone_ = true;
    if (phase_ == Phase::kLingering || live_) return close();
  } else if (fault) {
    return close();
  }
  if (phase_ == Phase::kLingering) return read();
  if (in_begin_ == in_end_ && phase_ == Phase::kHead) since_ = loop_->tick();
  in_end_ += size;
  loop_->received(size);
  advance();
}

// Room behind in_end_ for at least one byte: a whole head must lie in one piece, bodies come in large pieces.
bool Connection::make_room() {
  if (in_begin_ == in_end_ || phase_ == Phase::kLingering) {
    in_begin_ = in_end_ = 0;
    if (in_capacity_ > kSmallBuffer && phase_ == Phase::kHead) in_capacity_ = 0;
  }
  if (in_end_ < in_capacity_) return true;
  if (in_begin_ > 0) {
    std::memmove(in_.get(), in_.get() + in_begin_, in_end_ - in_begin_);
    in_end_ -= in_begin_;
    in_begin_ = 0;
    return true;
  }
  const std::size_t largest = std::max(kLargeBuffer, loop_->server().options.max_header_bytes + kSmallBuffer);
  if (in_capacity_ >= largest) return false;
  const std::size_t capacity = in_capacity_ == 0        ? kSmallBuffer
                               : phase_ == Phase::kBody ? largest
                                                        : std::min(in_capacity_ * 4, largest);
  auto larger = std::make_unique_for_overwrite<char[]>(capacity);
  if (in_end_ > 0) std::memcpy(larger.get(), in_.get(), in_end_);
  in_ = std::move(larger);
  in_capacity_ = capacity;
  return true;
}

// Takes every step that is possible with what is here.
void Connection::advance() {
  if (advancing_) return;
  advancing_ = true;
  bool output_first = false;
  do {
    for (bool going = true; going && phase_ != Phase::kClosed;) {
      going = false;
      output_first = !big_.empty() || out_.size() >= kPipelineOutput;
      if (phase_ == Phase::kHead && !output_first) going = read_head();
      if (phase_ == Phase::kBody) going = read_body();
    }
    if (live_) take_live_input();
    flush();
  } while (phase_ == Phase::kHead && output_first && !has_output());
  advancing_ = false;
  if (phase_ != Phase::kClosed) read();
}

bool Connection::read_head() {
  while (input().starts_with("\r\n")) in_begin_ += 2;  // RFC 9112 clause 2.2
  const std::string_view bytes = input();
  if (bytes.empty() || bytes == "\r") {
    if (input_ended_) enter(Phase::kEnding);
    return false;
  }
  const std::size_t limit = loop_->server().options.max_header_bytes;
  const auto found = scanner_.scan(bytes);
  if (found == HeadScanner::Found::kFault) {
    refuse({ErrorCode::kInvalidRequest, "This is not an HTTP/1.1 request: its lines must end with CR LF."});
    return false;
  }
  if (found == HeadScanner::Found::kNothing ? bytes.size() > limit : scanner_.size() > limit) {
    const std::string size = std::to_string(limit) + " bytes.";
    if (scanner_.request_line() == 0 || scanner_.request_line() > limit) {
      refuse({ErrorCode::kUriTooLong, "The request line is longer than " + size});
    } else {
      refuse({ErrorCode::kHeadersTooLarge, "The request line and the headers are larger than " + size});
    }
    return false;
  }
  if (found == HeadScanner::Found::kNothing) {
    if (input_ended_) refuse_cut_off();
    return false;
  }
  if (tls_) certificate_ = tls_->client_certificate();
  exchange_ = std::make_shared<Exchange>(shared_from_this());
  RequestHead& head = exchange_->head;
  const auto read = head.read(bytes.substr(0, scanner_.size()));
  in_begin_ += scanner_.size();
  scanner_ = {};
  if (!read) {
    refuse(read.error(), head.bad_version ? 505 : 0);
    return false;
  }
  const ReceiverRoute* receiving = nullptr;
  for (const ReceiverRoute& route : loop_->server().options.receivers) {
    if (route.method == exchange_->method() && route.path == exchange_->path()) receiving = &route;
  }
  exchange_->max_body_bytes = receiving ? receiving->max_bytes : loop_->server().options.max_body_bytes;
  if (head.content_length > exchange_->max_body_bytes) {
    refuse({ErrorCode::kContentTooLarge,
            "The body is larger than " + std::to_string(exchange_->max_body_bytes) + " bytes."});
    return false;
  }
  if (receiving) {
    const auto refusal = receiving->door ? receiving->door(*exchange_) : std::nullopt;
    if (refusal) return refuse(*refusal), false;
    auto receiver = receiving->open(*exchange_);
    if (!receiver) return refuse(receiver.error()), false;
    exchange_->receiver = std::move(*receiver);
  }
  keep_alive_ = head.keep_alive && !loop_->stopping();
  begin_body();
  return true;
}

void Connection::begin_body() {
  const RequestHead& head = exchange_->head;
  enter(Phase::kBody);
  if (!head.chunked && head.content_length == 0) return;
  if (!exchange_->receiver) {
    exchange_->body_text.reserve(std::min<std::size_t>(head.content_length, kReserveAtMost) + kBodyPadding);
  }
  chunks_ = {};
  if (head.expects_continue && input().empty()) out_.append("HTTP/1.1 100 Continue\r\n\r\n");
}

bool Connection::read_body() {
  if (exchange_->receiver) return receive_body();
  const RequestHead& head = exchange_->head;
  std::string& body = exchange_->body_text;
  if (head.chunked) {
    const auto taken = chunks_.feed(input(), body, exchange_->max_body_bytes);
    if (!taken) {
      refuse(taken.error());
      return false;
    }
    in_begin_ += *taken;
  } else if (head.content_length > 0) {
    const std::string_view piece = input().substr(0, head.content_length - body.size());
    if (body.capacity() < body.size() + piece.size() + kBodyPadding) body.reserve(2 * (body.size() + piece.size()));
    body.append(piece);
    in_begin_ += piece.size();
  }
  if (head.chunked ? !chunks_.done() : body.size() < head.content_length) {
    if (input_ended_) refuse_cut_off();
    return false;
  }
  if (head.chunked) body.reserve(body.size() + kBodyPadding);
  dispatch();
  return phase_ == Phase::kHead;
}

bool Connection::receive_body() {
  const RequestHead& head = exchange_->head;
  Exchange& exchange = *exchange_;
  std::string_view piece;
  if (head.chunked) {
    exchange.body_text.clear();
    const auto taken = chunks_.feed(input(), exchange.body_text, exchange.max_body_bytes - exchange.received);
    if (!taken) {
      refuse(taken.error());
      return false;
    }
    in_begin_ += *taken;
    piece = exchange.body_text;
  } else {
    piece = input().substr(0, head.content_length - exchange.received);
    in_begin_ += piece.size();
  }
  if (!piece.empty()) {
    if (auto written = exchange.receiver->write(piece); !written) {
      refuse(written.error());
      return false;
    }
    exchange.received += piece.size();
    since_ = loop_->tick();
  }
  if (head.chunked ? !chunks_.done() : exchange.received < head.content_length) {
    if (input_ended_) refuse_cut_off();
    return false;
  }
  exchange.body_text.clear();
  dispatch();
  return phase_ == Phase::kHead;
}

void Connection::refuse_cut_off() {
  refuse({ErrorCode::kInvalidRequest, "The request ends in the middle."});
}

// --- answering -------------------------------------------------------------------------------------------------------

void Connection::dispatch() {
  enter(Phase::kHandling);
  const auto exchange = exchange_;
  if (counted()) exchange->begun = std::chrono::steady_clock::now();
  try {
    if (const auto receiver = std::move(exchange->receiver)) {
      receiver->finish(exchange, Reply(exchange));
    } else {
      loop_->server().router.dispatch(exchange, Reply(exchange));
    }
  } catch (const std::exception&) {
    // The Reply went with the stack and answered 500.
  }
  if (exchange->ready) print_answer(*exchange);
}

// Called for every answer, however late; while advance() runs, it is picked up there.
void Connection::answer(Exchange& exchange) {
  if (&exchange != exchange_.get() || advancing_) return;
  print_answer(exchange);
  advance();
}

// Answers a request that could not be read; nothing after it on this connection can be understood.
void Connection::refuse(const Error& error, unsigned status) {
  Response response = problem(error);
  if (status != 0) response.status = status;
  log::debug("{} was refused with status {}: {}", peer_, response.status, error.detail);
  refuse(response);
}

void Connection::refuse(const Response& response) {
  HeadStyle style;
  style.stamp = loop_->stamp();
  style.cors_origin = loop_->server().options.cors_origin;
  style.keep_alive = false;
  append_head(out_, response, style);
  out_.append(response.body);
  if (auto& metrics = loop_->server().metrics) metrics->answered(HttpMetrics::kNoRoute, response.status, {});
  exchange_.reset();
  enter(Phase::kEnding);
}

void Connection::print_answer(Exchange& exchange) {
  Response& response = exchange.response;
  const std::string_view method = exchange.method();
  const std::string& cors_origin = loop_->server().options.cors_origin;
  if (loop_->stopping()) keep_alive_ = false;
  const bool http11 = exchange.head.http11;
  const bool upgraded = response.status == 101;
  stream_ = std::move(exchange.body_stream);
  if (stream_ && !upgraded && (!http11 || exchange.live_stream)) keep_alive_ = false;
  if (!cors_origin.empty() && method == "OPTIONS") {
    const auto allow = std::find_if(response.headers.begin(), response.headers.end(),
                                    [](const Header& header) { return header.first == "Allow"; });
    if (allow != response.headers.end()) response.headers.emplace_back("Access-Control-Allow-Methods", allow->second);
    if (const auto asked = exchange.head.field("Access-Control-Request-Headers")) {
      response.headers.emplace_back("Access-Control-Allow-Headers", *asked);
    }
  }
  if (is_for_one_person(exchange)) add_no_store(response);
  if (method != "HEAD" && !exchange.live_stream) {
    compress_answer(response, stream_, exchange.header("accept-encoding"));
  }
  HeadStyle style;
  style.stamp = loop_->stamp();
  style.cors_origin = cors_origin;
  style.http11 = http11;
  style.keep_alive = keep_alive_;
  style.streamed = stream_ && !without_body(response.status);
  append_head(out_, response, style);
  if (counted()) count(exchange);
  const bool no_body = method == "HEAD" || (without_body(response.status) && !upgraded);
  if (no_body) stream_.reset();
  if (!no_body && !stream_) {
    if (response.body.size() <= kCopyAtMost) {
      out_.append(response.body);
    } else {
      big_ = std::move(response.body);
    }
  }
  LiveStream* const live = stream_ ? exchange.live_stream : nullptr;
  exchange_.reset();
  if (stream_) {
    stream_chunked_ = http11 && !upgraded;
    enter(Phase::kStreaming);
    if (live) begin_live(*live, upgraded);
    pump();
  } else {
    enter(keep_alive_ ? Phase::kHead : Phase::kEnding);
  }
}

bool Connection::counted() const {
  return loop_->server().metrics || log::enabled(log::Level::kDebug);
}

void Connection::count(const Exchange& exchange) {
  const auto time = std::chrono::steady_clock::now() - exchange.begun;
  const unsigned status = exchange.response.status;
  if (auto& metrics = loop_->server().metrics) metrics->answered(exchange.route, status, time);
  log::debug("{} {} {} {} {} µs", peer_, exchange.method(), exchange.target(), status,
             std::chrono::duration_cast<std::chrono::microseconds>(time).count());
}

// Puts the next piece of the stream behind what is to be sent. An empty piece gives the others a turn.
void Connection::pump() {
  if (phase_ != Phase::kStreaming || !big_.empty()) return;
  bool more = false;
  try {
    more = stream_->next(big_);
  } catch (const std::exception&) {
    return close();  // the client sees that the answer is cut off
  }
  if (!big_.empty() && stream_chunked_) {
    char size[20];
    const auto [end, fault] = std::to_chars(size, size + sizeof size, big_.size(), 16);
    out_.append(size, end).append("\r\n");
    big_.append("\r\n");
  }
  live_sleeps_ = live_ && big_.empty();
  if (more) return;
  if (stream_chunked_) big_.append("0\r\n\r\n");
  live_ = nullptr;
  stream_.reset();
  enter(keep_alive_ ? Phase::kHead : Phase::kEnding);
}

// --- streams without end
// -----------------------------------------------------------------------------------------------

void Connection::begin_live(LiveStream& live, bool upgraded) {
  live_ = &live;
  live_upgraded_ = upgraded;
  keep_alive_ = false;
  live.start(*this);
  if (loop_->stopping()) live.stop();
}

void Connection::take_live_input() {
  const std::string_view bytes = input();
  in_begin_ = in_end_;
  if (live_upgraded_ && !bytes.empty()) live_->received(bytes);
}

void Connection::wake() {
  live_sleeps_ = false;
  if (!has_output()) output_drained();
}

void Connection::stop_live() {
  if (has_output()) return close();  // the client does not read
  live_->stop();
  wake();
}

// --- writing ---------------------------------------------------------------------------------------------------------

void Connection::flush() {
  if (waiting_to_write_ || phase_ == Phase::kClosed) return;
  if (has_output()) {
    if (!write_some()) return;
    if (has_output()) {
      waiting_to_write_ = true;
      socket_.async_wait(std::exchange(write_wants_read_, false) ? Socket::wait_read : Socket::wait_write,
                         [self = shared_from_this()](const boost::system::error_code&) {
                           self->waiting_to_write_ = false;
                           self->advance();
                         });
      return;
    }
    out_sent_ = 0;
    out_.clear();
    big_.clear();
    if (out_.capacity() > kLargeBuffer) out_.shrink_to_fit();
    if (live_ && big_.capacity() > kSmallBuffer) big_.shrink_to_fit();
  }
  output_drained();
}

// False when the connection broke.
bool Connection::write_some() {
  while (has_output()) {
    boost::system::error_code fault;
    const std::size_t sent = tls_ ? write_tls(fault) : write_plain(fault);
    if (fault == asio::error::would_block) return true;
    if (fault) {
      close();
      return false;
    }
    out_sent_ += sent;
    loop_->sent(sent);
    progress_ = loop_->tick();
  }
  return true;
}

std::size_t Connection::write_plain(boost::system::error_code& fault) {
  if (big_.empty()) return socket_.write_some(asio::buffer(out_.data() + out_sent_, out_.size() - out_sent_), fault);
  const std::size_t of_out = std::min(out_sent_, out_.size());
  const std::size_t of_big = out_sent_ - of_out;
  return socket_.write_some(std::array{asio::const_buffer(out_.data() + of_out, out_.size() - of_out),
                                       asio::const_buffer(big_.data() + of_big, big_.size() - of_big)},
                            fault);
}

std::size_t Connection::write_tls(boost::system::error_code& fault) {
  const std::string& from = out_sent_ < out_.size() ? out_ : big_;
  const std::size_t at = out_sent_ - (&from == &out_ ? 0 : out_.size());
  const auto [state, taken] = tls_->write(from.data() + at, from.size() - at);
  if (state == TlsLine::State::kDone) return taken;
  write_wants_read_ = state == TlsLine::State::kWantsRead;
  const bool waits = write_wants_read_ || state == TlsLine::State::kWantsWrite;
  fault = waits ? asio::error::would_block : asio::error::connection_reset;
  return 0;
}

void Connection::output_drained() {
  if (phase_ == Phase::kStreaming) {
    if (live_sleeps_ || std::exchange(pump_waits_, true)) return;
    loop_->defer([self = shared_from_this()] {
      self->pump_waits_ = false;
      self->pump();
      self->advance();
    });
  } else if (phase_ == Phase::kEnding) {
    if (input_ended_) return close();
    boost::system::error_code ignored;
    if (tls_) tls_->finish();
    socket_.shutdown(Socket::shutdown_send, ignored);
    enter(Phase::kLingering);
  }
}

// --- ending ----------------------------------------------------------------------------------------------------------

void Connection::sweep() {
  const ServerOptions& options = loop_->server().options;
  if (has_output() && loop_->passed(std::max(progress_, since_), options.write_timeout)) return close();
  if (live_) live_->tick();
  switch (phase_) {
    case Phase::kHead:
      if (has_output()) break;
      if (input().empty()) {
        const bool greeting = tls_ && !tls_->established();
        if (loop_->passed(since_, greeting ? options.header_timeout : options.idle_timeout)) close();
      } else if (loop_->passed(since_, options.header_timeout)) {
        refuse({ErrorCode::kRequestTimeout, "The headers of the request did not come in time."});
        advance();
      }
      break;
    case Phase::kBody:
      if (loop_->passed(since_, options.body_timeout)) {
        refuse({ErrorCode::kRequestTimeout, "The body of the request did not come in time."});
        advance();
      }
      break;
    case Phase::kLingering:
      if (loop_->stopping() || loop_->passed(since_, kLinger)) close();
      break;
    default:
      break;
  }
}

void Connection::stop() {
  keep_alive_ = false;
  if (live_) return stop_live();
  const bool idle = phase_ == Phase::kHead && input().empty() && !has_output();
  if (idle || phase_ == Phase::kLingering) close();
}

void Connection::close() {
  if (phase_ == Phase::kClosed) return;
  const auto self = shared_from_this();
  phase_ = Phase::kClosed;
  gone_ = true;
  boost::system::error_code ignored;
  socket_.close(ignored);
  exchange_.reset();
  live_ = nullptr;
  stream_.reset();
  loop_->remove(*this);
}

}  // namespace tsunagu::gateway
