// Where in the audit log the records of a person, a subject or a kind are. Kept in memory, made by reading the log.
#pragma once
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "trust/audit/log.h"
#include "trust/audit/record.h"

namespace tsunagu::trust {

/// What is looked for: all of it has to hold.
struct AuditQuery {
  std::string person;   ///< URN of one whose data it was; "": anybody's
  std::string subject;  ///< who did it, or who is acted for: URN or account; "": anybody
  std::optional<AuditKind> kind;
  std::optional<std::string> tenant;
  std::string text;          ///< in any member, letters as they are (ASCII letters small or large)
  Instant since;             ///< at or after it
  Instant until;             ///< before it
  std::uint64_t before = 0;  ///< lines before this number: the next page; 0: from the end
  std::size_t limit = 100;
  std::uint64_t budget = 32u << 20;  ///< bytes of log it may read
};
bool matches(const AuditQuery& query, const AuditRecord& record);

struct AuditPage {
  std::vector<AuditEvent> events;  ///< the newest first
  std::uint64_t before = 0;        ///< to go on from here; 0: there is no more
};

/// A record, and where it stands.
struct AuditNote {
  AuditLog::Place place;
  AuditRecord record;
};

/// Not thread-safe. Memory: about 70 bytes for a record with one person.
class AuditIndex {
 public:
  /// `records`: as many are kept, the newest; older ones are found by reading the files (`tsunagu audit search`).
  AuditIndex(std::filesystem::path folder, std::size_t records) : folder_(std::move(folder)), most_(records) {}

  /// Takes what came since the last call, up to `end` at least; files that are gone are dropped. `notes`: records that
  /// are at hand, in any order; what is not among them is read from the files (about 2 µs a record; of `notes` 0.1 µs).
  /// `each` (may be empty) sees every record, in the order of the log. `budget`: bytes to read at most; true when `end`
  /// was reached.
  using Each = std::function<void(const AuditEvent&)>;
  bool follow(const AuditLog::End& end, std::vector<AuditNote> notes, const Each& each, std::uint64_t budget);

  /// The newest first. A person's or a subject's page: a look at all keys (about 1 ms a file) and the reading of what is
  /// on it.
  AuditPage find(const AuditQuery& query) const;
  std::size_t records() const { return records_; }

 private:
  /// One file of the log.
  struct Part {
    std::uint64_t first = 0;  ///< number of its first line
    std::filesystem::path path;
    std::uint64_t read = 0;  ///< bytes of the file
    bool sealed = false;     ///< nothing comes any more
    struct Row {
      std::uint32_t offset = 0, size = 0;
      std::uint64_t number = 0;
      Instant at;
    };
    std::vector<Row> rows;
    std::unique_ptr<RecordReader> reader;
    // Keys and their rows, rising. Looked through from end to end: 1 ms for a file, and adding costs next to nothing.
    std::vector<std::uint64_t> keys;
    std::vector<std::uint32_t> places;

    void add(const AuditLog::Place& place, const AuditRecord& record);
    void seal();
    std::vector<std::uint32_t> with(std::uint64_t key) const;
  };

  void look_at_folder();
  bool read_on(Part& part, std::uint64_t to, const Each& each, std::uint64_t& budget);
  void read_line(Part& part, std::string_view text, std::uint64_t offset, const Each& each);
  void take(Part& part, const AuditLog::Place& place, AuditRecord record, const Each& each);
  bool find_in(const Part& part, const AuditQuery& query, const std::vector<std::uint64_t>& keys, std::uint64_t& budget,
               AuditPage& page) const;

  const std::filesystem::path folder_;
  const std::size_t most_;
  std::deque<Part> parts_;
  std::size_t records_ = 0;
};

}  // namespace tsunagu::trust
