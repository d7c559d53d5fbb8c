// A stream of bytes to a server of MQTT: TCP or TLS. Internal to the client; of one thread.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "gateway/mqtt/client.h"

namespace tsunagu::gateway::mqtt {

namespace asio = boost::asio;

class Line : public std::enable_shared_from_this<Line> {
 public:
  Line(asio::io_context& io, ServerAddress server);

  using Done = std::function<void(boost::system::error_code, std::size_t)>;
  /// "" when the line stands, else why not.
  void open(std::function<void(std::string)> done);
  void read(asio::mutable_buffer into, Done done);
  void write(asio::const_buffer from, Done done);  ///< all of it
  void close();

 private:
  using Socket = asio::ip::tcp::socket;
  void connect(const asio::ip::tcp::resolver::results_type& places, std::size_t index,
               std::function<void(std::string)> done);
  void shake_hands(std::function<void(std::string)> done);

  const ServerAddress server_;
  asio::ip::tcp::resolver resolver_;
  Socket socket_;
  asio::ssl::context tls_context_{asio::ssl::context::tls_client};
  std::optional<asio::ssl::stream<Socket&>> tls_;
};

}  // namespace tsunagu::gateway::mqtt
