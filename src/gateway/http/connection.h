// One client: reads its requests one after the other, hands each to the router, writes the answers in order. Internal
// to the server. Everything happens on the loop's thread, except gone().
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "gateway/http/chunked.h"
#include "gateway/http/exchange.h"
#include "gateway/http/loop.h"
#include "gateway/http/tls.h"

namespace tsunagu::gateway {

class Connection : public std::enable_shared_from_this<Connection>, private LiveStream::Line {
 public:
  Connection(std::shared_ptr<Loop> loop, Socket socket);

  /// `place`: in the loop's list. A refused client is told 503 and let go.
  void start(std::size_t place, bool refused);
  void answer(Exchange& exchange);
  void sweep();  ///< closes or answers 408 when a limit is over
  void stop();   ///< closes now if idle, else after the answer; a live stream says what it has to say and ends
  void close();

  bool gone() const { return gone_.load(std::memory_order_relaxed); }
  std::string_view peer() const { return peer_; }
  bool secure() const { return tls_ != nullptr; }
  /// Found when the first request came; does not change.
  const ClientCertificate* client_certificate() const { return certificate_; }
  Loop& loop() const { return *loop_; }
  std::size_t place() const { return place_; }
  void move_to(std::size_t place) { place_ = place; }

 private:
  enum class Phase : unsigned char {
    kHead,  // waits for a request or is in the middle of its head
    kBody,
    kHandling,   // a handler has it
    kStreaming,  // the answer is produced while it is sent
    kEnding,     // the last answer is being sent
    kLingering,  // nothing more to send; lets the client read it all before the socket is closed
    kClosed,
  };

  void advance();
  bool read_head();
  bool read_body();
  bool receive_body();
  void begin_body();
  void dispatch();
  void refuse(const Error& error, unsigned status = 0);
  void refuse(const Response& response);
  void refuse_cut_off();
  void refuse_plain_http();

  void print_answer(Exchange& exchange);
  bool counted() const;
  void count(const Exchange& exchange);
  void pump();
  void begin_live(LiveStream& live, bool upgraded);
  void take_live_input();
  void stop_live();
  void wake() override;
  std::shared_ptr<Worker> worker() override { return loop_; }
  void flush();
  bool write_some();
  std::size_t write_plain(boost::system::error_code& fault);
  std::size_t write_tls(boost::system::error_code& fault);
  void output_drained();

  void read();
  void read_tls();
  void on_read(const boost::system::error_code& fault, std::size_t size);
  bool make_room();
  std::string_view input() const { return {in_.get() + in_begin_, in_end_ - in_begin_}; }
  bool has_output() const { return out_sent_ < out_.size() + big_.size(); }
  void enter(Phase phase);

  const std::shared_ptr<Loop> loop_;
  Socket socket_;
  std::unique_ptr<TlsLine> tls_;  // null: plain HTTP
  const ClientCertificate* certificate_ = nullptr;
  std::string peer_;
  std::size_t place_ = 0;
  Phase phase_ = Phase::kHead;
  std::uint32_t since_ = 0;     // tick when the phase began, or when the first byte of a head came
  std::uint32_t progress_ = 0;  // tick of the last successful write

  // Received and not yet used: [in_begin_, in_end_).
  std::unique_ptr<char[]> in_;
  std::size_t in_capacity_ = 0;
  std::size_t in_begin_ = 0;
  std::size_t in_end_ = 0;
  HeadScanner scanner_;
  ChunkedDecoder chunks_;
  std::shared_ptr<Exchange> exchange_;  // the request being read or handled

  // To be sent: out_, then big_; out_sent_ bytes of both are gone.
  std::string out_;
  std::string big_;
  std::size_t out_sent_ = 0;
  std::unique_ptr<BodyStream> stream_;
  bool stream_chunked_ = false;
  bool pump_waits_ = false;
  LiveStream* live_ = nullptr;  // stream_, when it is one without end
  bool live_upgraded_ = false;
  bool live_sleeps_ = false;  // it had nothing to send and did not wake up since

  bool keep_alive_ = true;
  bool reading_ = false;
  bool waiting_to_write_ = false;
  bool tls_wants_write_ = false;
  bool write_wants_read_ = false;  // TLS has to receive something before it can send
  bool advancing_ = false;
  bool input_ended_ = false;
  std::atomic<bool> gone_{false};
};

}  // namespace tsunagu::gateway
