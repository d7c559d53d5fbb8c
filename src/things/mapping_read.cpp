// Mappings as people write them.
#include <array>
#include <cmath>

#include "base/json.h"
#include "base/toml.h"
#include "things/mapping.h"
#include "things/mapping_parts.h"

namespace tsunagu::things {
namespace {

constexpr std::size_t kMostItems = 500, kMostDownlink = 242;

std::string where(const toml::node& node) {
  return "mapping:" + std::to_string(node.source().begin.line) + ": ";
}

Result<std::string> pointer_in(const toml::table& table, std::string_view key) {
  const toml::node* node = table.get(key);
  if (node == nullptr) return "";
  auto text = node->value<std::string>();
  if (!text || !text->starts_with('/')) {
    return bad(where(*node) + std::string(key) + " is a JSON pointer, such as \"/object/temperature\"");
  }
  return *text;
}

Result<void> only(const toml::table& table, std::initializer_list<std::string_view> known) {
  for (const auto& [key, node] : table) {
    bool found = false;
    for (const std::string_view each : known) found = found || each == key.str();
    if (!found) return bad(where(node) + "there is no \"" + std::string(key.str()) + "\" here");
  }
  return {};
}

/// A value of TOML as JSON; "" for dates and the like.
std::string json_of(const toml::node& node) {
  std::string out;
  if (const auto text = node.value_exact<std::string>()) {
    append_json_string(out, *text);
  } else if (const auto whole = node.value_exact<std::int64_t>()) {
    append_json_number(out, *whole);
  } else if (const auto number = node.value_exact<double>(); number && std::isfinite(*number)) {
    append_json_number(out, *number);
  } else if (const auto truth = node.value_exact<bool>()) {
    out = *truth ? "true" : "false";
  }
  return out;
}

}  // namespace

struct Mapping::Text {
  /// `at` and `as`.
  static Result<void> read_place(const toml::table& table, const toml::node& node, Item& item) {
    constexpr std::array<std::pair<std::string_view, Form>, 8> kForms{{{"u8", Form::kU8},
                                                                       {"i8", Form::kI8},
                                                                       {"u16", Form::kU16},
                                                                       {"i16", Form::kI16},
                                                                       {"u24", Form::kU24},
                                                                       {"u32", Form::kU32},
                                                                       {"i32", Form::kI32},
                                                                       {"f32", Form::kF32}}};
    const auto at = table["at"].value<std::int64_t>();
    std::string as = table["as"].value_or(std::string("u8"));
    if (as.ends_with("le")) item.big = false;
    if (as.ends_with("le") || as.ends_with("be")) as.resize(as.size() - 2);
    for (const auto& [name, form] : kForms) {
      if (as == name) item.form = form;
    }
    if (item.form == Form::kJson || !at || *at < 0 || *at > 65535) {
      return bad(where(node) + item.name +
                 ": at is a place from 0 on; as is u8, i8, u16, i16, u24, u32, i32 or f32, with be or le behind it");
    }
    item.at = static_cast<std::size_t>(*at);
    return {};
  }

  /// `bits`, `scale`, `offset`, `values`.
  static Result<void> read_conversion(const toml::table& table, Item& item) {
    if (const toml::node* bits = table.get("bits")) {
      const auto first = table["bits"][0].value<std::int64_t>(), count = table["bits"][1].value<std::int64_t>();
      const bool fit = first && count && *first >= 0 && *count >= 1 && *first + *count <= 32 && *count <= 31;
      if (item.form == Form::kJson || !fit) {
        return bad(where(*bits) + "bits is [first, count], of a reading with at");
      }
      item.first_bit = static_cast<std::uint32_t>(*first);
      item.bits = static_cast<std::uint32_t>(*count);
    }
    item.scale = table["scale"].value_or(1.0);
    item.offset = table["offset"].value_or(0.0);
    item.corrected = table.contains("scale") || table.contains("offset");
    if (const toml::table* values = table["values"].as_table()) {
      for (const auto& [key, value] : *values) {
        std::string json = json_of(value);
        if (json.empty()) return bad(where(value) + "values are texts, numbers, true or false");
        item.values.emplace_back(std::string(key.str()), std::move(json));
      }
    }
    return {};
  }

  static Result<Item> read_field(const toml::node& node, const Order& order) {
    const toml::table* table = node.as_table();
    if (table == nullptr) return bad(where(node) + "a field is a table: [[command.field]]");
    if (auto fits = only(*table, {"from", "at", "as", "scale", "offset", "bits", "values"}); !fits) {
      return tl::unexpected(fits.error());
    }
    Item field;
    field.name = order.name;
    auto from = pointer_in(*table, "from");
    if (!from) return tl::unexpected(from.error());
    field.from = std::move(*from);
    if (auto read = read_place(*table, node, field); !read) return tl::unexpected(read.error());
    if (auto read = read_conversion(*table, field); !read) return tl::unexpected(read.error());
    if (field.form == Form::kF32) return bad(where(node) + "fields of commands are whole numbers: no f32");
    if (field.first_bit + field.bits > 8 * size_of(field.form)) return bad(where(node) + "bits that it does not have");
    if (field.scale == 0) return bad(where(node) + "scale is not 0");
    return field;
  }

  static Result<void> read_commands(const toml::table& root, Mapping& mapping) {
    const toml::array* commands = root.get_as<toml::array>("command");
    if (commands == nullptr) return {};
    if (commands->size() > kMostItems) return bad("mapping:1: there are more than 500 commands");
    for (const toml::node& node : *commands) {
      const toml::table* table = node.as_table();
      if (table == nullptr) return bad(where(node) + "a command is a table: [[command]]");
      if (auto fits = only(*table, {"name", "port", "confirmed", "bytes", "field"}); !fits) {
        return tl::unexpected(fits.error());
      }
      Order order;
      order.name = (*table)["name"].value_or(std::string());
      if (order.name.empty()) return bad(where(node) + "a command needs a name");
      const auto port = (*table)["port"].value_or(std::int64_t{10});
      if (port < 1 || port > 223) return bad(where(node) + "port is 1 to 223");
      order.frame.port = static_cast<std::uint8_t>(port);
      order.frame.confirmed = (*table)["confirmed"].value_or(true);
      const auto bytes = from_hex((*table)["bytes"].value_or(std::string()));
      if (!bytes) return bad(where(node) + "bytes are hexadecimal");
      order.frame.bytes = *bytes;
      const toml::array* fields = table->get_as<toml::array>("field");
      for (std::size_t i = 0; fields != nullptr && i < fields->size(); ++i) {
        auto field = read_field((*fields)[i], order);
        if (!field) return tl::unexpected(field.error());
        const std::size_t end = field->at + size_of(field->form);
        if (order.frame.bytes.size() < end) order.frame.bytes.resize(end);
        order.fields.push_back(std::move(*field));
      }
      if (order.frame.bytes.empty() || order.frame.bytes.size() > kMostDownlink) {
        return bad(where(node) + order.name + ": a downlink has 1 to 242 bytes");
      }
      mapping.commands_.push_back(std::move(order));
    }
    return {};
  }
};

Result<std::shared_ptr<const Mapping>> Mapping::read(std::string_view text) {
  const auto root = parse_toml(text, "mapping");
  if (!root) return bad(root.error().detail);
  auto mapping = std::make_shared<Mapping>();
  if (auto fits = only(*root, {"device", "time", "each", "bytes", "reading", "command"}); !fits) {
    return tl::unexpected(fits.error());
  }
  for (const auto& [key, into] : {std::pair{"device", &mapping->device_}, std::pair{"time", &mapping->time_},
                                  std::pair{"each", &mapping->each_}}) {
    auto pointer = pointer_in(*root, key);
    if (!pointer) return tl::unexpected(pointer.error());
    *into = std::move(*pointer);
    mapping->needs_json_ = mapping->needs_json_ || !into->empty();
  }
  if (const toml::node* node = root->get("bytes")) {
    const toml::table* bytes = node->as_table();
    if (bytes == nullptr) return bad(where(*node) + "bytes is a table: [bytes]");
    if (auto fits = only(*bytes, {"from", "encoding"}); !fits) return tl::unexpected(fits.error());
    auto from = pointer_in(*bytes, "from");
    if (!from) return tl::unexpected(from.error());
    mapping->bytes_from_ = std::move(*from);
    mapping->needs_json_ = mapping->needs_json_ || !mapping->bytes_from_.empty();
    const std::string encoding = (*bytes)["encoding"].value_or(std::string("base64"));
    if (encoding != "base64" && encoding != "hex") return bad(where(*node) + "encoding is base64 or hex");
    mapping->hex_ = encoding == "hex";
  }
  if (auto read = Text::read_commands(*root, *mapping); !read) return tl::unexpected(read.error());
  const toml::array* readings = root->get_as<toml::array>("reading");
  if (readings == nullptr || readings->empty()) {
    if (!mapping->commands_.empty()) return std::shared_ptr<const Mapping>(std::move(mapping));
    return bad("mapping:1: there is no [[reading]]");
  }
  if (readings->size() > kMostItems) return bad("mapping:1: there are more than 500 readings");
  for (const toml::node& node : *readings) {
    const toml::table* table = node.as_table();
    if (table == nullptr) return bad(where(node) + "a reading is a table: [[reading]]");
    if (auto fits = only(*table, {"name", "from", "at", "as", "scale", "offset", "bits", "values", "skip"}); !fits) {
      return tl::unexpected(fits.error());
    }
    Item item;
    item.name = (*table)["name"].value_or(std::string());
    if (item.name.empty()) return bad(where(node) + "a reading needs a name");
    auto from = pointer_in(*table, "from");
    if (!from) return tl::unexpected(from.error());
    item.from = std::move(*from);
    const auto at = (*table)["at"].value<std::int64_t>();
    if (at.has_value() == !item.from.empty()) return bad(where(node) + item.name + " needs either from or at");
    if (at) {
      if (auto read = Text::read_place(*table, node, item); !read) return tl::unexpected(read.error());
      mapping->needs_bytes_ = true;
    } else {
      mapping->needs_json_ = true;
    }
    if (auto read = Text::read_conversion(*table, item); !read) return tl::unexpected(read.error());
    if (const toml::node* skip = table->get("skip")) {
      if (const auto one = skip->value<double>()) {
        item.skip.push_back(*one);
      } else if (const toml::array* list = skip->as_array()) {
        for (const toml::node& each : *list) item.skip.push_back(each.value_or(NAN));
      }
    }
    mapping->items_.push_back(std::move(item));
  }
  return std::shared_ptr<const Mapping>(std::move(mapping));
}

}  // namespace tsunagu::things
