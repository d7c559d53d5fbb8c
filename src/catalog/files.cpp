#include "catalog/files.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace tsunagu::catalog {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kUnfinished = "unfinished";  // the folder of files on their way in
constexpr std::size_t kBlock = 1u << 20;

tl::unexpected<Error> system_error(const std::string& what) {
  const int fault = errno;
  const ErrorCode code = fault == ENOSPC || fault == EDQUOT || fault == EFBIG ? ErrorCode::kStorageFull
                         : fault == EROFS || fault == EACCES                  ? ErrorCode::kReadOnly
                                                                              : ErrorCode::kInternalError;
  return fail(code, what + ": " + std::strerror(fault));
}

/// Makes a folder and its entry in the one above durable.
Result<void> make_folder(const fs::path& folder) {
  std::error_code fault;
  fs::create_directories(folder, fault);
  if (!fault) return {};
  errno = fault.value();
  return system_error(folder.string());
}

void sync_folder(const fs::path& folder) {
  const int opened = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened < 0) return;
  ::fsync(opened);
  ::close(opened);
}

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new()) { EVP_DigestInit_ex(context_, EVP_sha256(), nullptr); }
  ~Sha256() { EVP_MD_CTX_free(context_); }
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void add(std::string_view bytes) { EVP_DigestUpdate(context_, bytes.data(), bytes.size()); }
  FileId id() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    unsigned size = 0;
    EVP_DigestFinal_ex(context_, digest.data(), &size);
    constexpr std::string_view kDigits = "0123456789abcdef";
    FileId id;
    for (unsigned i = 0; i < size; ++i) {
      id.hex += kDigits[digest[i] >> 4];
      id.hex += kDigits[digest[i] & 15];
    }
    return id;
  }

 private:
  EVP_MD_CTX* context_;
};

Result<void> write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t done = ::write(file, bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return system_error("a file of the catalogue cannot be written");
    bytes.remove_prefix(static_cast<std::size_t>(done));
  }
  return {};
}

}  // namespace

std::optional<FileId> FileId::parse(std::string_view text) {
  const bool hex = std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  if (text.size() != 64 || !hex) return std::nullopt;
  return FileId{std::string(text)};
}

struct Files::Writer::State {
  fs::path folder, path;
  int file = -1;
  std::uint64_t size = 0;
  Sha256 hash;
  ~State() {
    if (file >= 0) ::close(file);
    if (!path.empty()) ::unlink(path.c_str());
  }
};

void Files::clean() {
  std::error_code ignored;
  fs::remove_all(folder_ / kUnfinished, ignored);
}

Files::Writer::Writer(std::unique_ptr<State> state) : state_(std::move(state)) {}
Files::Writer::Writer(Writer&&) noexcept = default;
Files::Writer& Files::Writer::operator=(Writer&&) noexcept = default;
Files::Writer::~Writer() = default;

std::uint64_t Files::Writer::size() const {
  return state_->size;
}

Result<Files::Writer> Files::create() {
  const fs::path unfinished = folder_ / kUnfinished;
  if (auto made = make_folder(unfinished); !made) return tl::unexpected(made.error());
  std::string path = (unfinished / "XXXXXX").string();
  auto state = std::make_unique<Writer::State>();
  state->file = ::mkostemp(path.data(), O_CLOEXEC);
  if (state->file < 0) return system_error(path);
  state->folder = folder_;
  state->path = path;
  return Writer(std::move(state));
}

Result<void> Files::Writer::write(std::string_view bytes) {
  state_->hash.add(bytes);
  state_->size += bytes.size();
  return write_all(state_->file, bytes);
}

Result<FileId> Files::Writer::finish() {
  State& state = *state_;
  FileId id = state.hash.id();
  if (::fsync(state.file) != 0) return system_error("a file of the catalogue cannot be made durable");
  const fs::path folder = state.folder / id.hex.substr(0, 2);
  if (auto made = make_folder(folder); !made) return tl::unexpected(made.error());
  if (::rename(state.path.c_str(), (folder / id.hex).c_str()) != 0) return system_error(state.path.string());
  state.path.clear();
  sync_folder(folder);
  sync_folder(state.folder);
  return id;
}

fs::path Files::path_of(const FileId& id) const {
  return folder_ / id.hex.substr(0, 2) / id.hex;
}

Result<Files::Reader> Files::open(const FileId& id) const {
  if (!FileId::parse(id.hex)) return fail(ErrorCode::kResourceNotFound, "not the SHA-256 of a file: " + id.hex);
  const int file = ::open(path_of(id).c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0 && errno == ENOENT) {
    return fail(ErrorCode::kResourceNotFound, "the file " + id.hex + " is not in the data folder");
  }
  struct ::stat about {};
  if (file < 0 || ::fstat(file, &about) != 0) {
    if (file >= 0) ::close(file);
    return system_error("the file " + id.hex + " cannot be read");
  }
  return Reader(file, static_cast<std::uint64_t>(about.st_size));
}

Result<int> Files::temporary() {
  const fs::path unfinished = folder_ / kUnfinished;
  if (auto made = make_folder(unfinished); !made) return tl::unexpected(made.error());
  std::string path = (unfinished / "XXXXXX").string();
  const int file = ::mkostemp(path.data(), O_CLOEXEC);
  if (file < 0) return system_error(path);
  ::unlink(path.c_str());
  return file;
}

Files::Reader::~Reader() {
  if (file_ >= 0) ::close(file_);
}

Result<std::string> Files::Reader::read(std::size_t max) {
  std::string bytes(max, '\0');
  ssize_t got = 0;
  do got = ::read(file_, bytes.data(), bytes.size());
  while (got < 0 && errno == EINTR);
  if (got < 0) return system_error("a file of the catalogue cannot be read");
  bytes.resize(static_cast<std::size_t>(got));
  return bytes;
}

std::vector<FileId> list_files(const fs::path& folder) {
  std::vector<FileId> ids;
  std::error_code fault;
  for (fs::recursive_directory_iterator at(folder, fault), end; !fault && at != end; at.increment(fault)) {
    const std::string name = at->path().filename().string();
    auto id = FileId::parse(name);
    if (id && at->path().parent_path().filename() == name.substr(0, 2)) ids.push_back(std::move(*id));
  }
  std::ranges::sort(ids);
  return ids;
}

Result<void> copy_files(const fs::path& from, const fs::path& to) {
  const Files source(from);
  Files target(to);
  for (const FileId& id : list_files(from)) {
    if (target.open(id)) continue;
    auto reader = source.open(id);
    if (!reader) return tl::unexpected(reader.error());
    auto writer = target.create();
    if (!writer) return tl::unexpected(writer.error());
    for (;;) {
      const auto bytes = reader->read(kBlock);
      if (!bytes) return tl::unexpected(bytes.error());
      if (bytes->empty()) break;
      if (auto done = writer->write(*bytes); !done) return done;
    }
    const auto kept = writer->finish();
    if (!kept) return tl::unexpected(kept.error());
    if (*kept != id) return fail(ErrorCode::kInternalError, "file " + id.hex + " is damaged; run `tsunagu check`");
  }
  return {};
}

std::vector<std::string> check_files(const fs::path& folder) {
  std::vector<std::string> problems;
  const Files files(folder);
  for (const FileId& id : list_files(folder)) {
    auto reader = files.open(id);
    Sha256 hash;
    Result<std::string> bytes = std::string();
    while (reader && (bytes = reader->read(kBlock)) && !bytes->empty()) hash.add(*bytes);
    if (!reader || !bytes) {
      problems.push_back("file " + id.hex + ": " + (reader ? bytes.error() : reader.error()).detail);
    } else if (hash.id() != id) {
      problems.push_back("file " + id.hex + ": its bytes are others than those that were kept");
    }
  }
  return problems;
}

}  // namespace tsunagu::catalog
