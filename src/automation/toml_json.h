// TOML as JSON and back, so that one reader and one writer serve both. Heavy: .cpp files only.
#pragma once
#include <string>
#include <string_view>

#include "base/toml.h"

namespace tsunagu::automation {

/// An object of canonical JSON as a table; null members are left out. Nothing else is lost but the order.
toml::table table_of(std::string_view json);
/// Canonical JSON of a node. Dates and times become texts.
void append_json(std::string& out, const toml::node& node);
/// A JSON value as TOML on one line: null is left out of tables and lists.
void append_toml(std::string& out, std::string_view json);
/// The members of a JSON object as lines "name = value"; lists of objects take a line for each.
void append_toml_lines(std::string& out, std::string_view object);

}  // namespace tsunagu::automation
