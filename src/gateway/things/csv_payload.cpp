// Tables of what was observed while the line was down.
#include "base/json.h"
#include "base/text.h"
#include "catalog/import/csv.h"
#include "gateway/things/parts.h"
#include "things/payload.h"

namespace tsunagu::gateway::iot {
namespace {

constexpr std::size_t kNoColumn = std::string_view::npos;
constexpr std::string_view kForm = "the first line names the columns: device,time and what was measured";

class Table {
 public:
  Table(bool has_device, core::Payload& out) : has_device_(has_device), out_(out) {}

  void take(const catalog::CsvRecord& record) {
    if (names_.empty()) return head(record);
    core::Report report;
    if (device_ != kNoColumn && device_ < record.fields.size()) report.address = out_.keep(record.fields[device_]);
    const auto time = time_ < record.fields.size() ? core::read_time(record.fields[time_]) : std::nullopt;
    if (!time || (report.address.empty() && !has_device_)) {
      return out_.fault(record.line, time ? "the device is missing" : "the time is missing or cannot be read");
    }
    report.at = *time;
    report.first = static_cast<std::uint32_t>(out_.readings.size());
    for (std::size_t i = 0; i < names_.size() && i < record.fields.size(); ++i) {
      const std::string_view field = trim(record.fields[i]);
      if (i == device_ || i == time_ || field.empty()) continue;
      std::string_view value = core::number_json(field, out_);
      if (value.empty() && (field == "true" || field == "false")) value = field;
      if (value.empty()) {
        std::string json;
        append_json_string(json, field);
        out_.readings.push_back({names_[i], out_.keep(std::move(json))});
        continue;
      }
      out_.readings.push_back({names_[i], out_.keep(std::string(value))});
    }
    report.count = static_cast<std::uint32_t>(out_.readings.size()) - report.first;
    if (report.count > 0) out_.reports.push_back(report);
  }
  bool understood() const { return !names_.empty() && time_ != kNoColumn && (device_ != kNoColumn || has_device_); }

 private:
  void head(const catalog::CsvRecord& record) {
    for (std::size_t i = 0; i < record.fields.size(); ++i) {
      const std::string_view name = trim(record.fields[i]);
      if (equal_ignoring_case(name, "device")) device_ = i;
      if (equal_ignoring_case(name, "time")) time_ = i;
      names_.push_back(out_.keep(std::string(name)));
    }
  }

  const bool has_device_;
  core::Payload& out_;
  std::vector<std::string_view> names_;
  std::size_t device_ = kNoColumn, time_ = kNoColumn;
};

}  // namespace

Result<void> read_csv(std::string_view bytes, bool has_device, core::Payload& out) {
  if (bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);
  if (!valid_utf8(bytes)) return fail(ErrorCode::kInvalidRequest, "the table is not UTF-8");
  Table table(has_device, out);
  bool wrong = false;
  catalog::CsvReader reader(',', {[&](catalog::CsvRecord& record) {
                                    if (wrong) return;
                                    table.take(record);
                                    wrong = !table.understood();
                                  },
                                  [&out](std::size_t line, const std::string& reason) { out.fault(line, reason); }});
  reader.feed(bytes);
  reader.finish();
  if (!table.understood()) return fail(ErrorCode::kInvalidRequest, std::string(kForm));
  return {};
}

}  // namespace tsunagu::gateway::iot
