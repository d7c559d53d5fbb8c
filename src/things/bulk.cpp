#include "things/bulk.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/json.h"
#include "ngsi/context.h"
#include "ngsi/json_walk.h"
#include "things/command_entity.h"
#include "things/device_entity.h"

namespace tsunagu::things {
namespace {

namespace walk = ngsi::walk;

struct BulkTerms {
  ngsi::TermId type, command, value, by, asked, until, devices, refused, batch;
};
const BulkTerms& bulk_terms() {
  static const BulkTerms kTerms{command_term("CommandBatch"), command_term("command"),     command_term("commandValue"),
                                command_term("requestedBy"),  command_term("requestedAt"), command_term("validUntil"),
                                command_term("devices"),      command_term("refused"),     command_term("batch")};
  return kTerms;
}

constexpr std::array<std::string_view, kBulkStages> kStageNames{"pending", "delivered", "executed", "failed",
                                                                "expired", "replaced",  "refused"};

std::string list_json(const std::vector<std::string>& texts) {
  std::string out = "[";
  for (const std::string& text : texts) {
    if (out.size() > 1) out += ',';
    append_json_string(out, text);
  }
  return out + "]";
}

std::string pairs_json(const std::map<std::string, std::string>& pairs) {
  std::string out = "[";
  for (const auto& [id, why] : pairs) {
    if (out.size() > 1) out += ',';
    out += '[';
    append_json_string(out, id);
    out += ',';
    append_json_string(out, why);
    out += ']';
  }
  return out + "]";
}

std::string text_in(const ngsi::Record& record, ngsi::TermId term) {
  const ngsi::AttributeView found = record.find(term);
  return found.data() != nullptr && walk::is_string(found.value()) ? json_string_text(found.value()) : std::string();
}

}  // namespace

std::string_view name(BulkStage stage) {
  return kStageNames[static_cast<std::size_t>(stage)];
}

ngsi::TermId bulk_type() {
  return bulk_terms().type;
}

ngsi::Entity bulk_entity(const Bulk& bulk) {
  const BulkTerms& t = bulk_terms();
  ngsi::Entity entity;
  entity.id = bulk.id;
  entity.types = {t.type};
  entity.attributes = {text_property(t.command, bulk.name), property(t.value, bulk.value), text_property(t.by, bulk.by),
                       text_property(t.asked, to_string(bulk.asked)), property(t.devices, list_json(bulk.devices))};
  if (bulk.until != kNoInstant) entity.attributes.push_back(text_property(t.until, to_string(bulk.until)));
  if (!bulk.refused.empty()) entity.attributes.push_back(property(t.refused, pairs_json(bulk.refused)));
  entity.sort_attributes();
  return entity;
}

std::optional<Bulk> read_bulk(const ngsi::Record& record) {
  const BulkTerms& t = bulk_terms();
  if (!record.has_type(t.type)) return std::nullopt;
  Bulk bulk;
  bulk.id = std::string(record.id());
  bulk.name = text_in(record, t.command);
  bulk.by = text_in(record, t.by);
  bulk.asked = parse_instant(text_in(record, t.asked)).value_or(kNoInstant);
  bulk.until = parse_instant(text_in(record, t.until)).value_or(kNoInstant);
  const ngsi::AttributeView value = record.find(t.value), devices = record.find(t.devices),
                            refused = record.find(t.refused);
  if (bulk.name.empty() || devices.data() == nullptr) return std::nullopt;
  if (value.data() != nullptr) bulk.value = std::string(value.value());
  if (walk::is_array(devices.value())) {
    walk::any_element(devices.value(), [&](std::string_view json) {
      bulk.devices.push_back(json_string_text(json));
      return false;
    });
  } else {  // a list of one is kept as its element
    bulk.devices.push_back(json_string_text(devices.value()));
  }
  if (refused.data() != nullptr && walk::is_array(refused.value())) {
    walk::any_element(refused.value(), [&](std::string_view pair) {
      bulk.refused[json_string_text(walk::element(pair, 0))] = json_string_text(walk::element(pair, 1));
      return false;
    });
  }
  return bulk;
}

store::Decide bulk_write(const Bulk& bulk, std::string device) {
  ngsi::Attribute wish = property(command_term(bulk.name), bulk.value);
  wish.expires_at = bulk.until;
  wish.subs.push_back(text_property(bulk_terms().batch, bulk.id));
  auto append = write_attributes(device, {terms().device}, {std::move(wish)});
  return [append = std::move(append), device = std::move(device), name = bulk.name](
             const ngsi::Record* current, Instant at) -> Result<store::Decision> {
    if (current == nullptr) return fail(ErrorCode::kResourceNotFound, "there is no device " + device);
    const auto names = command_names(*current);
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      return fail(ErrorCode::kBadRequestData,
                  "it has no command " + name + ": it is not in its attribute \"commands\"");
    }
    return append(current, at);
  };
}

BulkProgress bulk_progress(const Bulk& bulk, const std::string& id, const ngsi::Record* device) {
  if (const auto refused = bulk.refused.find(id); refused != bulk.refused.end()) {
    std::string why;
    append_json_string(why, refused->second);
    return {BulkStage::kRefused, std::move(why)};
  }
  if (device == nullptr) return {BulkStage::kRefused, "\"there is no such device\""};
  const ngsi::AttributeView wish = device->find(command_term(bulk.name));
  const ngsi::AttributeView status = device->find(command_term(bulk.name, "_status"));
  const ngsi::AttributeView info = device->find(command_term(bulk.name, "_info"));
  Instant since = bulk.asked;
  if (is_command(wish)) {  // else its time is over, or the device has reported the attribute since
    std::string batch;
    for (const ngsi::AttributeView sub : ngsi::sub_attributes(wish)) {
      if (sub.name() == bulk_terms().batch) batch = json_string_text(sub.value());
    }
    if (batch != bulk.id) return {wish.modified_at() < bulk.asked ? BulkStage::kRefused : BulkStage::kReplaced, ""};
    since = wish.modified_at();
  }
  BulkProgress progress{BulkStage::kPending, ""};
  if (status.data() == nullptr || status.modified_at() < since) return progress;
  const std::string word = json_string_text(status.value());
  for (std::size_t i = 0; i < kStageNames.size(); ++i) {
    if (kStageNames[i] == word) progress.stage = static_cast<BulkStage>(i);
  }
  if (info.data() != nullptr && info.value() != "\"\"") progress.info = std::string(info.value());
  return progress;
}

}  // namespace tsunagu::things
