#include "trust/audit/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>

#include "base/text.h"

namespace tsunagu::trust {
namespace {

constexpr std::string_view kExtension = ".log";
constexpr std::uint64_t kRoomStep = 1u << 20;  // of room
constexpr std::uint64_t kPage = 4096, kPagesAtOnce = 64u << 10;

tl::unexpected<Error> fault(const std::filesystem::path& path, const char* what, int cause) {
  const bool full = cause == ENOSPC || cause == EDQUOT || cause == EFBIG;
  return fail(full ? ErrorCode::kStorageFull : ErrorCode::kReadOnly,
              fmt::format("{}: the audit log cannot be {}: {}. What cannot be logged is not done.", path.string(), what,
                          std::strerror(cause)));
}

}  // namespace

std::filesystem::path segment_path(const std::filesystem::path& folder, std::uint64_t first) {
  return folder / fmt::format("{:020}{}", first, kExtension);
}

std::vector<Segment> segments(const std::filesystem::path& folder) {
  std::vector<Segment> found;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    if (entry.path().extension() != kExtension) continue;
    if (const auto first = parse_number<std::uint64_t>(entry.path().stem().string())) {
      found.push_back({*first, entry.path()});
    }
  }
  std::sort(found.begin(), found.end(), [](const Segment& a, const Segment& b) { return a.first < b.first; });
  return found;
}

void sync_folder(const std::filesystem::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  ::fsync(fd);
  ::close(fd);
}

Result<void> replace_file(const std::filesystem::path& path, std::string_view bytes) {
  std::filesystem::path fresh = path;
  fresh += ".new";
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (fd < 0) return fault(path, "written", errno);
  errno = ENOSPC;  // what a write that is too short means
  const bool written =
      ::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) && ::fdatasync(fd) == 0;
  int cause = errno;
  ::close(fd);
  if (written && ::rename(fresh.c_str(), path.c_str()) == 0) {
    sync_folder(path.parent_path());
    return {};
  }
  if (written) cause = errno;
  ::unlink(fresh.c_str());
  return fault(path, "written", cause);
}

Result<std::string> read_range(const std::filesystem::path& path, std::uint64_t from, std::uint64_t to) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return fault(path, "read", errno);
  std::string bytes(to > from ? to - from : 0, '\0');
  std::size_t got = 0;
  while (got < bytes.size()) {
    const auto n = ::pread(fd, bytes.data() + got, bytes.size() - got, static_cast<off_t>(from + got));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    got += static_cast<std::size_t>(n);
  }
  ::close(fd);
  bytes.resize(got);
  return bytes;
}

Result<std::shared_ptr<SegmentFile>> SegmentFile::open(const std::filesystem::path& path, std::uint64_t size) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return fault(path, "opened for writing", errno);
  std::shared_ptr<SegmentFile> file(new SegmentFile(path, fd, size));
  if (::ftruncate(fd, static_cast<off_t>(size)) != 0) return fault(path, "opened for writing", errno);
  return file;
}

Result<std::shared_ptr<SegmentFile>> SegmentFile::create(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (fd < 0) return fault(path, "begun", errno);
  return std::shared_ptr<SegmentFile>(new SegmentFile(path, fd, 0));
}

SegmentFile::~SegmentFile() {
  if (map_) ::munmap(map_, room_);
  // Should this fail, the next start drops them.
  if (room_ > size_) [[maybe_unused]]
    const int dropped = ::ftruncate(fd_, static_cast<off_t>(size_));
  ::close(fd_);
}

Result<void> SegmentFile::reserve(std::size_t bytes) {
  if (size_ + bytes <= at_hand_) return {};
  if (size_ + bytes <= room_) {
    ask_for_pages(size_ + bytes);
    return {};
  }
  const std::uint64_t room = (size_ + bytes + kRoomStep - 1) / kRoomStep * kRoomStep;
  if (const int cause = ::posix_fallocate(fd_, 0, static_cast<off_t>(room)); cause != 0) {
    return fault(path_, "written", cause);
  }
  void* map = map_ ? ::mremap(map_, room_, room, MREMAP_MAYMOVE)
                   : ::mmap(nullptr, room, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0);
  if (map == MAP_FAILED) return fault(path_, "written", errno);
  map_ = static_cast<char*>(map);
  room_ = room;
  ask_for_pages(size_ + bytes);
  return {};
}

void SegmentFile::ask_for_pages(std::uint64_t to) {
  const std::uint64_t from = size_ / kPage * kPage;
  at_hand_ = std::min(room_, (to + kPagesAtOnce) / kPage * kPage);
#ifdef MADV_POPULATE_WRITE
  ::madvise(map_ + from, at_hand_ - from, MADV_POPULATE_WRITE);  // without it they come one by one
#endif
}

void SegmentFile::add(std::string_view line) {
  char* const to = map_ + size_;
  std::memcpy(to, line.data(), line.size() - 1);
  std::atomic_ref<char>(to[line.size() - 1]).store(line.back(), std::memory_order_release);
  size_ += line.size();
}

Result<void> SegmentFile::sync() const {
  if (::fdatasync(fd_) != 0) return fault(path_, "written", errno);
  return {};
}

}  // namespace tsunagu::trust
