#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <set>

#include "base/json.h"
#include "base/toml.h"
#include "base/uri.h"
#include "catalog/import/csv.h"
#include "catalog/import/mapping.h"

namespace tsunagu::catalog {
namespace {

constexpr std::string_view kZone = "Asia/Tokyo";

// Thrown inside this file only; read_mapping turns it into an Error.
struct Wrong {
  std::size_t line;
  std::string reason;
};

std::size_t line_of(const toml::node& node) {
  return node.source().begin.line;
}

void append_json(std::string& out, const toml::node& node) {
  if (const auto* text = node.as_string()) {
    append_json_string(out, text->get());
  } else if (const auto* whole = node.as_integer()) {
    append_json_number(out, whole->get());
  } else if (const auto* real = node.as_floating_point()) {
    append_json_number(out, real->get());
  } else if (const auto* truth = node.as_boolean()) {
    out += truth->get() ? "true" : "false";
  } else if (const auto* list = node.as_array()) {
    out += '[';
    for (const toml::node& item : *list) {
      if (out.back() != '[') out += ',';
      append_json(out, item);
    }
    out += ']';
  } else if (const auto* table = node.as_table()) {
    out += '{';
    for (const auto& [key, value] : *table) {
      if (out.back() != '{') out += ',';
      append_json_string(out, key.str());
      out += ':';
      append_json(out, value);
    }
    out += '}';
  } else {
    throw Wrong{line_of(node), "dates are written as text: \"2020-04-01\""};
  }
}

// One table of the mapping: hands out its keys and, at the end, complains about those nobody asked for.
class Section {
 public:
  Section(const toml::table& table, std::string name) : table_(table), name_(std::move(name)) {}

  const std::string& name() const { return name_; }
  std::size_t line() const { return line_of(table_); }

  const toml::node* find(std::string_view key) {
    known_.insert(std::string(key));
    return table_.get(key);
  }
  bool has(std::string_view key) { return find(key) != nullptr; }

  [[noreturn]] void wrong(const toml::node& node, std::string_view key, std::string_view reason) const {
    throw Wrong{line_of(node), fmt::format("{} in [{}]: {}", key, name_, reason)};
  }

  std::string text(std::string_view key, std::string_view otherwise = {}) {
    const toml::node* node = find(key);
    if (node == nullptr) return std::string(otherwise);
    return text_of(*node, key);
  }
  std::string needed_text(std::string_view key) {
    if (!has(key)) throw Wrong{line(), fmt::format("[{}] needs {}", name_, key)};
    std::string value = text(key);
    if (value.empty()) wrong(*find(key), key, "must not be empty");
    return value;
  }
  bool truth(std::string_view key) {
    const toml::node* node = find(key);
    if (node == nullptr) return false;
    if (!node->is_boolean()) wrong(*node, key, "expected true or false");
    return node->as_boolean()->get();
  }
  std::optional<double> number(std::string_view key) {
    const toml::node* node = find(key);
    if (node == nullptr) return std::nullopt;
    const auto value = node->value<double>();
    if (!value) wrong(*node, key, "expected a number");
    return value;
  }
  /// A text or a list of texts.
  std::vector<std::string> texts(std::string_view key) {
    std::vector<std::string> out;
    const toml::node* node = find(key);
    if (node == nullptr) return out;
    if (const auto* list = node->as_array()) {
      for (const toml::node& item : *list) out.push_back(text_of(item, key));
    } else {
      out.push_back(text_of(*node, key));
    }
    return out;
  }
  const toml::table* table(std::string_view key) {
    const toml::node* node = find(key);
    if (node == nullptr) return nullptr;
    if (!node->is_table()) wrong(*node, key, "expected a table");
    return node->as_table();
  }
  const toml::table& raw() const { return table_; }

  template <std::size_t N, class Value>
  Value choice(std::string_view key, const std::array<std::pair<std::string_view, Value>, N>& choices,
               Value otherwise) {
    const toml::node* node = find(key);
    if (node == nullptr) return otherwise;
    const std::string chosen = text_of(*node, key);
    std::vector<std::string_view> names;
    for (const auto& [name, value] : choices) {
      if (name == chosen) return value;
      names.push_back(name);
    }
    wrong(*node, key, fmt::format("\"{}\" is none of {}", chosen, fmt::join(names, ", ")));
  }

  void done() const {
    for (const auto& [key, value] : table_) {
      if (known_.count(std::string(key.str())) == 0) {
        throw Wrong{key.source().begin.line,
                    fmt::format("unknown key {} in [{}]; known: {}", key.str(), name_, fmt::join(known_, ", "))};
      }
    }
  }

 private:
  std::string text_of(const toml::node& node, std::string_view key) const {
    if (!node.is_string()) wrong(node, key, "expected text in quotes");
    return node.as_string()->get();
  }

  const toml::table& table_;
  std::string name_;
  std::set<std::string> known_;
};

class MappingReader {
 public:
  MappingReader(Mapping& mapping, const LoadFile& load_file) : mapping_(mapping), load_file_(load_file) {}

  void read(const toml::table& root) {
    Section top(root, "mapping");
    mapping_.title = top.text("title");
    if (const toml::table* table = top.table("source")) {
      read_source(Section(*table, "source"));
    } else {
      throw Wrong{1, "[source] is missing"};
    }
    if (const toml::table* tables = top.table("tables")) {
      for (const auto& [name, node] : *tables) {
        if (!node.is_table()) throw Wrong{line_of(node), fmt::format("tables.{}: expected a table", name.str())};
        read_table(std::string(name.str()), Section(*node.as_table(), fmt::format("tables.{}", name.str())));
      }
    }
    if (const toml::table* table = top.table("entity")) {
      read_entity(Section(*table, "entity"));
    } else if (mapping_.source.format != Format::kNgsiLd) {
      throw Wrong{1, "[entity] is missing"};
    }
    if (const toml::table* table = top.table("attributes")) mapping_.attributes = read_attributes(*table, "attributes");
    top.done();
  }

 private:
  Template make(const toml::node& node, std::string_view source, const std::string& where) {
    auto made = Template::make(source, tables_);
    if (!made) throw Wrong{line_of(node), fmt::format("{}: {}", where, made.error().detail)};
    return *std::move(made);
  }
  Template make(Section& section, std::string_view key) {
    const std::string source = section.needed_text(key);
    return make(*section.find(key), source, fmt::format("{} in [{}]", key, section.name()));
  }
  std::vector<Template> make_all(Section& section, std::string_view key) {
    std::vector<Template> out;
    for (const std::string& source : section.texts(key)) {
      out.push_back(make(*section.find(key), source, fmt::format("{} in [{}]", key, section.name())));
    }
    return out;
  }

  void read_source(Section source) {
    SourceSpec& spec = mapping_.source;
    static constexpr std::array<std::pair<std::string_view, Format>, 5> kFormats{{{"csv", Format::kCsv},
                                                                                  {"geojson", Format::kGeoJson},
                                                                                  {"json", Format::kJson},
                                                                                  {"ndjson", Format::kNdjson},
                                                                                  {"ngsi-ld", Format::kNgsiLd}}};
    spec.format = source.choice("format", kFormats, Format::kCsv);
    const auto encoding = parse_encoding(source.text("encoding", "auto"));
    if (!encoding)
      source.wrong(*source.find("encoding"), "encoding", "none of auto, utf-8, shift_jis, euc-jp, utf-16le, utf-16be");
    spec.encoding = *encoding;
    static constexpr std::array<std::pair<std::string_view, bool>, 2> kInvalid{{{"report", false}, {"replace", true}}};
    spec.replace_invalid_bytes = source.choice("invalid_bytes", kInvalid, false);
    const std::string delimiter = source.text("delimiter", ",");
    if (delimiter.size() != 1 || delimiter[0] == '"')
      source.wrong(*source.find("delimiter"), "delimiter", "expected one ASCII character");
    spec.delimiter = delimiter[0];
    spec.sheet = source.text("sheet", "");
    spec.columns = source.texts("columns");
    if (const toml::node* header = source.find("header")) {
      if (header->is_integer()) {
        const std::int64_t row = header->as_integer()->get();
        if (row < 0 || row > 200) source.wrong(*header, "header", "expected 0 to 200");
        spec.header_row = static_cast<std::size_t>(row);
      } else {
        spec.header_has = source.texts("header");
      }
    }
    if (spec.header_row == 0 && spec.columns.empty())
      throw Wrong{source.line(), "header = 0 in [source] needs columns"};
    if (spec.header_row != 0 && !spec.columns.empty()) {
      source.wrong(*source.find("columns"), "columns", "only with header = 0");
    }
    spec.comment = source.text("comment");
    spec.ragged = source.truth("ragged");
    spec.list = source.text("list");
    spec.list_may_lack = source.truth("list_may_lack");
    zone_ = source.text("zone", kZone);
    if (auto zone = MomentReader::make({}, zone_); !zone)
      source.wrong(*source.find("zone"), "zone", zone.error().detail);
    mapping_.empty_texts = source.texts("empty");
    source.done();
  }

  void read_table(const std::string& name, Section section) {
    const std::string file = section.needed_text("file"), key = section.needed_text("key");
    section.done();
    auto bytes = load_file_(file);
    if (!bytes) throw Wrong{section.line(), fmt::format("[tables.{}]: {}", name, bytes.error().detail)};
    auto table = std::make_shared<LookupTable>();
    table->file = file;
    std::string problem;
    SourceSpec spec;
    RowReader reader(spec, {[&](const Row& row) {
                              const Cell* cell = row.find(key);
                              if (cell == nullptr || cell->text.empty()) return;
                              std::vector<std::string> texts;
                              for (const Cell& each : row.cells) texts.push_back(each.text);
                              if (!table->rows.emplace(cell->text, std::move(texts)).second && problem.empty()) {
                                problem = fmt::format("line {}: key \"{}\" occurs twice", row.line, cell->text);
                              }
                            },
                            {},
                            [&](const Fault& fault) {
                              if (problem.empty()) problem = fmt::format("line {}: {}", fault.line, to_string(fault));
                            },
                            {}});
    reader.feed(*bytes);
    reader.finish();
    table->columns = reader.columns();
    if (problem.empty() && table->columns.find(key) == Columns::kNone) problem = fmt::format("no column \"{}\"", key);
    if (!problem.empty()) throw Wrong{section.line(), fmt::format("[tables.{}]: {}: {}", name, file, problem)};
    tables_.emplace(name, std::move(table));
  }

  void read_entity(Section entity) {
    if (!entity.has("type")) throw Wrong{entity.line(), "[entity] needs type"};
    for (const std::string& type : entity.texts("type")) mapping_.types.push_back(literal(entity, "type", type));
    mapping_.id = literal(entity, "id", entity.needed_text("id"));
    for (const std::string& scope : entity.texts("scope")) mapping_.scopes.push_back(literal(entity, "scope", scope));
    mapping_.context = entity.text("context");
    if (!mapping_.context.empty() && !is_absolute_uri(mapping_.context)) {
      entity.wrong(*entity.find("context"), "context", "expected the URL of an @context");
    }
    mapping_.history = entity.truth("history");
    mapping_.observed_at = read_time(entity);
    if (mapping_.history && !mapping_.observed_at)
      throw Wrong{entity.line(), "history = true in [entity] needs observed_at"};
    if (const toml::node* node = entity.find("skip_if")) {
      const toml::array* list = node->as_array();
      if (list == nullptr) entity.wrong(*node, "skip_if", "expected a list of conditions");
      for (const toml::node& item : *list) {
        if (!item.is_table())
          entity.wrong(item, "skip_if", "expected a condition: { from = \"column\", is = \"text\" }");
        mapping_.skip_if.push_back(read_condition(Section(*item.as_table(), "skip_if")));
      }
    }
    entity.done();
  }

  // Text that is taken as it stands when it has no braces.
  Template literal(Section& section, std::string_view key, const std::string& text) {
    if (text.empty()) section.wrong(*section.find(key), key, "must not be empty");
    if (text.find_first_of("{}") == std::string::npos) return Template::fixed(text);
    return make(*section.find(key), text, fmt::format("{} in [{}]", key, section.name()));
  }

  Condition read_condition(Section section) {
    Condition condition;
    condition.from = make(section, "from");
    condition.empty = section.truth("empty");
    condition.one_of = section.texts("is");
    condition.begins = section.text("begins");
    section.done();
    if (!condition.empty && condition.one_of.empty() && condition.begins.empty()) {
      throw Wrong{section.line(), "a condition needs empty = true, is = … or begins = …"};
    }
    return condition;
  }

  MomentReader read_moment(Section& section) {
    std::vector<std::string> formats = section.texts("format");
    if (formats.empty()) formats.emplace_back("iso");
    auto reader = MomentReader::make(std::move(formats), section.text("zone", zone_));
    if (!reader) throw Wrong{section.line(), fmt::format("[{}]: {}", section.name(), reader.error().detail)};
    return *std::move(reader);
  }

  std::optional<TimeSpec> read_time(Section& section) {
    const toml::table* table = section.table("observed_at");
    if (table == nullptr) return std::nullopt;
    Section time(*table, section.name() + ".observed_at");
    TimeSpec spec{literal_or_column(time), read_moment(time)};
    time.done();
    return spec;
  }

  // `at` is a moment as text, `from` a column.
  Template literal_or_column(Section& time) {
    if (time.has("at") == time.has("from"))
      throw Wrong{time.line(), fmt::format("[{}] needs either from or at", time.name())};
    return time.has("at") ? literal(time, "at", time.needed_text("at")) : make(time, "from");
  }

  std::vector<AttributeSpec> read_attributes(const toml::table& table, const std::string& where) {
    static const std::set<std::string_view> kReserved{"id", "type", "@context", "scope", "@id", "@type"};
    std::vector<AttributeSpec> out;
    for (const auto& [key, node] : table) {
      AttributeSpec attribute;
      attribute.name = key.str();
      if (kReserved.count(attribute.name) != 0 || attribute.name.empty()) {
        throw Wrong{key.source().begin.line,
                    fmt::format("[{}]: \"{}\" cannot be the name of an attribute", where, attribute.name)};
      }
      if (const auto* text = node.as_string()) {
        attribute.from.push_back(make(node, text->get(), fmt::format("{} in [{}]", attribute.name, where)));
      } else if (node.is_table()) {
        read_attribute(Section(*node.as_table(), where + "." + attribute.name), attribute);
      } else {
        throw Wrong{line_of(node), fmt::format("[{}]: {}: expected a column or a table", where, attribute.name)};
      }
      out.push_back(std::move(attribute));
    }
    return out;
  }

  void read_attribute(Section section, AttributeSpec& attribute) {
    using Kind = AttributeSpec::Kind;
    static constexpr std::array<std::pair<std::string_view, Kind>, 12> kKinds{{{"text", Kind::kText},
                                                                               {"number", Kind::kNumber},
                                                                               {"integer", Kind::kInteger},
                                                                               {"boolean", Kind::kBoolean},
                                                                               {"date", Kind::kDate},
                                                                               {"point", Kind::kPoint},
                                                                               {"geometry", Kind::kGeometry},
                                                                               {"relationship", Kind::kRelationship},
                                                                               {"language", Kind::kLanguage},
                                                                               {"vocabulary", Kind::kVocabulary},
                                                                               {"json", Kind::kJson},
                                                                               {"flags", Kind::kFlags}}};
    using Other = AttributeSpec::Other;
    static constexpr std::array<std::pair<std::string_view, Other>, 3> kOthers{
        {{"error", Other::kFault}, {"keep", Other::kKeep}, {"drop", Other::kDrop}}};
    const Kind kind = attribute.kind = section.choice("kind", kKinds, Kind::kText);
    attribute.required = section.truth("required");
    attribute.unit = section.text("unit");
    attribute.observed_at = read_time(section);
    if (const toml::table* inner = section.table("attributes")) {
      attribute.attributes = read_attributes(*inner, section.name() + ".attributes");
    }
    if (kind == Kind::kPoint || kind == Kind::kGeometry) read_bounds(section, attribute);
    if (kind == Kind::kPoint) {
      attribute.lat = make(section, "lat");
      attribute.lng = make(section, "lng");
    } else if (kind == Kind::kLanguage) {
      attribute.languages = named_templates(section, "languages");
    } else if (kind == Kind::kFlags) {
      attribute.flags = named_templates(section, "flags");
    } else if (const toml::node* constant = section.find("constant")) {
      if (section.has("from")) section.wrong(*constant, "constant", "not together with from");
      attribute.constant.emplace();
      append_json(*attribute.constant, *constant);
    } else {
      attribute.from = make_all(section, "from");
      if (attribute.from.empty())
        throw Wrong{section.line(), fmt::format("[{}] needs from or constant", section.name())};
    }
    attribute.split = section.text("split");
    if (const toml::table* values = section.table("values")) {
      for (const auto& [text, node] : *values) {
        std::string json;
        append_json(json, node);
        attribute.values.emplace_back(text.str(), std::move(json));
      }
    }
    attribute.other = section.choice("other", kOthers, Other::kFault);
    if (kind == Kind::kDate) attribute.time = read_moment(section);
    attribute.min = section.number("min");
    attribute.max = section.number("max");
    section.done();
  }

  static void read_bounds(Section& section, AttributeSpec& attribute) {
    if (const toml::node* node = section.find("bounds")) {
      std::vector<double> bounds;
      if (const toml::array* list = node->as_array()) {
        for (const toml::node& item : *list) bounds.push_back(item.value<double>().value_or(1e9));
      }
      if (bounds.size() != 4) section.wrong(*node, "bounds", "expected [west, south, east, north] in degrees");
      attribute.bounds = std::move(bounds);
    }
  }

  std::vector<std::pair<std::string, Template>> named_templates(Section& section, std::string_view key) {
    const toml::table* table = section.table(key);
    if (table == nullptr || table->empty())
      throw Wrong{section.line(), fmt::format("[{}] needs {}", section.name(), key)};
    std::vector<std::pair<std::string, Template>> out;
    for (const auto& [name, node] : *table) {
      if (!node.is_string()) section.wrong(node, key, "expected a column or template");
      out.emplace_back(name.str(),
                       make(node, node.as_string()->get(), fmt::format("[{}] {}.{}", section.name(), key, name.str())));
    }
    return out;
  }

  Mapping& mapping_;
  const LoadFile& load_file_;
  LookupTables tables_;
  std::string zone_{kZone};
};

}  // namespace

Result<Mapping> read_mapping(std::string_view toml, const std::string& file, const LoadFile& load_file) {
  const auto parsed = parse_toml(toml, file);
  if (!parsed) return tl::unexpected(parsed.error());
  Mapping mapping;
  mapping.file = file;
  try {
    MappingReader(mapping, load_file).read(*parsed);
  } catch (const Wrong& wrong) {
    return bad(fmt::format("{}:{}: {}", file, wrong.line, wrong.reason));
  }
  return mapping;
}

Mapping mapping_of_entities() {
  Mapping mapping;
  mapping.source.format = Format::kNgsiLd;
  return mapping;
}

}  // namespace tsunagu::catalog
