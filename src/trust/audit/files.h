// The files of an audit log. Internal to it.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace tsunagu::trust {

struct Segment {
  std::uint64_t first;  ///< number of its first line
  std::filesystem::path path;
};
/// In order. Files of other names are passed over.
std::vector<Segment> segments(const std::filesystem::path& folder);
std::filesystem::path segment_path(const std::filesystem::path& folder, std::uint64_t first);

/// What is written to the names in `folder` is on disk.
void sync_folder(const std::filesystem::path& folder);

/// `path` has `bytes` from now on, on disk too; as it was before when this fails (StorageFull, ReadOnly).
Result<void> replace_file(const std::filesystem::path& path, std::string_view bytes);

/// Bytes [from, to) of a file; fewer when it ends before.
Result<std::string> read_range(const std::filesystem::path& path, std::uint64_t from, std::uint64_t to);

/// A file that lines are added to. It is mapped into memory, so that adding costs no call of the system and what was
/// added outlives the program however it ends; room on disk is taken before, in steps, so that a full disk is noticed
/// before anything is written. Until close() zero bytes follow the last line. One thread at a time, but for sync().
class SegmentFile {
 public:
  /// `size`: what is valid in it; the rest is dropped.
  static Result<std::shared_ptr<SegmentFile>> open(const std::filesystem::path& path, std::uint64_t size);
  static Result<std::shared_ptr<SegmentFile>> create(const std::filesystem::path& path);
  ~SegmentFile();  ///< drops the zero bytes
  SegmentFile(const SegmentFile&) = delete;
  SegmentFile& operator=(const SegmentFile&) = delete;

  /// Makes sure that `bytes` more can be added. StorageFull, ReadOnly.
  Result<void> reserve(std::size_t bytes);
  /// `line` ends with a line end, which is written last: a line is there as a whole or is seen to be torn.
  void add(std::string_view line);
  /// What was added is on disk. From any thread.
  Result<void> sync() const;
  std::uint64_t size() const { return size_; }

 private:
  void ask_for_pages(std::uint64_t to);
  SegmentFile(std::filesystem::path path, int fd, std::uint64_t size) : path_(std::move(path)), fd_(fd), size_(size) {}
  const std::filesystem::path path_;
  const int fd_;
  char* map_ = nullptr;
  std::uint64_t size_ = 0;     // complete lines
  std::uint64_t room_ = 0;     // mapped, and taken on disk
  std::uint64_t at_hand_ = 0;  // of that: pages asked for, which cost no fault each
};

}  // namespace tsunagu::trust
