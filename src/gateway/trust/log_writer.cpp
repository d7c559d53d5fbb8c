#include "gateway/trust/log_writer.h"

#include "base/json_object.h"

namespace tsunagu::gateway {
namespace {

using catalog::Cell;
using catalog::Column;

const std::vector<Column>& event_columns() {
  using enum Column::Type;
  static const std::vector<Column> columns = {
      {"n", kNumber},     {"at", kInstant},    {"kind", kText},    {"subjectKind", kText}, {"subject", kText},
      {"name", kText},    {"account", kText},  {"actsFor", kText}, {"action", kText},      {"purpose", kText},
      {"tenant", kText},  {"rule", kText},     {"request", kText}, {"peer", kText},        {"outcome", kText},
      {"persons", kText}, {"entities", kText}, {"count", kNumber}, {"attributes", kText},  {"detail", kText}};
  return columns;
}

Cell event_text(std::string_view text) {
  Cell cell;
  if (text.empty()) return cell;
  cell.kind = Cell::Kind::kText;
  cell.text = text;
  return cell;
}
Cell event_number(std::uint64_t number) {
  Cell cell = event_text(std::to_string(number));
  cell.kind = Cell::Kind::kNumber;
  return cell;
}

std::string joined_texts(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) {
    if (!all.empty()) all += ' ';
    all += text;
  }
  return all;
}

}  // namespace

void append_event_json(std::string& out, const trust::AuditEvent& event) {
  JsonObject head(out);
  head.number("n", event.number).text("at", to_string(event.record.at));
  out += ',';
  out.append(trust::print(event.record), 1);
}

EventWriter::EventWriter(Form form) {
  if (form == Form::kCsv) csv_ = catalog::csv_writer(event_columns(), {.mark = true});
}

void EventWriter::begin(std::string& out) {
  if (csv_) csv_->begin(out);
}

void EventWriter::event(std::string& out, const trust::AuditEvent& event) {
  if (!csv_) {
    append_event_json(out, event);
    out += '\n';
    return;
  }
  const trust::AuditRecord& r = event.record;
  const trust::Subject& who = *r.subject;
  const std::vector<Cell> cells = {event_number(event.number),
                                   event_text(to_string(r.at)),
                                   event_text(trust::name(r.kind)),
                                   event_text(trust::name(who.kind)),
                                   event_text(who.id),
                                   event_text(who.name),
                                   event_text(who.account),
                                   event_text(who.acts_for),
                                   event_text(r.action),
                                   event_text(r.purpose),
                                   event_text(r.tenant),
                                   event_text(r.rule),
                                   event_text(r.request),
                                   event_text(r.peer),
                                   event_text(r.outcome),
                                   event_text(joined_texts(r.persons)),
                                   event_text(joined_texts(r.entities)),
                                   event_number(r.count),
                                   event_text(joined_texts(r.attributes)),
                                   event_text(r.detail)};
  csv_->row(out, {static_cast<std::int64_t>(event.number), cells});
}

std::string_view EventWriter::media_type() const {
  return csv_ ? "text/csv; charset=utf-8" : "application/x-ndjson";
}

}  // namespace tsunagu::gateway
