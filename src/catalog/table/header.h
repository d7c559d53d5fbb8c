// Where a table begins: files come with titles, licences and remarks before the line that names the columns.
#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tsunagu::catalog {

/// Records that are looked at; a header further down is not found.
inline constexpr std::size_t kHeaderSample = 50;

struct HeaderPlace {
  std::size_t header = 0;  ///< record of the column names, from 0
  std::size_t data = 1;    ///< first record of the data: records about the columns ("#object_type_xsd") lie between
};

/// Finds them in the first records of a table. `known(name)`: is it the name of a column of some standard? Pure.
HeaderPlace find_header(const std::vector<std::vector<std::string_view>>& records,
                        const std::function<bool(std::string_view)>& known);

/// The first record behind `header` that is data.
std::size_t data_after(const std::vector<std::vector<std::string_view>>& records, std::size_t header);

/// The names of the columns: white space and line ends as one space, "列3" where there is none, "名称#2" for the second
/// of a name.
std::vector<std::string> column_names(const std::vector<std::string_view>& header, std::size_t width);

}  // namespace tsunagu::catalog
