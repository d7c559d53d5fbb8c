#include "trust/audit/reader.h"

#include "base/text.h"
#include "trust/audit/chain.h"
#include "trust/audit/files.h"

namespace tsunagu::trust {
namespace {

constexpr std::string_view kAs = "{\"as\":";
constexpr std::size_t kMostKnownRecords = 1024;
constexpr std::uint64_t kUsualLine = 4096, kLongestLine = 64u << 20;

/// The line that begins at `offset`.
Result<std::string> line_at(const std::filesystem::path& path, std::uint64_t offset) {
  for (std::uint64_t bytes = kUsualLine; bytes <= kLongestLine; bytes *= 16) {
    auto text = read_range(path, offset, offset + bytes);
    if (!text) return text;
    const auto end = text->find('\n');
    if (end != std::string::npos) return text->substr(0, end);
    if (text->size() < bytes) break;
  }
  return bad(path.string() + ": no line of the log begins at byte " + std::to_string(offset));
}

}  // namespace

Result<const AuditRecord*> RecordReader::at_offset(std::uint64_t offset) {
  if (const auto known = known_.find(offset); known != known_.end()) return &known->second;
  const auto text = line_at(path_, offset);
  if (!text) return tl::unexpected(text.error());
  const auto line = parse_line(*text);
  if (!line) return tl::unexpected(line.error());
  if (line->checkpoint || line->json.starts_with(kAs)) {
    return bad("line " + std::to_string(line->number) + " is referred to, but is no record that stands for itself");
  }
  auto record = read_record(line->json, kNoInstant);
  if (!record) return tl::unexpected(record.error());
  if (known_.size() >= kMostKnownRecords) known_.clear();
  return &(known_[offset] = std::move(*record));
}

Result<AuditRecord> RecordReader::read(std::string_view json, Instant at) {
  if (!json.starts_with(kAs)) return read_record(json, at);
  const auto digits = json.substr(kAs.size());
  const auto offset = parse_number<std::uint64_t>(digits.substr(0, digits.find_first_of(",}")));
  if (!offset) return bad("this is not a record of the audit log");
  const auto like = at_offset(*offset);
  if (!like) return tl::unexpected(like.error());
  return read_record(json, at, *like);
}

}  // namespace tsunagu::trust
