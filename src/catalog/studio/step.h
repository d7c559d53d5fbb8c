// One change to an uploaded table. A table as it stands is the file as it came and the steps since; taking the last one
// away undoes it. Kept as JSON beside the file.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tsunagu::catalog {

struct CellEdit {
  std::size_t row = 0;
  std::string column, text;
};

struct Step {
  enum class Kind : unsigned char {
    kForm,         ///< cells of `column` get the form of its type; `unsure`: also where that is a guess
    kPlaceholder,  ///< "-" and the like become empty
    kSpaces,
    kLines,  ///< line ends become spaces
    kWidth,
    kCells,      ///< what somebody typed: `cells`
    kDropRows,   ///< `rows`
    kDropEmpty,  ///< rows without anything
    kDropColumn,
    kSwap,    ///< latitude and longitude where they are the wrong way round
    kDatum,   ///< both from the old Japanese datum
    kSplit,   ///< "latitude,longitude" in `column` into two columns
    kFill,    ///< empty cells of `column`, new or not, get `text`
    kNumber,  ///< empty cells of `column` get the number of the row
    kJoin,    ///< empty cells of `column` get those of `columns`, one behind the other
    kBands,   ///< ages of `column` become bands of ten years, dates their year
    kBlank,   ///< `columns` become empty in `rows`
  };
  Kind kind = Kind::kForm;
  std::string id;      ///< of the repair: "date:開始日"
  std::string column;  ///< by its name in the working table
  bool unsure = false;
  std::string text;
  std::vector<std::string> columns;
  std::vector<std::size_t> rows;  ///< sorted
  std::vector<CellEdit> cells;
  std::size_t changed = 0;  ///< cells, for people
  unsigned group = 0;       ///< steps taken in one go have the same: they are undone together
};

void append_json(std::string& out, const Step& step);
/// From canonical JSON. Empty when it is none.
std::optional<Step> read_step(std::string_view json);

/// What a step does, for people: {Japanese, English}.
std::pair<std::string, std::string> step_title(const Step& step);

}  // namespace tsunagu::catalog
