#include "catalog/table/row_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace tsunagu::catalog {
namespace {

constexpr std::size_t kBuffer = 256 << 10;

tl::unexpected<Error> disk_error(const std::string& what) {
  const int number = errno;
  const ErrorCode code = number == ENOSPC || number == EDQUOT || number == EFBIG ? ErrorCode::kStorageFull
                         : number == EROFS || number == EACCES                   ? ErrorCode::kReadOnly
                                                                                 : ErrorCode::kInternalError;
  return fail(code, what + ": " + std::strerror(number));
}

// Seven bits a byte, the last one without the high bit.
void put_number(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  out += static_cast<char>(value);
}

bool take_number(const char*& at, const char* end, std::uint64_t& value) {
  value = 0;
  for (int shift = 0; shift < 63 && at < end; shift += 7) {
    const auto byte = static_cast<unsigned char>(*at++);
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

}  // namespace

Result<RowFileWriter> RowFileWriter::create(const std::filesystem::path& path) {
  RowFileWriter writer;
  writer.file_.reset(std::fopen(path.c_str(), "wbe"));
  if (!writer.file_) return disk_error(path.string());
  return writer;
}

// Length of the rest, line, number of cells, then each cell behind its length.
Result<void> RowFileWriter::append(std::size_t line, std::span<const std::string> cells) {
  std::string record;
  put_number(record, line);
  put_number(record, cells.size());
  for (const std::string& cell : cells) {
    put_number(record, cell.size());
    record += cell;
  }
  bytes_ += record.size();
  if (bytes_ > kMaxBytes) return bad("The table is larger than 4 GiB. / 表が 4 GiB を超えています。");
  put_number(buffer_, record.size());
  buffer_ += record;
  ++size_;
  if (buffer_.size() < kBuffer) return {};
  if (std::fwrite(buffer_.data(), 1, buffer_.size(), file_.get()) != buffer_.size()) return disk_error("table");
  buffer_.clear();
  return {};
}

Result<void> RowFileWriter::finish() {
  if (std::fwrite(buffer_.data(), 1, buffer_.size(), file_.get()) != buffer_.size() || std::fflush(file_.get()) != 0) {
    return disk_error("table");
  }
  buffer_.clear();
  file_.reset();
  return {};
}

Result<std::shared_ptr<const RowFile>> RowFile::open(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return disk_error(path.string());
  struct stat status {};
  const bool known = ::fstat(descriptor, &status) == 0;
  std::shared_ptr<RowFile> file(new RowFile);
  if (known && status.st_size > 0) {
    void* map = ::mmap(nullptr, static_cast<std::size_t>(status.st_size), PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (map == MAP_FAILED) {
      const auto error = disk_error(path.string());
      ::close(descriptor);
      return error;
    }
    file->begin_ = static_cast<const char*>(map);
    file->end_ = file->begin_ + status.st_size;
  }
  ::close(descriptor);
  if (!known) return disk_error(path.string());
  for (const char* at = file->begin_; at < file->end_;) {
    if (file->size_ % kStride == 0) file->index_.push_back(static_cast<std::uint64_t>(at - file->begin_));
    std::uint64_t length = 0;
    if (!take_number(at, file->end_, length) || length > static_cast<std::uint64_t>(file->end_ - at)) break;
    at += length;
    ++file->size_;
  }
  return std::shared_ptr<const RowFile>(std::move(file));
}

RowFile::~RowFile() {
  if (begin_ != nullptr) ::munmap(const_cast<char*>(begin_), static_cast<std::size_t>(end_ - begin_));
}

const char* RowFile::seek(std::size_t n) const {
  const char* at = begin_ + index_[n / kStride];
  for (std::size_t skip = n % kStride; skip > 0; --skip) at = take(at, nullptr);
  return at;
}

const char* RowFile::take(const char* at, TableRecord* out) const {
  std::uint64_t length = 0, number = 0, cells = 0;
  if (out != nullptr) out->cells.clear();
  if (!take_number(at, end_, length)) return end_;
  const char* const next = at + length;
  if (out == nullptr) return next;
  if (!take_number(at, next, number) || !take_number(at, next, cells)) return next;
  out->line = number;
  out->cells.reserve(std::min<std::uint64_t>(cells, length));
  for (std::uint64_t i = 0; i < cells; ++i) {
    if (!take_number(at, next, length) || length > static_cast<std::uint64_t>(next - at)) return next;
    out->cells.emplace_back(at, length);
    at += length;
  }
  return next;
}

void RowFile::read(std::size_t n, TableRecord& out) const {
  out.cells.clear();
  for_each(n, n + 1, [&out](std::size_t, TableRecord& record) {
    out = std::move(record);
    return true;
  });
}

}  // namespace tsunagu::catalog
