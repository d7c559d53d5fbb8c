// Records of the audit log, written for others: JSON, JSON lines, CSV.
#pragma once
#include <memory>
#include <string>

#include "catalog/table_writer.h"
#include "trust/audit/record.h"

namespace tsunagu::gateway {

/// {"n":7,"at":"…", and the members of the record}.
void append_event_json(std::string& out, const trust::AuditEvent& event);

/// Writes one event after the other in one form. Not thread-safe.
class EventWriter {
 public:
  enum class Form { kCsv, kLines };
  explicit EventWriter(Form form);
  /// Of CSV: the line of names, behind a byte order mark.
  void begin(std::string& out);
  void event(std::string& out, const trust::AuditEvent& event);
  std::string_view media_type() const;

 private:
  std::unique_ptr<catalog::TableWriter> csv_;  // null: lines
};

}  // namespace tsunagu::gateway
