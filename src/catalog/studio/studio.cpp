#include "catalog/studio/studio.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <random>

#include "base/json.h"
#include "base/log.h"
#include "catalog/import/json_walk.h"
#include "catalog/studio/shipped.h"
#include "ngsi/core_context.h"

namespace tsunagu::catalog {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLarge = 8u << 20;  // bytes of a file that nobody is made to wait for
constexpr const char* kMarker = "publication.json";

std::string new_id() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}", random(), random());
}

std::optional<std::string> read_json(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  std::string out;
  if (!append_canonical_json(out, text)) return std::nullopt;
  return out;
}

tl::unexpected<Error> disk_error(const fs::path& path) {
  const ErrorCode code =
      errno == ENOSPC || errno == EDQUOT || errno == EFBIG ? ErrorCode::kStorageFull : ErrorCode::kInternalError;
  return fail(code, path.string() + ": " + std::strerror(errno));
}

}  // namespace

Studio::Studio(StudioOptions options, Datasets& datasets)
    : options_(std::move(options)), datasets_(datasets), workbench_(options_.threads, Workbench::kNoLimit) {}

Studio::~Studio() {
  stop();
}

void Studio::start() {
  std::error_code fault;
  fs::create_directories(options_.folder, fault);
  sweep();
  std::vector<std::pair<std::shared_ptr<Upload>, PublicationPlan>> begun;
  for (const auto& entry : fs::directory_iterator(options_.folder, fault)) {
    const auto json = read_json(entry.path() / "state.json");
    auto draft = json ? read_draft(*json) : std::nullopt;
    if (!draft) {  // its upload was broken off
      fs::remove_all(entry.path(), fault);
      continue;
    }
    const std::string id = entry.path().filename().string();
    auto upload = std::make_shared<Upload>(id, entry.path(), std::move(*draft));
    if (const auto marker = read_json(entry.path() / kMarker)) {
      if (auto plan = read_plan(*marker)) begun.emplace_back(upload, std::move(*plan));
    }
    uploads_.emplace(id, std::move(upload));
  }
  for (auto& [upload, plan] : begun) {
    log::info("The publication of {} was interrupted and goes on", plan.dataset.name);
    const std::string name = plan.dataset.name;
    begin(upload, name,
          [this, upload = upload, plan = std::move(plan)](PublicationProgress& progress) -> Result<PublicationOutcome> {
            const auto tenant = tenant_of(*upload);
            if (!tenant) return tl::unexpected(tenant.error());
            return carry_out(datasets_, *tenant, plan, progress);
          });
  }
}

void Studio::stop() {
  {
    const std::lock_guard lock(mutex_);
    for (auto& [id, upload] : uploads_) upload->stop();
    for (auto& [id, publishing] : publications_) {
      if (publishing.progress) publishing.progress->stop = true;
    }
  }
  workbench_.stop();
}

void Studio::sweep() {
  std::error_code fault;
  const auto oldest = fs::file_time_type::clock::now() - std::chrono::hours(24 * options_.keep_days);
  std::vector<fs::path> old;
  for (const auto& entry : fs::directory_iterator(options_.folder, fault)) {
    std::error_code unknown;
    const auto touched = fs::last_write_time(entry.path() / "state.json", unknown);
    if (!unknown && touched < oldest && !fs::exists(entry.path() / kMarker)) old.push_back(entry.path());
  }
  for (const fs::path& path : old) {
    {
      const std::lock_guard lock(mutex_);
      uploads_.erase(path.filename().string());
    }
    fs::remove_all(path, fault);
  }
}

Studio::Incoming::~Incoming() {
  if (file_ == nullptr) return;
  std::fclose(file_);
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

Result<void> Studio::Incoming::write(std::string_view bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size()) return disk_error(folder_);
  size_ += bytes.size();
  return {};
}

Result<std::unique_ptr<Studio::Incoming>> Studio::receive(const std::string& tenant, const std::string& file_name) {
  sweep();
  auto incoming = std::make_unique<Incoming>();
  incoming->id_ = new_id();
  incoming->file_name_ = file_name;
  incoming->tenant_ = tenant;
  incoming->folder_ = options_.folder / incoming->id_;
  std::error_code fault;
  fs::create_directories(incoming->folder_, fault);
  const fs::path path = incoming->folder_ / "original";
  incoming->file_ = std::fopen(path.c_str(), "wbe");
  if (incoming->file_ == nullptr) return disk_error(path);
  return incoming;
}

void Studio::finish(std::unique_ptr<Incoming> incoming, std::function<void(Result<std::shared_ptr<Upload>>)> done) {
  const bool closed = std::fclose(std::exchange(incoming->file_, nullptr)) == 0;
  const auto give_up = [&](const Error& error) {
    std::error_code ignored;
    fs::remove_all(incoming->folder_, ignored);
    done(tl::unexpected(error));
  };
  if (!closed) return give_up(disk_error(incoming->folder_).value());
  UploadDraft draft;
  draft.file_name = incoming->file_name_;
  draft.byte_size = incoming->size_;
  draft.tenant = incoming->tenant_;
  draft.created = now();
  if (auto kept = write_file(incoming->folder_ / "state.json", to_json(draft)); !kept) return give_up(kept.error());
  auto upload = std::make_shared<Upload>(incoming->id_, incoming->folder_, std::move(draft));
  {
    const std::lock_guard lock(mutex_);
    uploads_.emplace(upload->id(), upload);
    loading_[upload->id()] = true;
  }
  const bool wait = incoming->size_ < kLarge;
  const bool taken = workbench_.take([this, upload, wait, done] {
    upload->load(places(upload->draft().tenant));
    if (wait) done(upload);
  });
  if (!taken || !wait) done(upload);
}

void Studio::load(const std::shared_ptr<Upload>& upload) {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(loading_[upload->id()], true)) return;
  }
  workbench_.take([this, upload] { upload->load(places(upload->draft().tenant)); });
}

Result<std::shared_ptr<Upload>> Studio::find(const std::string& tenant, const std::string& id) {
  std::shared_ptr<Upload> upload;
  {
    const std::lock_guard lock(mutex_);
    const auto found = uploads_.find(id);
    if (found != uploads_.end()) upload = found->second;
  }
  if (upload == nullptr || upload->draft().tenant != tenant)
    return fail(ErrorCode::kResourceNotFound, "there is no upload " + id);
  load(upload);
  return upload;
}

std::vector<std::shared_ptr<Upload>> Studio::list(const std::string& tenant) {
  std::vector<std::shared_ptr<Upload>> out;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, upload] : uploads_) out.push_back(upload);
  }
  std::erase_if(out, [&tenant](const auto& upload) { return upload->draft().tenant != tenant; });
  std::sort(out.begin(), out.end(),
            [](const auto& a, const auto& b) { return a->draft().created > b->draft().created; });
  for (const auto& upload : out) load(upload);
  return out;
}

Result<void> Studio::remove(const std::string& tenant, const std::string& id) {
  auto upload = find(tenant, id);
  if (!upload) return tl::unexpected(upload.error());
  {
    const std::lock_guard lock(mutex_);
    const auto running = publications_.find(id);
    if (running != publications_.end() && running->second.state.state == Publication::State::kRunning) {
      return fail(ErrorCode::kConflict, "the upload is being published");
    }
    uploads_.erase(id);
    publications_.erase(id);
  }
  (*upload)->stop();
  std::error_code ignored;
  fs::remove_all((*upload)->folder(), ignored);
  return {};
}

// Outlines come from the graph: they are read again when something was written since.
std::shared_ptr<const Places> Studio::places(const std::string& tenant) {
  store::Store& store = datasets_.broker().store;
  const std::uint64_t written = store.stats().last_sequence;
  {
    const std::lock_guard lock(mutex_);
    const auto known = places_.find(tenant);
    if (known != places_.end() && known->second.first == written) return known->second.second;
  }
  static const Places kShipped = Places::shipped();
  auto made = std::make_shared<Places>(kShipped);
  if (const auto id = store.find_tenant(tenant)) {
    const ngsi::TermId boundary = ngsi::core_context()->intern("boundary");
    for (const std::string& code : made->codes()) {
      const ngsi::RecordPtr record = store.find(*id, "urn:ngsi-ld:Municipality:" + code);
      if (!record) continue;
      const ngsi::AttributeView outline = record->find(boundary);
      if (outline.data() != nullptr) made->set_outline(code, outline.value());
    }
  }
  const std::lock_guard lock(mutex_);
  places_[tenant] = {written, made};
  return made;
}

void Studio::change(const std::shared_ptr<Upload>& upload, Work work, std::function<void(Result<void>)> done) {
  const bool wait = upload->draft().byte_size < kLarge;
  const bool taken = workbench_.take([this, upload, work = std::move(work), wait, done] {
    auto result = work(*upload, places(upload->draft().tenant));
    if (wait) done(std::move(result));
  });
  if (!taken) return done(fail(ErrorCode::kUnavailable, "the server is stopping"));
  if (!wait) done({});
}

Result<store::TenantId> Studio::tenant_of(const Upload& upload) const {
  const std::string name = upload.draft().tenant;
  const auto tenant = datasets_.broker().store.find_tenant(name);
  if (!tenant) return fail(ErrorCode::kNonexistentTenant, "there is no tenant " + name);
  return *tenant;
}

Result<void> Studio::publish(const std::shared_ptr<Upload>& upload, PublicationRequest request) {
  const auto view = upload->view();
  if (view == nullptr) return fail(ErrorCode::kConflict, "the file is still being read, or cannot be read");
  if (auto fine = check_publication(*view, request); !fine) return fine;
  const auto tenant = tenant_of(*upload);
  if (!tenant) return tl::unexpected(tenant.error());
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, publishing] : publications_) {
      if (publishing.state.state != Publication::State::kRunning) continue;
      if (id == upload->id() || publishing.state.dataset == request.dataset.name) {
        return fail(ErrorCode::kConflict,
                    "a publication of " + publishing.state.dataset + " is under way: ask again when it is done");
      }
    }
  }
  const std::string name = request.dataset.name;
  begin(upload, name,
        [this, upload, view, request = std::move(request),
         tenant = *tenant](PublicationProgress& progress) -> Result<PublicationOutcome> {
          auto plan = plan_publication(datasets_, tenant, *upload, *view, request, progress);
          if (!plan) return tl::unexpected(plan.error());
          if (auto kept = write_file(upload->folder() / kMarker, to_json(*plan)); !kept)
            return tl::unexpected(kept.error());
          return carry_out(datasets_, tenant, *plan, progress);
        });
  return {};
}

void Studio::begin(const std::shared_ptr<Upload>& upload, const std::string& dataset,
                   std::function<Result<PublicationOutcome>(PublicationProgress&)> work) {
  auto progress = std::make_shared<PublicationProgress>();
  {
    const std::lock_guard lock(mutex_);
    Publishing& publishing = publications_[upload->id()];
    publishing = {};
    publishing.progress = progress;
    publishing.state.state = Publication::State::kRunning;
    publishing.state.dataset = dataset;
  }
  workbench_.take([this, upload, dataset, progress, work = std::move(work)] {
    auto outcome = work(*progress);
    const bool interrupted = !outcome && (progress->stop || outcome.error().code == ErrorCode::kUnavailable);
    if (!interrupted) {
      std::error_code ignored;
      fs::remove(upload->folder() / kMarker, ignored);
    }
    if (outcome) upload->set_dataset(dataset);
    const std::lock_guard lock(mutex_);
    Publication& state = publications_[upload->id()].state;
    state.state = outcome ? Publication::State::kDone : Publication::State::kFailed;
    if (outcome) {
      state.outcome = std::move(*outcome);
    } else {
      state.error = outcome.error().detail;
      log::warn("data set {} was not published: {}", dataset, state.error);
    }
  });
}

Studio::Publication Studio::publication(const Upload& upload) const {
  const std::lock_guard lock(mutex_);
  const auto found = publications_.find(upload.id());
  if (found == publications_.end()) return {};
  Publication out = found->second.state;
  out.done = found->second.progress->done;
  out.of = found->second.progress->of;
  return out;
}

}  // namespace tsunagu::catalog
