// Text made of a row's cells: "urn:ngsi-ld:Municipality:{共通ID|slice:1:6|code6}".
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "catalog/import/row.h"

namespace tsunagu::catalog {

/// A file of facts looked up by one of its columns.
struct LookupTable {
  Columns columns;
  std::unordered_map<std::string, std::vector<std::string>> rows;  ///< by key
  std::string file;                                                ///< for messages
};
using LookupTables = std::unordered_map<std::string, std::shared_ptr<const LookupTable>>;

/// `{column}` is the cell's text, `{column|filter|filter:argument}` the text passed through filters; `{{` and `}}` are
/// braces. Filters:
///   nfkc             full-width letters and digits → ASCII, half-width katakana → full-width
///   spaces           runs of white space and line ends → one space
///   lower, upper     ASCII letters only
///   digits           only the digits 0-9
///   slice:FROM:TO    characters FROM (from 0) to before TO; a negative number counts from the end, TO may lack
///   part:N:SEPARATOR the Nth part (from 1) of a list; SEPARATOR is "," unless told
///   pad:N            zeros in front up to N characters
///   before:TEXT      what stands before the first TEXT; all of it when TEXT does not occur
///   after:TEXT       what stands behind the first TEXT; nothing when TEXT does not occur
///   code6            municipal code of 5 digits → 6 with check digit (a lost leading zero is put back)
///   check6           municipal code of 6 digits, check digit verified (a lost leading zero is put back)
///   code             either of the two, as files mix them: 4 or 5 digits as code6, 6 digits as check6
///   in:TABLE         unchanged; a fault when the table has no such key
///   lookup:TABLE:COLUMN  the table's cell; a fault when the table has no such key
///   raw              in ids and relationships: not percent-encoded
class Template {
 public:
  Template() = default;

  /// `source` without braces names a column; with braces it is a template.
  static Result<Template> make(std::string_view source, const LookupTables& tables);

  /// Always this text.
  static Template fixed(std::string text);

  struct Problem {
    std::string column;
    std::string reason;
  };
  /// The text for `row`; empty when a cell it needs is absent or empty. `in_uri`: what comes from cells is
  /// percent-encoded.
  tl::expected<std::optional<std::string>, Problem> text(const Row& row, bool in_uri = false) const;

  /// When the whole is one column without filters: its cell as it is (numbers and JSON of JSON sources), or null.
  const Cell* cell(const Row& row) const;

  /// The columns it reads, in order.
  std::vector<std::string> columns() const;
  bool empty() const { return pieces_.empty(); }

 private:
  enum class FilterKind : unsigned char {
    kNfkc,
    kSpaces,
    kLower,
    kUpper,
    kDigits,
    kSlice,
    kPart,
    kPad,
    kBefore,
    kAfter,
    kCode6,
    kCheck6,
    kCode,
    kIn,
    kLookup,
    kRaw
  };
  struct Filter {
    FilterKind kind;
    int first = 0, second = 0;
    std::string argument;
    std::shared_ptr<const LookupTable> table;
  };
  struct Piece {
    std::string literal;  // stands before the cell
    std::string column;   // empty: none
    std::vector<Filter> filters;
  };

  static Result<Filter> make_filter(std::string_view source, const LookupTables& tables);
  static tl::expected<std::string, std::string> apply(const Filter& filter, std::string text);

  std::vector<Piece> pieces_;
};

}  // namespace tsunagu::catalog
