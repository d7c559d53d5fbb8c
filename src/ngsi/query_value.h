// Values and patterns in q (clause 4.9: ComparableValue, OtherValue, URI, RegExp).
#pragma once
#include <string>

#include "ngsi/cursor.h"
#include "ngsi/query.h"

namespace tsunagu::ngsi {

/// Reads one value at the cursor. `vocabulary` is set when values of this attribute are to be expanded: then a bare
/// word is a value too, and `expanded` is filled. False: the cursor has the error.
bool read_value(Cursor& cursor, const Context* vocabulary, QueryValue& out);

/// Reads a pattern: a quoted text, or everything up to the ';', '|' or ')' that is outside of its brackets.
bool read_pattern(Cursor& cursor, std::string& out);

/// Compiles a pattern (RE2). False: the cursor has the error.
bool compile_pattern(Cursor& cursor, std::size_t position, const std::string& pattern,
                     std::shared_ptr<const void>& out);

}  // namespace tsunagu::ngsi
