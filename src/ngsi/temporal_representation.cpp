#include "ngsi/temporal_representation.h"

#include <algorithm>

#include "base/json.h"
#include "ngsi/instance_id.h"
#include "ngsi/projection.h"

namespace tsunagu::ngsi {
namespace {

/// The member that holds the values of a kind in temporalValues (clause 4.5.9).
std::string_view values_member(AttrKind kind) {
  switch (kind) {
    case AttrKind::kRelationship:
      return "objects";
    case AttrKind::kLanguageProperty:
      return "languageMaps";
    case AttrKind::kVocabProperty:
      return "vocabs";
    case AttrKind::kJsonProperty:
      return "jsons";
    case AttrKind::kListProperty:
      return "valueLists";
    case AttrKind::kListRelationship:
      return "objectLists";
    default:
      return "values";
  }
}

/// What stands for the value of a deleted attribute in a pair of temporalValues.
std::string_view null_simple(AttrKind kind) {
  switch (kind) {
    case AttrKind::kLanguageProperty:
      return R"({"languageMap":{"@none":"urn:ngsi-ld:null"}})";
    case AttrKind::kVocabProperty:
      return R"({"vocab":"urn:ngsi-ld:null"})";
    case AttrKind::kJsonProperty:
      return R"({"json":"urn:ngsi-ld:null"})";
    default:
      return null_json(kind);
  }
}

void append_time(std::string& out, std::string_view before, Instant t) {
  out += before;
  append_instant(out, t);
  out += '"';
}

void end_instance(SeriesText& series, Instant at) {
  series.marks.push_back({at, series.text.size()});
}

class EvolutionWriter {
 public:
  EvolutionWriter(std::string& out, const Context& context, const TemporalRepresentation& how, const TimeSpan& kept)
      : out_(out), context_(context), how_(how), kept_(kept) {}

  void evolution(const EvolutionText& e) {
    out_ += '{';
    if (shows_member(how_, "id")) {
      member("\"id\":");
      append_json_string(out_, e.id);
    }
    if (shows_member(how_, "type") && !e.types.empty()) types(e.types);
    if (e.scope) {
      member("\"scope\":");
      series_list({&*e.scope, 1});
    }
    if (how_.basic.sys_attrs) {
      time("\"createdAt\":\"", e.created_at);
      time("\"modifiedAt\":\"", e.modified_at);
      time("\"deletedAt\":\"", e.deleted_at);
    }
    for (const AttributeText& attribute : e.attributes) {
      if (attribute.series.empty()) continue;
      if (out_.back() != '{') out_ += ',';
      out_.append(context_.compact_json(attribute.name)) += ':';
      series_list(attribute.series);
    }
    if (!how_.basic.body_context.empty()) {
      member("\"@context\":");
      out_ += how_.basic.body_context;
    }
    out_ += '}';
  }

 private:
  void member(std::string_view text) {
    if (out_.back() != '{') out_ += ',';
    out_ += text;
  }
  void time(std::string_view before, Instant t) {
    if (t == kNoInstant) return;
    member("");
    append_time(out_, before, t);
  }

  void types(const std::vector<TermId>& types) {
    member(types.size() == 1 ? "\"type\":" : "\"type\":[");
    for (const TermId& type : types) {
      if (&type != &types.front()) out_ += ',';
      out_ += context_.compact_json(type);
    }
    if (types.size() != 1) out_ += ']';
  }

  /// All series of one attribute: instances in one array, or an object for each series.
  void series_list(std::span<const SeriesText> list) {
    if (how_.format == TemporalFormat::kNormalized) return instances(list);
    if (list.size() > 1) out_ += '[';
    for (const SeriesText& series : list) {
      if (&series != list.data()) out_ += ',';
      how_.format == TemporalFormat::kAggregatedValues ? aggregates(series) : values(series);
    }
    if (list.size() > 1) out_ += ']';
  }

  void instances(std::span<const SeriesText> list) {
    const std::size_t start = out_.size();
    std::size_t count = 0;
    out_ += '[';
    for (const SeriesText& series : list) count += kept_instances(series);
    if (count == 1) {
      out_.erase(start, 1);
    } else {
      out_ += ']';
    }
  }

  void values(const SeriesText& series) {
    const bool chosen = series.kind == AttrKind::kLanguageProperty && !how_.basic.lang.empty();
    const AttrKind kind = chosen ? AttrKind::kProperty : series.kind;
    begin(kind_name(kind), series);
    out_.append(",\"").append(values_member(kind)).append("\":[");
    kept_instances(series);
    out_ += "]}";
  }

  void aggregates(const SeriesText& series) {
    const bool link = series.kind == AttrKind::kRelationship || series.kind == AttrKind::kListRelationship;
    begin(link ? "Relationship" : "Property", series);
    for (std::size_t i = 0; i < series.aggregates.size(); ++i) {
      if (series.aggregates[i].empty()) continue;
      out_.append(",\"").append(name(how_.aggregation.methods[i])).append("\":[");
      out_.append(series.aggregates[i]) += ']';
    }
    out_ += '}';
  }

  void begin(std::string_view type, const SeriesText& series) {
    out_.append("{\"type\":\"").append(type) += '"';
    if (series.dataset_id.empty()) return;
    out_ += ",\"datasetId\":";
    append_json_string(out_, series.dataset_id);
  }

  /// The instances that are kept, oldest first; how many there are.
  std::size_t kept_instances(const SeriesText& series) {
    const auto& marks = series.marks;
    const bool newest_first = marks.size() > 1 && marks.back().at < marks.front().at;
    std::size_t count = 0;
    for (std::size_t k = 0; k < marks.size(); ++k) {
      const std::size_t i = newest_first ? marks.size() - 1 - k : k;
      if (!kept_.contains(marks[i].at)) continue;
      if (out_.back() != '[') out_ += ',';
      const std::size_t begin = i == 0 ? 0 : marks[i - 1].end;
      out_.append(series.text, begin, marks[i].end - begin);
      ++count;
    }
    return count;
  }

  std::string& out_;
  const Context& context_;
  const TemporalRepresentation& how_;
  const TimeSpan& kept_;
};

}  // namespace

bool shows_attribute(const TemporalRepresentation& how, TermId name) {
  return Projection(how.basic).shows(name);
}
bool shows_member(const TemporalRepresentation& how, std::string_view member) {
  return Projection(how.basic).shows_member(member);
}
bool wants_dataset(const TemporalRepresentation& how, std::string_view dataset_id) {
  return wants_dataset(how.basic, dataset_id);
}
bool is_requested(const TemporalRepresentation& how, TermId name) {
  const auto picked = [name](const ProjectionNode& node) { return node.member.empty() && node.name == name; };
  return std::ranges::find(how.basic.attrs, name) != how.basic.attrs.end() ||
         std::ranges::any_of(how.basic.pick, picked);
}

SeriesWriter::SeriesWriter(AttributeText& into, std::string_view entity, std::string_view dataset_id,
                           const Context& context, const TemporalRepresentation& how)
    : into_(into),
      dataset_id_(dataset_id),
      context_(context),
      how_(how),
      hash_(series_hash(entity, into.name, dataset_id)),
      first_(into.series.size()) {}

SeriesText& SeriesWriter::text_for(AttrKind kind) {
  auto& all = into_.series;
  const bool by_kind = how_.format == TemporalFormat::kTemporalValues;
  for (std::size_t i = first_; i < all.size(); ++i) {
    if (!by_kind || all[i].kind == kind) return all[i];
  }
  SeriesText& made = all.emplace_back();
  made.dataset_id = dataset_id_;
  made.kind = kind;
  return made;
}

void SeriesWriter::end(SeriesText& series, Instant at) {
  bytes_ += series.text.size() - (series.marks.empty() ? 0 : series.marks.back().end) + sizeof(SeriesText::Mark);
  end_instance(series, at);
  last_ = at;
}

void SeriesWriter::note(AttrKind kind) {
  text_for(kind);
}

void SeriesWriter::add(Instant at, double number) {
  SeriesText& series = text_for(AttrKind::kProperty);
  series.text += '[';
  append_json_number(series.text, number);
  append_time(series.text, ",\"", at);
  series.text += ']';
  end(series, at);
}

void SeriesWriter::add(Instant at, Instant written, Instant deleted, AttributeView instance) {
  SeriesText& series = text_for(instance.kind());
  std::string& out = series.text;
  if (how_.format == TemporalFormat::kTemporalValues) {
    out += '[';
    if (deleted == kNoInstant) {
      append_attribute(out, instance, context_, how_.basic);
    } else {
      out += null_simple(instance.kind());
    }
    append_time(out, ",\"", at);
    out += ']';
  } else {
    if (deleted == kNoInstant) {
      append_attribute(out, instance, context_, how_.basic);
      out.pop_back();
    } else {
      tombstone(out, instance.kind(), deleted, instance);
    }
    out += ",\"instanceId\":\"";
    append_instance_id(out, {hash_, written});
    out += "\"}";
  }
  end(series, at);
}

void SeriesWriter::tombstone(std::string& out, AttrKind kind, Instant deleted, AttributeView instance) {
  out.append("{\"type\":\"").append(kind_name(kind)).append("\",\"");
  out.append(value_member(kind)).append("\":").append(null_json(kind));
  if (!dataset_id_.empty()) {
    out += ",\"datasetId\":";
    append_json_string(out, dataset_id_);
  }
  append_time(out, ",\"deletedAt\":\"", deleted);
  if (!how_.basic.sys_attrs) return;
  append_time(out, ",\"createdAt\":\"", instance.created_at());
  append_time(out, ",\"modifiedAt\":\"", instance.modified_at());
}

void append_scope(SeriesText& into, Instant at, const std::vector<std::string>& scopes, bool deleted,
                  const TemporalRepresentation& how) {
  std::string& out = into.text;
  const bool normalized = how.format == TemporalFormat::kNormalized;
  out += normalized ? R"({"type":"Property","value":)" : "[";
  if (scopes.size() != 1) out += '[';
  for (const std::string& scope : scopes) {
    if (&scope != &scopes.front()) out += ',';
    append_json_string(out, scope);
  }
  if (scopes.size() != 1) out += ']';
  if (normalized) out += deleted ? ",\"deletedAt\":\"" : ",\"observedAt\":\"";
  append_time(out, normalized ? "" : ",\"", at);
  out += normalized ? '}' : ']';
  end_instance(into, at);
}

void append_evolution(std::string& out, const EvolutionText& evolution, const Context& context,
                      const TemporalRepresentation& how, const TimeSpan& kept) {
  EvolutionWriter(out, context, how, kept).evolution(evolution);
}

}  // namespace tsunagu::ngsi
