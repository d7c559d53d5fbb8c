// Files kept beside the store, by their SHA-256: FOLDER/ab/abcdef… holds the bytes whose hash is abcdef…. The same
// bytes are kept once. A file that is there is complete and never changes; nothing removes one, because the history of
// a data set refers to it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace tsunagu::catalog {

/// The SHA-256 of a file's bytes: 64 lower-case hexadecimal digits.
struct FileId {
  std::string hex;
  /// Empty for anything else.
  static std::optional<FileId> parse(std::string_view text);
  auto operator<=>(const FileId&) const = default;
};

/// Thread-safe; a Writer or Reader is for one thread at a time. Errors: kStorageFull, kReadOnly, kInternalError.
class Files {
 public:
  /// The folder is made when the first file is written.
  explicit Files(std::filesystem::path folder) : folder_(std::move(folder)) {}
  /// Removes what unfinished files left behind when the program was killed. To be called before the first create().
  void clean();

  /// A file on its way in. Dropped unfinished it leaves nothing.
  class Writer {
   public:
    Writer(Writer&&) noexcept;
    Writer& operator=(Writer&&) noexcept;
    ~Writer();
    Result<void> write(std::string_view bytes);
    /// Makes it durable (fsync, rename) and gives its id. To be called once.
    Result<FileId> finish();
    std::uint64_t size() const;

   private:
    friend class Files;
    struct State;
    explicit Writer(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
  };
  Result<Writer> create();

  /// A file being read from its beginning.
  class Reader {
   public:
    Reader(Reader&& other) noexcept : file_(std::exchange(other.file_, -1)), size_(other.size_) {}
    Reader& operator=(Reader&& other) noexcept {
      std::swap(file_, other.file_);
      std::swap(size_, other.size_);
      return *this;
    }
    ~Reader();
    /// The next bytes, at most `max`; "" at the end.
    Result<std::string> read(std::size_t max);
    std::uint64_t size() const { return size_; }

   private:
    friend class Files;
    Reader(int file, std::uint64_t size) : file_(file), size_(size) {}
    int file_ = -1;
    std::uint64_t size_ = 0;
  };
  /// kResourceNotFound when there is none.
  Result<Reader> open(const FileId& id) const;

  /// A file without a name, for what is made to be sent at once: gone when it is closed. Gives a descriptor.
  Result<int> temporary();

 private:
  std::filesystem::path path_of(const FileId& id) const;
  std::filesystem::path folder_;
};

/// Every file in `folder`, sorted. Not thread-safe against removal (there is none).
std::vector<FileId> list_files(const std::filesystem::path& folder);
/// Copies the files of one folder to another that are not there yet.
Result<void> copy_files(const std::filesystem::path& from, const std::filesystem::path& to);
/// Reads every file of `folder`: a line for each whose bytes are not those of its name. Empty: sound.
std::vector<std::string> check_files(const std::filesystem::path& folder);

}  // namespace tsunagu::catalog
