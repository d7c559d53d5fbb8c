#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <set>

#include "base/json.h"
#include "base/text.h"
#include "base/uri.h"
#include "catalog/query_table.h"
#include "catalog/table_writer.h"
#include "ngsi/body.h"
#include "ngsi/json_walk.h"

namespace tsunagu::catalog {
namespace walk = ngsi::walk;
namespace {

using Part = QueryColumn::Part;
constexpr std::size_t kSample = 200;
constexpr std::string_view kObservedAt = ".observedAt";

/// What the values of one attribute look like.
struct Looks {
  std::set<std::string> languages;
  std::set<std::string_view> geometries;
  bool any = false, numbers = true, truths = true, instants = true, scalars = true, vocabulary = false;
};

Looks look_at(const std::vector<ngsi::RecordPtr>& sample, ngsi::TermId term) {
  Looks looks;
  for (const ngsi::RecordPtr& record : sample) {
    const ngsi::AttributeView view = record->find(term);
    if (view.data() == nullptr) continue;
    looks.any = true;
    std::string_view type;
    const std::string_view value = ngsi::plain_value(view.value(), &type);
    looks.numbers = looks.numbers && walk::is_number(value);
    looks.truths = looks.truths && walk::is_bool(value);
    looks.instants = looks.instants && type == "DateTime";
    looks.scalars = looks.scalars && !walk::is_object(value);
    looks.vocabulary = looks.vocabulary || view.kind() == ngsi::AttrKind::kVocabProperty;
    if (view.kind() == ngsi::AttrKind::kGeoProperty) {
      std::string_view kind = walk::member(value, "type");
      looks.geometries.insert(kind == "\"Point\"" ? "Point" : "other");
    }
    if (view.kind() == ngsi::AttrKind::kLanguageProperty) {
      walk::any_member(value, [&](std::string_view tag, std::string_view) {
        looks.languages.insert(json_string_text(tag));
        return looks.languages.size() > 20;
      });
    }
  }
  return looks;
}

std::string main_language(const std::set<std::string>& languages) {
  for (const char* wanted : {"ja", "@none", "en"}) {
    if (languages.contains(wanted)) return wanted;
  }
  return *languages.begin();
}

Column::Type type_of(const Looks& looks) {
  if (!looks.any) return Column::Type::kText;
  if (looks.numbers) return Column::Type::kNumber;
  if (looks.truths) return Column::Type::kTruth;
  if (looks.instants) return Column::Type::kInstant;
  return looks.scalars ? Column::Type::kText : Column::Type::kJson;
}

std::vector<std::string> attributes_of(const store::Store& store, store::TenantId tenant, ngsi::TermId type) {
  std::vector<std::string> names;
  for (const store::AttributeUse& use : store.attribute_uses(tenant)) {
    if (use.type == type) names.emplace_back(ngsi::core_context()->compact(use.attribute));
  }
  std::ranges::sort(names, [](const std::string& a, const std::string& b) {
    return std::pair(a != "name", std::string_view(a)) < std::pair(b != "name", std::string_view(b));
  });
  return names;
}

void set(Cell& cell, Cell::Kind kind, std::string_view text) {
  cell.kind = kind;
  cell.text.assign(text);
}

void set_text(Cell& cell, std::string_view json) {
  std::string scratch;
  set(cell, Cell::Kind::kText, walk::string_text(json, scratch));
}

void set_value(Cell& cell, std::string_view json) {
  if (walk::is_string(json)) return set_text(cell, json);
  if (walk::is_number(json)) return set(cell, Cell::Kind::kNumber, json);
  if (walk::is_bool(json)) return set(cell, Cell::Kind::kBoolean, json);
  set(cell, Cell::Kind::kJson, json);
}

void set_coordinate(Cell& cell, std::string_view geometry, std::size_t which) {
  const std::string_view number = walk::element(walk::member(geometry, "coordinates"), which);
  if (walk::is_number(number)) set(cell, Cell::Kind::kNumber, number);
}

void set_vocabulary(Cell& cell, std::string_view json) {
  const auto compact = [](std::string_view iri) { return ngsi::core_context()->compact_iri(json_string_text(iri)); };
  if (walk::is_string(json)) return set(cell, Cell::Kind::kText, compact(json));
  std::vector<std::string> names;
  walk::any_element(json, [&](std::string_view each) {
    if (walk::is_string(each)) names.push_back(compact(each));
    return false;
  });
  std::string list = "[";
  for (const std::string& name : names) {
    if (list.size() > 1) list += ',';
    append_json_string(list, name);
  }
  set(cell, Cell::Kind::kJson, list + "]");
}

/// Shapes that were made since the last write.
class Remembered {
 public:
  QueryShapePtr find(std::uint64_t sequence, const std::string& key) {
    const std::lock_guard lock(mutex_);
    if (sequence != sequence_) return nullptr;
    const auto at = shapes_.find(key);
    return at == shapes_.end() ? nullptr : at->second;
  }
  void put(std::uint64_t sequence, std::string key, QueryShapePtr shape) {
    const std::lock_guard lock(mutex_);
    if (sequence != sequence_ || shapes_.size() > 1000) shapes_.clear();
    sequence_ = sequence;
    shapes_.insert_or_assign(std::move(key), std::move(shape));
  }

 private:
  std::mutex mutex_;
  std::uint64_t sequence_ = 0;
  std::map<std::string, QueryShapePtr> shapes_;
};

}  // namespace

void QueryShape::add(const store::Store& store, store::TenantId tenant, const QueryContent& content) {
  const ngsi::ContextPtr context = ngsi::core_context();
  const ngsi::TermId type = context->find(content.type);
  std::vector<ngsi::RecordPtr> sample;
  if (auto selection = make_selection(content, {})) {
    selection->q.clear();
    const auto cursor = store.query(tenant, std::move(*selection));
    while (sample.size() < kSample && cursor->step(kSample, kSample - sample.size(), sample)) {
    }
  }
  std::set<std::string> taken;
  const auto put = [&](QueryColumn column) {
    const std::string plain = column.column.id;
    for (int n = 2; !taken.insert(column.column.id).second; ++n) column.column.id = plain + "_" + std::to_string(n);
    columns_.push_back(column.column);
    parts_.push_back(std::move(column));
  };
  put({{"id", Column::Type::kText}, Part::kId, "", {}, "", false});
  for (const std::string& name : content.attrs.empty() ? attributes_of(store, tenant, type) : content.attrs) {
    if (name.ends_with(kObservedAt)) {
      const std::string attribute = name.substr(0, name.size() - kObservedAt.size());
      put({{attribute + "_observedAt", Column::Type::kInstant},
           Part::kObservedAt,
           attribute,
           context->find(attribute),
           "",
           false});
      continue;
    }
    const ngsi::TermId term = context->find(name);
    const Looks looks = look_at(sample, term);
    if (!looks.languages.empty()) {
      const std::string first = main_language(looks.languages);
      put({{name, Column::Type::kText}, Part::kLanguage, name, term, first, false});
      for (const std::string& tag : looks.languages) {
        if (tag != first) put({{name + "_" + tag, Column::Type::kText}, Part::kLanguage, name, term, tag, false});
      }
    } else if (looks.geometries.size() == 1 && looks.geometries.contains("Point")) {
      const std::string prefix = name == "location" ? "" : name + "_";
      put({{prefix + "latitude", Column::Type::kNumber}, Part::kLatitude, name, term, "", false});
      put({{prefix + "longitude", Column::Type::kNumber}, Part::kLongitude, name, term, "", false});
    } else {
      const Column::Type kind = looks.geometries.empty() ? type_of(looks) : Column::Type::kGeometry;
      put({{name, kind}, Part::kValue, name, term, "", looks.vocabulary});
    }
  }
}

Result<QueryShapePtr> QueryShape::of(const broker::Broker& broker, store::TenantId tenant,
                                     const QueryContent& content) {
  static Remembered remembered;
  if (!ngsi::valid_name(content.type)) return bad("not the name of a type: " + content.type);
  for (const std::string& name : content.attrs) {
    const std::string_view attribute = std::string_view(name).substr(0, name.find('.'));
    if (!ngsi::valid_name(attribute)) return bad("not the name of an attribute: " + name);
  }
  const std::uint64_t sequence = broker.store.stats().last_sequence;
  std::string key = fmt::format("{} {} {}", fmt::ptr(&broker.store), tenant.value, content_json(content));
  if (auto known = remembered.find(sequence, key)) return known;
  auto shape = std::make_shared<QueryShape>();
  shape->add(broker.store, tenant, content);
  remembered.put(sequence, std::move(key), shape);
  return shape;
}

void QueryShape::fill(const ngsi::Record& record, std::vector<Cell>& cells) const {
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const QueryColumn& from = parts_[i];
    Cell& cell = cells[i];
    set(cell, Cell::Kind::kAbsent, "");
    if (from.part == Part::kId) {
      set(cell, Cell::Kind::kText, record.id());
      continue;
    }
    if (from.term == ngsi::kNoTerm) continue;
    const ngsi::AttributeView view = record.find(from.term);
    if (view.data() == nullptr) continue;
    if (from.part == Part::kObservedAt) {
      const Instant at = view.parts().observed_at;
      if (at != kNoInstant) set(cell, Cell::Kind::kText, to_string(at));
      continue;
    }
    const std::string_view value = ngsi::plain_value(view.value());
    switch (from.part) {
      case Part::kLanguage: {
        const std::string_view text = walk::is_object(value) ? walk::member(value, from.language) : value;
        if (walk::is_string(text)) {
          set_text(cell, text);
        } else if (!text.empty()) {
          set_value(cell, text);
        }
        break;
      }
      case Part::kLatitude:
        set_coordinate(cell, value, 1);
        break;
      case Part::kLongitude:
        set_coordinate(cell, value, 0);
        break;
      default:
        if (from.vocabulary) {
          set_vocabulary(cell, value);
        } else {
          set_value(cell, value);
        }
    }
  }
}

void QueryShape::append_json(std::string& out, const ngsi::Record& record, std::size_t column) const {
  const QueryColumn& from = parts_[column];
  if (from.part == Part::kId) return append_json_string(out, record.id());
  const ngsi::AttributeView view = from.term == ngsi::kNoTerm ? ngsi::AttributeView(nullptr) : record.find(from.term);
  std::string_view json;
  if (view.data() != nullptr && from.part == Part::kObservedAt) {
    const Instant at = view.parts().observed_at;
    if (at != kNoInstant) return append_json_string(out, to_string(at));
  } else if (view.data() != nullptr) {
    json = ngsi::plain_value(view.value());
    if (from.part == Part::kLanguage && walk::is_object(json)) json = walk::member(json, from.language);
    if (from.part == Part::kLatitude) json = walk::element(walk::member(json, "coordinates"), 1);
    if (from.part == Part::kLongitude) json = walk::element(walk::member(json, "coordinates"), 0);
    if (from.vocabulary) {
      Cell cell;
      set_vocabulary(cell, json);
      return append_cell_json(out, cell);
    }
  }
  out += json.empty() ? "null" : json;
}

std::optional<std::string> QueryShape::q_for(std::size_t column, const std::vector<Cell>& values) const {
  const QueryColumn& from = parts_[column];
  if (values.empty() || from.vocabulary || (from.part != Part::kValue && from.part != Part::kLanguage)) {
    return std::nullopt;
  }
  std::string q = from.attribute;
  if (from.part == Part::kLanguage) q.append("[").append(from.language).append("]");
  q += "==";
  for (const Cell& value : values) {
    if (q.back() != '=') q += ',';
    const bool text = from.column.type == Column::Type::kText;
    const bool number = from.column.type == Column::Type::kNumber && parse_number<double>(value.text).has_value();
    const bool instant = from.column.type == Column::Type::kInstant && parse_instant(value.text).has_value();
    if (text) {
      append_json_string(q, value.text);
    } else if (number || instant || from.column.type == Column::Type::kTruth) {
      if (!number && !instant && value.text != "true" && value.text != "false") return std::nullopt;
      q += value.text;
    } else {
      return std::nullopt;
    }
  }
  return q;
}

std::optional<std::string> QueryShape::order_for(std::size_t column) const {
  const QueryColumn& from = parts_[column];
  switch (from.part) {
    case Part::kId:
      return "id";
    case Part::kValue:
      return from.attribute;
    case Part::kLanguage:
      return from.attribute + "[" + from.language + "]";
    case Part::kObservedAt:
      return from.attribute + ".observedAt";
    default:
      return std::nullopt;
  }
}

}  // namespace tsunagu::catalog
