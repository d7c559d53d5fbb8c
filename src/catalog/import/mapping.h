// A mapping: how the rows of a source become entities. Written as TOML; docs/import.md is its reference.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/error.h"
#include "catalog/import/source.h"
#include "catalog/import/template.h"
#include "catalog/import/text_forms.h"

namespace tsunagu::catalog {

/// When something was the case: a cell and how to read it.
struct TimeSpec {
  Template from;
  MomentReader reader;
};

/// A condition on one cell.
struct Condition {
  Template from;
  bool empty = false;               ///< holds when the text is empty or absent
  std::vector<std::string> one_of;  ///< holds when the text is one of these
  std::string begins;               ///< holds when the text begins with this
  bool holds(const Row& row) const;
};

struct AttributeSpec {
  enum class Kind : unsigned char {
    kText,
    kNumber,
    kInteger,
    kBoolean,
    kDate,
    kPoint,
    kGeometry,
    kRelationship,
    kLanguage,
    kVocabulary,
    kJson,
    kFlags
  };
  std::string name;
  Kind kind = Kind::kText;
  std::vector<Template> from;                               ///< the first that is not empty counts
  Template lat, lng;                                        ///< kPoint, degrees
  std::vector<std::pair<std::string, Template>> languages;  ///< kLanguage: language tag → text
  std::vector<std::pair<std::string, Template>> flags;      ///< kFlags: the names whose cell is true make the list
  std::optional<std::string> constant;                      ///< canonical JSON
  std::string split;  ///< not empty: any of these characters (UTF-8) separates values of a list
  std::vector<std::pair<std::string, std::string>> values;  ///< text → canonical JSON
  enum class Other : unsigned char {
    kFault,
    kKeep,
    kDrop
  } other = Other::kFault;           ///< texts that `values` does not have
  std::optional<MomentReader> time;  ///< kDate
  std::string unit;                  ///< UN/CEFACT code
  std::optional<TimeSpec> observed_at;
  std::optional<double> min, max;
  std::optional<std::vector<double>> bounds;  ///< west, south, east, north in degrees; kPoint
  bool required = false;
  std::vector<AttributeSpec> attributes;  ///< of the attribute
};

struct Mapping {
  std::string file;  ///< for messages
  std::string title;
  SourceSpec source;
  std::vector<std::string> empty_texts;  ///< cells with one of these texts count as empty
  std::vector<Template> types;
  Template id;
  std::vector<Template> scopes;
  std::string context;  ///< URL of an @context for the names; empty: the core context's default vocabulary
  std::optional<TimeSpec> observed_at;  ///< for every attribute from cells that has none of its own
  bool history = false;                 ///< several rows may tell of one entity at different times
  std::vector<Condition> skip_if;       ///< rows for which one holds are passed over
  std::vector<AttributeSpec> attributes;
};

/// Reads a whole file named in a mapping, relative to it.
using LoadFile = std::function<Result<std::string>(const std::string& path)>;

/// Parses and checks `toml`; everything that is not understood is an error that names line, table and key.
/// `load_file` is called for the files of [tables].
Result<Mapping> read_mapping(std::string_view toml, const std::string& file, const LoadFile& load_file);

/// The mapping of NGSI-LD entities, which need none.
Mapping mapping_of_entities();

}  // namespace tsunagu::catalog
