#include "catalog/studio/standard.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <unordered_set>

#include "base/log.h"
#include "base/toml.h"
#include "catalog/import/text_forms.h"
#include "catalog/studio/shipped.h"

namespace tsunagu::catalog {
namespace {

constexpr std::array<const char*, 20> kTypes{"text",      "id",   "kana", "integer", "number", "latitude",
                                             "longitude", "code", "date", "time",    "phone",  "url",
                                             "weekdays",  "list", "flag", "mark",    "choice", "corporate_number",
                                             "postcode",  "mail"};
constexpr std::string_view kShared = "columns.toml";

struct SharedColumn {
  ColumnType type = ColumnType::kText;
  std::vector<std::string> aliases;
};

std::vector<std::string> texts(const toml::node* node) {
  std::vector<std::string> out;
  if (node == nullptr || !node->is_array()) return out;
  for (const toml::node& item : *node->as_array()) {
    if (const auto text = item.value<std::string>()) out.push_back(*text);
  }
  return out;
}

tl::unexpected<Error> wrong(std::string_view file, const toml::node& node, const std::string& reason) {
  return bad(fmt::format("{}:{}: {}", file, node.source().begin.line, reason));
}

Result<ColumnType> type_of(std::string_view file, const toml::table& table, ColumnType otherwise) {
  const toml::node* node = table.get("type");
  if (node == nullptr) return otherwise;
  const auto type = parse_column_type(node->value_or(std::string_view{}));
  if (!type) return wrong(file, *node, "no such type of column");
  return *type;
}

using SharedColumns = std::map<std::string, SharedColumn, std::less<>>;

Result<SharedColumns> read_shared(std::string_view file, const toml::table& root) {
  SharedColumns out;
  for (const auto& [name, node] : root) {
    if (!node.is_table()) return wrong(file, node, "expected a table for each column");
    const auto type = type_of(file, *node.as_table(), ColumnType::kText);
    if (!type) return tl::unexpected(type.error());
    out[std::string(name.str())] = {*type, texts(node.as_table()->get("aliases"))};
  }
  return out;
}

Result<Standard> read_standard(std::string_view file, const toml::table& root, const SharedColumns& shared) {
  Standard out;
  out.key = root["key"].value_or(std::string());
  out.number = root["number"].value_or(0);
  out.title_ja = root["title"]["ja"].value_or(std::string());
  out.title_en = root["title"]["en"].value_or(std::string());
  out.entity_type = root["entity_type"].value_or(std::string());
  out.mapping = root["mapping"].value_or(std::string());
  out.id = texts(root.get("id"));
  const toml::array* columns = root["columns"].as_array();
  if (out.key.empty() || out.number == 0 || out.title_ja.empty() || out.mapping.empty() || columns == nullptr) {
    return wrong(file, root, "key, number, title, mapping and columns are needed");
  }
  for (const toml::node& node : *columns) {
    if (!node.is_table()) return wrong(file, node, "expected a table for each column");
    const toml::table& table = *node.as_table();
    StandardColumn column;
    column.name = table["name"].value_or(std::string());
    if (column.name.empty()) return wrong(file, node, "a column needs a name");
    const auto common = shared.find(column.name);
    const auto type = type_of(file, table, common != shared.end() ? common->second.type : ColumnType::kText);
    if (!type) return tl::unexpected(type.error());
    column.type = *type;
    column.required = table["required"].value_or(false);
    column.aliases = texts(table.get("aliases"));
    if (common != shared.end()) {
      column.aliases.insert(column.aliases.end(), common->second.aliases.begin(), common->second.aliases.end());
    }
    column.codes = texts(table.get("codes"));
    if ((column.type == ColumnType::kChoice) == column.codes.empty()) {
      return wrong(file, node, "codes belong to columns of type choice, and to them only");
    }
    out.columns.push_back(std::move(column));
  }
  for (const std::string& name : out.id) {
    if (out.find(name) == out.columns.size()) return wrong(file, root, "id names no column: " + name);
  }
  return out;
}

const std::unordered_set<std::string>& known_columns() {
  static const auto names = [] {
    std::unordered_set<std::string> out;
    for (const Standard& standard : standards()) {
      for (const StandardColumn& column : standard.columns) {
        out.insert(plain_name(column.name));
        for (const std::string& alias : column.aliases) out.insert(plain_name(alias));
      }
    }
    return out;
  }();
  return names;
}

}  // namespace

std::optional<ColumnType> parse_column_type(std::string_view name) {
  const auto found = std::find(kTypes.begin(), kTypes.end(), name);
  if (found == kTypes.end()) return std::nullopt;
  return static_cast<ColumnType>(found - kTypes.begin());
}

const char* to_string(ColumnType type) {
  return kTypes[static_cast<std::size_t>(type)];
}

std::size_t Standard::find(std::string_view name) const {
  return static_cast<std::size_t>(
      std::find_if(columns.begin(), columns.end(), [name](const StandardColumn& c) { return c.name == name; }) -
      columns.begin());
}

Result<std::vector<Standard>> read_standards(std::span<const std::pair<std::string_view, std::string_view>> files) {
  SharedColumns shared;
  std::vector<std::pair<std::string_view, toml::table>> parsed;
  for (const auto& [name, text] : files) {
    auto root = parse_toml(text, name);
    if (!root) return tl::unexpected(root.error());
    if (!name.ends_with(kShared)) {
      parsed.emplace_back(name, std::move(*root));
      continue;
    }
    auto read = read_shared(name, *root);
    if (!read) return tl::unexpected(read.error());
    shared = std::move(*read);
  }
  std::vector<Standard> out;
  for (const auto& [name, root] : parsed) {
    auto standard = read_standard(name, root, shared);
    if (!standard) return tl::unexpected(standard.error());
    out.push_back(std::move(*standard));
  }
  std::sort(out.begin(), out.end(), [](const Standard& a, const Standard& b) { return a.number < b.number; });
  return out;
}

const std::vector<Standard>& standards() {
  static const std::vector<Standard> all = [] {
    std::vector<std::pair<std::string_view, std::string_view>> files;
    for (const auto& file : shipped_files()) {
      if (file.first.starts_with("standards/")) files.push_back(file);
    }
    auto read = read_standards(files);
    if (!read) {
      log::error("data/{}", read.error().detail);
      std::abort();
    }
    return std::move(*read);
  }();
  return all;
}

const Standard* find_standard(std::string_view key) {
  for (const Standard& standard : standards()) {
    if (standard.key == key) return &standard;
  }
  return nullptr;
}

std::string plain_name(std::string_view name) {
  std::string out;
  const std::string text = nfkc(name);
  constexpr std::array<std::string_view, 8> kPassedOver{"・", "「", "」", "【", "】", "〔", "〕", "、"};
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x80) {
      const char c = text[i++];
      if (c >= 'A' && c <= 'Z') out += static_cast<char>(c + ('a' - 'A'));
      if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '#') out += c;
      continue;
    }
    const std::size_t size = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    std::string letter = text.substr(i, size);
    i += size;
    if (std::find(kPassedOver.begin(), kPassedOver.end(), letter) != kPassedOver.end()) continue;
    if (size == 3) {
      // ぁ U+3041 … ゖ U+3096 → 96 further on.
      const unsigned code = (byte & 0xfu) << 12 | (static_cast<unsigned char>(letter[1]) & 0x3fu) << 6 |
                            (static_cast<unsigned char>(letter[2]) & 0x3fu);
      if (code >= 0x3041 && code <= 0x3096) {
        const unsigned kana = code + 96;
        letter = {static_cast<char>(0xe0 | kana >> 12), static_cast<char>(0x80 | (kana >> 6 & 0x3f)),
                  static_cast<char>(0x80 | (kana & 0x3f))};
      }
    }
    out += letter;
  }
  return out;
}

bool is_known_column(std::string_view name) {
  return known_columns().contains(plain_name(name));
}

}  // namespace tsunagu::catalog
