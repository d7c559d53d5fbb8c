// The live streams of one thread: told of changes together, found by the types or ids they want, so that a change costs
// nothing for streams of other types.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "gateway/http/http.h"
#include "gateway/live/ring.h"

namespace tsunagu::gateway::live {

class Stream;
class View;

class Audience : public std::enable_shared_from_this<Audience> {
 public:
  Audience(std::shared_ptr<Worker> worker, const Ring& ring) : worker_(std::move(worker)), ring_(ring) {}

  /// There are new changes. From any thread; many calls are one.
  void wake();
  const std::shared_ptr<Worker>& worker() const { return worker_; }

  // On the thread of the worker.
  void begin();  ///< once, when the ring's owner knows it: from now on changes are looked at
  void add(Stream& stream);
  void remove(Stream& stream);
  bool empty() const { return streams_.empty(); }
  /// Looks unknown names up again, if there are new ones.
  void renew();
  /// Every change up to this id was told to those who want it.
  std::uint64_t reached() const { return reached_; }
  /// Room to work in, for whoever has its turn.
  struct Scratch {
    std::vector<Change> changes;
    std::string data;
  } scratch;

 private:
  void run();
  void tell(const Change& change, std::uint64_t place);
  void enter(Stream& stream);
  void leave(Stream& stream);
  template <class F>
  void each_key(const Stream& stream, F&& f);

  const std::shared_ptr<Worker> worker_;
  const Ring& ring_;
  std::atomic<bool> woken_{false};
  std::uint64_t place_ = 0;
  std::uint64_t reached_ = 0;
  std::uint32_t names_ = 0;
  std::vector<Stream*> streams_;
  std::unordered_map<std::string, std::shared_ptr<View>> views_;  // by key
  struct IdHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view id) const { return std::hash<std::string_view>()(id); }
  };
  std::unordered_map<std::uint64_t, std::vector<Stream*>> by_type_;  // by tenant and type
  std::unordered_map<std::string, std::vector<Stream*>, IdHash, std::equal_to<>> by_id_;
};

}  // namespace tsunagu::gateway::live
