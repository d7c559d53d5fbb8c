// The upload studio: all uploads of a data folder, the threads that work on them, and their publications.
#pragma once
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/workbench.h"
#include "catalog/datasets.h"
#include "catalog/studio/publication.h"
#include "catalog/studio/upload.h"

namespace tsunagu::catalog {

struct StudioOptions {
  std::filesystem::path folder;  ///< DATA/uploads; made when needed
  std::size_t threads = 2;
  std::uint64_t keep_days = 30;  ///< uploads that nobody touched for so long are removed
};

/// Thread-safe. `datasets` outlives it.
class Studio {
 public:
  Studio(StudioOptions options, Datasets& datasets);
  ~Studio();  ///< as stop()
  /// Takes up what is in the folder: uploads, and publications that were begun. To be called once, after construction.
  void start();
  /// Ends the work under way; what it did not finish goes on at the next start.
  void stop();

  /// A file on its way in; dropped unfinished, it leaves nothing.
  class Incoming {
   public:
    ~Incoming();
    Result<void> write(std::string_view bytes);

   private:
    friend class Studio;
    std::string id_, file_name_, tenant_;
    std::filesystem::path folder_;
    std::FILE* file_ = nullptr;
    std::uint64_t size_ = 0;
  };
  Result<std::unique_ptr<Incoming>> receive(const std::string& tenant, const std::string& file_name);
  /// Everything has come. `done` is called when the table can be seen; at once for a large file, which is read
  /// meanwhile.
  void finish(std::unique_ptr<Incoming> incoming, std::function<void(Result<std::shared_ptr<Upload>>)> done);

  /// Of the tenant; ResourceNotFound.
  Result<std::shared_ptr<Upload>> find(const std::string& tenant, const std::string& id);
  std::vector<std::shared_ptr<Upload>> list(const std::string& tenant);  ///< the newest first
  /// Conflict while it is being published.
  Result<void> remove(const std::string& tenant, const std::string& id);

  /// Runs `work` on a thread of the studio, then `done` — which is called at once for a large file. With outlines of
  /// the municipalities as the graph has them.
  using Work = std::function<Result<void>(Upload&, const std::shared_ptr<const Places>&)>;
  void change(const std::shared_ptr<Upload>& upload, Work work, std::function<void(Result<void>)> done);

  struct Publication {
    enum class State : unsigned char { kNone, kRunning, kDone, kFailed } state = State::kNone;
    std::uint64_t done = 0, of = 0;  ///< rows
    std::string dataset, error;
    PublicationOutcome outcome;
  };
  /// Checks, then works in the background.
  Result<void> publish(const std::shared_ptr<Upload>& upload, PublicationRequest request);
  Publication publication(const Upload& upload) const;

 private:
  struct Job;
  struct Publishing {
    Publication state;
    std::shared_ptr<PublicationProgress> progress;
  };
  void sweep();
  std::shared_ptr<const Places> places(const std::string& tenant);
  void load(const std::shared_ptr<Upload>& upload);
  Result<store::TenantId> tenant_of(const Upload& upload) const;
  void begin(const std::shared_ptr<Upload>& upload, const std::string& dataset,
             std::function<Result<PublicationOutcome>(PublicationProgress&)> work);

  const StudioOptions options_;
  Datasets& datasets_;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Upload>> uploads_;
  std::map<std::string, bool> loading_;  // asked for, by id
  std::map<std::string, Publishing> publications_;
  std::map<std::string, std::pair<std::uint64_t, std::shared_ptr<const Places>>>
      places_;  // by tenant, with the store's write
  Workbench workbench_;
};

}  // namespace tsunagu::catalog
