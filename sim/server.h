// A Tsunagu server, spoken to as any other client would: NGSI-LD to make entities known, /iot for reports.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace tsunagu::sim {

/// One connection; not thread-safe.
class Server {
 public:
  /// `url` without a path; `key` may be empty.
  Server(std::string url, std::string key, std::string tenant = {});
  ~Server();
  Server(Server&&) noexcept;

  struct Answer {
    long status = 0;
    std::string body;
  };
  /// kUnavailable: not reached, or not in 30 seconds. Any status is an answer.
  Result<Answer> ask(std::string_view method, std::string_view path, std::string_view body,
                     std::string_view media_type);

  /// Makes entities (JSON objects) known, 500 at once; those that are there already stay as they are. How many were
  /// new.
  Result<std::size_t> make_known(const std::vector<std::string>& entities);

  /// Sends lines of {"k","i","t","v"}. kUnavailable: later, perhaps; another error: never.
  struct Taken {
    std::uint64_t accepted = 0, rejected = 0;
    std::string first_fault;
  };
  Result<Taken> report(std::string_view ndjson);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tsunagu::sim
