#include "catalog/import/importer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace tsunagu::catalog {
namespace {

void add_columns(const AttributeSpec& attribute, std::set<std::string>& names) {
  const auto add = [&names](const Template& from) {
    for (std::string& name : from.columns()) names.insert(std::move(name));
  };
  if (attribute.from.size() == 1) add(attribute.from[0]);  // of several, some may lack
  add(attribute.lat);
  add(attribute.lng);
  for (const auto& [tag, from] : attribute.languages) add(from);
  for (const auto& [name, from] : attribute.flags) add(from);
  if (attribute.observed_at) add(attribute.observed_at->from);
  for (const AttributeSpec& inner : attribute.attributes) add_columns(inner, names);
}

}  // namespace

Importer::Importer(const Mapping& mapping, Handlers handlers)
    : mapping_(mapping),
      handlers_(std::move(handlers)),
      reader_(mapping.source, {[this](const Row& row) { take(row); },
                               [this](std::string_view json, std::size_t line) {
                                 ++counts_.rows;
                                 auto entity = entity_of_json(json);
                                 if (!entity) {
                                   --counts_.rows;
                                   fault({line, "", entity.error().detail});
                                   return;
                                 }
                                 entity->line = line;
                                 ++counts_.entities;
                                 handlers_.entity(*std::move(entity));
                               },
                               [this](Fault found) { fault(std::move(found)); },
                               [this](std::string text) { handlers_.note(std::move(text)); }}) {}

void Importer::fault(Fault fault) {
  ++counts_.rows;
  ++counts_.faults;
  handlers_.fault(std::move(fault));
}

// A column that a CSV file does not have at all is told once, not with every row.
void Importer::check_columns(const Row& row) {
  columns_checked_ = true;
  if (mapping_.source.format != Format::kCsv) return;
  std::set<std::string> wanted, lacking;
  for (const AttributeSpec& attribute : mapping_.attributes) add_columns(attribute, wanted);
  for (const std::string& name : wanted) {
    if (row.columns->find(name) == Columns::kNone) lacking.insert(name);
  }
  if (!lacking.empty()) handlers_.note(fmt::format("the file has no column {}", fmt::join(lacking, ", ")));
}

void Importer::take(const Row& row) {
  if (!columns_checked_) check_columns(row);
  for (const Condition& condition : mapping_.skip_if) {
    if (condition.holds(row)) {
      ++counts_.rows;
      ++counts_.skipped;
      return;
    }
  }
  auto entity = make_entity(mapping_, row);
  if (!entity) {
    fault(std::move(entity.error()));
    return;
  }
  if (!mapping_.history) {
    const auto [known, is_new] = lines_.emplace(entity->id, row.line);
    if (!is_new) {
      fault({row.line, "", fmt::format("the same id as line {}: {}", known->second, entity->id)});
      return;
    }
  }
  ++counts_.rows;
  ++counts_.entities;
  handlers_.entity(*std::move(entity));
}

}  // namespace tsunagu::catalog
