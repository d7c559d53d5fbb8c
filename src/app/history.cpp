// history export: what is remembered, as lines.
#include <algorithm>
#include <cstdio>
#include <memory>

#include "app/commands.h"
#include "base/json.h"
#include "ngsi/context.h"
#include "store/embedded.h"
#include "store/sealing.h"

namespace tsunagu::app {
namespace {

struct Options {
  std::string data, data_key_file, tenant, type, attribute, from, to, format = "ndjson";
};

int report(const Error& error) {
  std::fprintf(stderr, "tsunagu: %s: %s\n", info(error.code).title, error.detail.c_str());
  return 1;
}

// One instance, one line.
class Lines final : public store::SeriesVisitor {
 public:
  explicit Lines(bool csv) : csv_(csv) {
    if (csv_)
      out_ =
          "tenant,id,type,attribute,datasetId,kind,value,unitCode,observedAt,createdAt,modifiedAt,deletedAt,"
          "writtenAt\r\n";
  }

  void series(std::string_view tenant, std::string_view id, std::string_view type, const store::SeriesKey& key) {
    tenant_ = tenant, id_ = id, type_ = type, dataset_ = key.dataset_id;
    attribute_ = ngsi::core_context()->compact(key.name);
  }

  bool point(const store::HistoryPoint& p) override {
    const auto parts = p.instance.parts();
    first_ = true;
    if (!csv_) out_ += '{';
    if (csv_ || !tenant_.empty()) text("tenant", tenant_);
    text("id", id_);
    text("type", type_);
    text("attribute", attribute_);
    if (csv_ || !dataset_.empty()) text("datasetId", dataset_);
    text("kind", ngsi::kind_name(p.instance.kind()));
    if (csv_) {
      text("value", parts.value);
    } else {
      out_ += ",\"value\":";
      out_ += parts.value;
    }
    if (csv_ || !parts.unit_code.empty()) text("unitCode", parts.unit_code);
    time("observedAt", parts.observed_at);
    time("createdAt", p.instance.created_at());
    time("modifiedAt", p.instance.modified_at());
    time("deletedAt", p.deleted);
    time("writtenAt", p.written);
    out_ += csv_ ? "\r\n" : "}\n";
    if (out_.size() > 1u << 16) flush();
    return good_;
  }

  bool flush() {
    good_ = good_ && std::fwrite(out_.data(), 1, out_.size(), stdout) == out_.size();
    out_.clear();
    return good_;
  }

 private:
  void text(std::string_view name, std::string_view value) {
    if (!std::exchange(first_, false)) out_ += ',';
    if (!csv_) {
      append_json_string(out_, name);
      out_ += ':';
      append_json_string(out_, value);
    } else if (value.find_first_of(",\"\r\n") == value.npos) {
      out_ += value;
    } else {
      out_ += '"';
      for (const char c : value) {
        if (c == '"') out_ += '"';
        out_ += c;
      }
      out_ += '"';
    }
  }
  void time(std::string_view name, Instant at) {
    if (at != kNoInstant) {
      text(name, to_string(at));
    } else if (csv_) {
      out_ += ',';
    }
  }

  const bool csv_;
  bool first_ = true, good_ = true;
  std::string out_, tenant_, id_, type_, attribute_, dataset_;
};

int export_history(const Options& o) {
  store::TimeWindow window;
  window.everything = true;
  const std::pair<const std::string*, Instant*> ends[] = {{&o.from, &window.from}, {&o.to, &window.to}};
  for (const auto& [given, end] : ends) {
    if (given->empty()) continue;
    auto at = parse_instant(*given);
    if (!at) at = parse_date(*given);
    if (!at) return report({ErrorCode::kBadRequestData, *given + " is no time such as 2026-11-22T21:00:00Z"});
    *end = *at;
  }
  if (!o.data_key_file.empty()) {
    if (auto used = store::use_data_keys(o.data_key_file); !used) return report(used.error());
  }
  auto folder = store::open_folder_history(o.data);
  if (!folder) return report(folder.error());
  // Names are known now: those of the folder.
  const ngsi::TermId type = o.type.empty() ? ngsi::kNoTerm : ngsi::core_context()->find(o.type);
  const ngsi::TermId attribute = o.attribute.empty() ? ngsi::kNoTerm : ngsi::core_context()->find(o.attribute);
  Lines lines(o.format == "csv");
  const bool nothing =
      (!o.type.empty() && type == ngsi::kNoTerm) || (!o.attribute.empty() && attribute == ngsi::kNoTerm);
  for (const auto& [tenant, name] : (*folder)->tenants()) {
    if (nothing || (!o.tenant.empty() && name != o.tenant)) continue;
    const auto ids = (*folder)->ids(tenant);
    if (!ids) return report(ids.error());
    auto reader = (*folder)->reader(tenant);
    if (!reader) return report(reader.error());
    for (const std::string& id : *ids) {
      const auto entity = (*reader)->entity(id);
      if (!entity) return report(entity.error());
      if (!*entity) continue;
      const auto& types = (*entity)->types;
      if (type != ngsi::kNoTerm && std::find(types.begin(), types.end(), type) == types.end()) continue;
      const auto all = (*reader)->series(id);
      if (!all) return report(all.error());
      for (const store::SeriesKey& key : *all) {
        if (attribute != ngsi::kNoTerm && key.name != attribute) continue;
        lines.series(name, id, types.empty() ? std::string_view() : ngsi::core_context()->compact(types.front()), key);
        if (auto done = (*reader)->scan(id, key, window, false, lines); !done) return report(done.error());
      }
    }
  }
  if (!lines.flush()) return report({ErrorCode::kStorageFull, "standard output cannot be written"});
  return 0;
}

}  // namespace

void add_history(CommandLine& program) {
  CommandLine history = program.command("history", "What is remembered");
  history.needs_command();
  CommandLine command = history.command("export", "Write remembered instances to standard output, one line each");
  auto o = std::make_shared<Options>();
  command.option("--data", o->data, "Data folder of the store (it may be running)").required();
  command.option("--data-key-file", o->data_key_file, "File of the data key, when the folder is sealed");
  command.option("--tenant", o->tenant, "Of this tenant only");
  command.option("--type", o->type, "Of entities of this type only: a name of the default vocabulary, or an IRI");
  command.option("--attr", o->attribute, "Of this attribute only: likewise");
  command.option("--from", o->from, "From this time on: observedAt, or the time of the write where there is none");
  command.option("--to", o->to, "Before this time");
  command.option("--format", o->format, "csv or ndjson").one_of({"csv", "ndjson"});
  command.footer(
      "Example:\n  tsunagu history export --data var/region --type WaterLevelObserved --from 2026-11-01 --format csv > "
      "levels.csv");
  command.run([o] { return export_history(*o); });
}

}  // namespace tsunagu::app
