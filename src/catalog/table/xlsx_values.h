// What XLSX writes into cells: addresses, numbers, days counted since 1900. Pure; internal to reading XLSX.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tsunagu::catalog {

struct CellAddress {
  std::size_t row = 0;     ///< from 1
  std::size_t column = 0;  ///< from 0
};
/// "B3"; empty for anything else.
std::optional<CellAddress> parse_address(std::string_view text);

struct CellArea {
  CellAddress first, last;
};
/// "A1:C2" or "A1".
std::optional<CellArea> parse_area(std::string_view text);

/// What a number format shows.
enum class NumberShape : unsigned char { kPlain, kDate, kTime, kDateTime };
/// Of a format that Excel has built in, the Japanese ones among them.
NumberShape shape_of_builtin(int id);
/// Of a format's code: "yyyy/m/d", "[$-411]ggge\"年\"m\"月\"d\"日\";@".
NumberShape shape_of_code(std::string_view code);

/// The text of a number cell. Unreadable numbers stay as they are.
std::string cell_number(std::string_view text, NumberShape shape, bool date1904);

}  // namespace tsunagu::catalog
