// What a route sees of HTTP. The server (server.h) parses and prints; nothing here knows Boost.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/time.h"

namespace tsunagu::gateway {

struct Caller;
using CallerPtr = std::shared_ptr<const Caller>;

/// A certificate that a client proved to hold, checked against --client-ca when the connection began.
struct ClientCertificate {
  std::string fingerprint;  ///< SHA-256 of its bytes (DER), 64 small hexadecimal digits
  std::string subject;      ///< distinguished name (RFC 4514)
  Instant until;            ///< it ends; connections and their resumption can last longer
};

/// A request, complete with its body. Lives until its Reply has been sent.
class Request {
 public:
  virtual ~Request() = default;
  virtual std::string_view method() const = 0;  ///< "GET", "PATCH", …
  virtual std::string_view target() const = 0;  ///< as sent: path?query
  virtual std::string_view path() const = 0;    ///< as sent, without query, still percent-encoded
  virtual std::string_view body()
      const = 0;  ///< at least 64 bytes behind it may be read (they mean nothing): simdjson wants that
  virtual std::string_view header(std::string_view name) const = 0;  ///< "" if absent; several are joined by ", "
  virtual bool has_header(std::string_view name) const = 0;
  virtual std::string_view peer() const = 0;     ///< "127.0.0.1:53210"
  virtual bool secure() const { return false; }  ///< it came over TLS
  /// Null without TLS, and when the client showed none. As long as the request lives.
  virtual const ClientCertificate* client_certificate() const { return nullptr; }

  /// Who asks (guard/caller.h): never null in a route.
  const CallerPtr& caller() const { return caller_; }
  /// By the router's guard, before the route is called.
  void set_caller(CallerPtr caller) const { caller_ = std::move(caller); }

 private:
  mutable CallerPtr caller_;
};

using Header = std::pair<std::string, std::string>;

/// An answer, complete.
struct Response {
  unsigned status = 200;
  std::string content_type;  ///< "" when there is no body
  std::vector<Header>
      headers;  ///< others (Location, Link, …); the server adds Content-Length, Connection, Date, Server
  std::string body;
};

/// `error` as an answer: its status, application/json ProblemDetails.
Response problem(const Error& error);

/// A body that is produced while it is sent.
class BodyStream {
 public:
  virtual ~BodyStream() = default;
  /// Appends the next piece (about 64 KiB or one millisecond of work, whichever comes first; nothing is allowed).
  /// Returns false after the last. Called on the connection's thread, never twice at once, and only when the client has
  /// taken the piece before.
  virtual bool next(std::string& chunk) = 0;
};

/// A thread that serves connections. Kept by whoever wants something done there.
class Worker {
 public:
  virtual ~Worker() = default;
  /// Runs `work` soon, after others had their turn; dropped when the server has ended. From any thread.
  virtual void defer(std::function<void()> work) = 0;
};

/// A body without end, sent as things happen; or, behind an answer with status 101, the bytes of another protocol in
/// both directions. Everything is called on the connection's thread. Unlike with other streams, a next() that appends
/// nothing is not repeated until wake(). The connection is closed behind it.
class LiveStream : public BodyStream {
 public:
  /// The connection, as the stream sees it: lives longer than the stream; to be used on its thread only.
  class Line {
   public:
    /// There is something to send: next() follows soon, when the client has taken what was sent before.
    virtual void wake() = 0;
    virtual std::shared_ptr<Worker> worker() = 0;

   protected:
    ~Line() = default;
  };
  /// Once, before anything else. next() follows without wake().
  virtual void start(Line& line) = 0;
  /// Bytes from the client. Those of a client that has nothing to say (no 101) are dropped before.
  virtual void received(std::string_view /*bytes*/) {}
  /// Every second or more often: time for signs of life and time-outs.
  virtual void tick() {}
  /// The server stops: next() follows, and is to say what is still to be said and return false.
  virtual void stop() = 0;
};

/// The way back to the client: move-only, used once; may be used from any thread. Dropping it unused answers 500.
class Reply {
 public:
  class Sink {
   public:
    virtual ~Sink() = default;
    virtual void send(Response) = 0;
    virtual void stream(Response head, std::unique_ptr<BodyStream>) = 0;
    virtual void live(Response head, std::unique_ptr<LiveStream>) = 0;
    virtual void defer(std::function<void()>) = 0;
    virtual bool client_gone() const = 0;
    /// The router found this route (its place in Router::routes()).
    virtual void routed(std::size_t) {}
  };
  explicit Reply(std::shared_ptr<Sink> sink) : sink_(std::move(sink)) {}
  Reply(Reply&&) noexcept = default;
  Reply& operator=(Reply&& other) noexcept;
  ~Reply();

  void send(Response response);
  void send(const Error& error);                                 ///< application/json ProblemDetails
  void stream(Response head, std::unique_ptr<BodyStream> body);  ///< chunked transfer
  /// Chunked transfer without end; or, with status 101, an upgrade (the head names the protocol).
  void live(Response head, std::unique_ptr<LiveStream> stream);
  /// Runs `work` soon on this connection's thread, after others there had their turn: for work in steps.
  void defer(std::function<void()> work);
  bool client_gone() const;  ///< stop working when true

 private:
  friend class Router;
  std::shared_ptr<Sink> sink_;
};

using RequestPtr = std::shared_ptr<const Request>;
using PathParameters = std::vector<std::string>;  ///< decoded values of {…} in the route, in order
using Handler = std::function<void(RequestPtr, PathParameters, Reply)>;

/// Routes by method and path pattern: "/ngsi-ld/v1/entities/{id}/attrs/{name}". A parameter is one segment,
/// percent-decoded (so %2F stays in it). Known path with another method: 405 with Allow; OPTIONS: 204 with Allow (and
/// Accept-Patch where PATCH exists). Unknown path: 404 problem.
/// "/static/{*}" matches the rest. HEAD is answered by GET's route without the body.
class Router {
 public:
  Router();
  ~Router();
  Router(Router&&) noexcept;
  void add(std::string_view method, std::string_view pattern, Handler handler);
  /// GET of a file that is the same for everybody: it does not pass the door. When a route has the same pattern, this is
  /// for who accepts text/html, as browsers that open a page do; the route is for everybody else.
  void add_page(std::string_view pattern, Handler handler);
  /// Asked before every route that was found, with the route's method and pattern; an answer is sent in its place.
  using Door =
      std::function<std::optional<Response>(const Request&, std::string_view method, std::string_view pattern)>;
  void set_door(Door door);
  void dispatch(RequestPtr request, Reply reply) const;
  /// The same for a handler that asks other routes; answers 500 when the router has gone.
  std::function<void(RequestPtr, Reply)> dispatcher() const;

  struct Route {
    std::string method;
    std::string pattern;
  };
  /// In the order they were added.
  const std::vector<Route>& routes() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// Decoded query parameters, in order; last of the same name wins in `get`. Fails (kInvalidRequest) on bad
/// percent-encoding, NUL, invalid UTF-8.
class QueryString {
 public:
  static Result<QueryString> parse(std::string_view target);
  std::optional<std::string_view> get(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& all() const { return items_; }

 private:
  std::vector<std::pair<std::string, std::string>> items_;
};

}  // namespace tsunagu::gateway
