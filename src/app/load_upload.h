// Entities → the broker's batch upsert, several requests at a time, only what the broker does not have yet.
#pragma once
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/error.h"
#include "catalog/import/entity.h"

namespace tsunagu::app {

/// An entity and where it was read, for messages.
struct Sending {
  catalog::Entity entity;
  std::string place;  ///< "shelters.csv:12"
};

struct UploadSettings {
  std::string url;                 ///< of the broker: "http://127.0.0.1:1026"
  std::string tenant;              ///< empty: the default tenant
  std::string key;                 ///< sent as bearer token; empty: nobody asks
  std::string context;             ///< URL for the Link header; empty: none
  std::vector<std::string> owned;  ///< attributes the mapping can make: those a row no longer has are deleted
  bool force = false;              ///< send without asking what the broker has
  std::size_t parallel = 2;        ///< requests under way
  int attempts = 6;                ///< for a batch that meets 503, 429 or a broken connection; 0.2 s, 0.4 s, … apart
};

struct UploadCounts {
  std::size_t created = 0;
  std::size_t updated = 0;
  std::size_t unchanged = 0;
  std::size_t past_added = 0;  ///< values older than those the broker has, added to its past
  std::size_t past_known = 0;  ///< such values that it remembered already
};

/// id → name and canonical JSON of attributes, each as it was at some time.
using PastValues = std::map<std::string, std::vector<std::pair<std::string, std::string>>>;

/// Submit from one thread. `rejected` and `sent` may be called from several at once.
class Uploader {
 public:
  struct Handlers {
    std::function<void(const std::string& place, const std::string& reason)> rejected;
    std::function<void(std::size_t entities)> sent;  ///< a batch is done with
  };

  Uploader(UploadSettings settings, Handlers handlers);
  ~Uploader();

  /// Waits while too much is under way. False when the broker cannot be reached any more: see error().
  bool submit(std::vector<Sending> batch);
  /// Waits until all that was submitted is done with. False as above.
  bool drain();
  /// Then adds the values that were older than those the broker has to its past, where they are missing. False as
  /// above.
  bool send_past();

  UploadCounts counts();
  std::string error();

 private:
  struct Outcome {
    UploadCounts counts;
    std::vector<std::pair<std::string, std::string>> rejected;  // place, reason
    PastValues past;
  };

  void work();
  Result<void> try_upload(const std::vector<Sending>& batch, Outcome& outcome) const;
  void upload(std::vector<Sending> batch);
  /// The entities of the batch that the broker must be told of, reduced to what is new.
  Result<std::vector<Sending>> news(std::vector<Sending> batch, Outcome& outcome) const;
  Result<void> send(const std::vector<Sending>& batch, Outcome& outcome) const;
  void give_up(const std::string& reason);

  UploadSettings settings_;
  Handlers handlers_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::vector<Sending>> waiting_;
  std::size_t under_way_ = 0;
  bool stopping_ = false;
  std::string error_;
  UploadCounts counts_;
  PastValues past_;
  std::vector<std::thread> threads_;
};

}  // namespace tsunagu::app
