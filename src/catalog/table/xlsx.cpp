#include "catalog/table/xlsx.h"

#include <expat.h>
#include <fmt/format.h>
#include <zip.h>

#include <algorithm>
#include <map>
#include <unordered_map>

#include "base/text.h"
#include "catalog/table/xlsx_values.h"

namespace tsunagu::catalog {
namespace {

constexpr std::size_t kChunk = 64 << 10;
constexpr std::size_t kMaxMerges = 100'000;
constexpr std::size_t kMaxMergedCells = 5'000'000;
constexpr std::size_t kMaxCell = 1 << 20;

tl::unexpected<Error> broken(const std::string& what) {
  return bad("This Excel file cannot be read: " + what +
             ". Open it in Excel, save it again as .xlsx, or save the sheet as CSV.");
}
tl::unexpected<Error> too_large() {
  return bad(
      "This Excel file unpacks to far more than a table needs (more than 200 times its size, or 2 GiB). Save the sheet "
      "as CSV.");
}

// "x:row" → "row".
std::string_view local(const char* name) {
  const std::string_view text(name);
  const std::size_t colon = text.rfind(':');
  return colon == std::string_view::npos ? text : text.substr(colon + 1);
}

std::string_view attribute(const char** attributes, std::string_view name) {
  for (; *attributes != nullptr; attributes += 2) {
    if (local(attributes[0]) == name) return attributes[1];
  }
  return {};
}

}  // namespace

struct Xlsx::State {
  struct Sheet {
    std::string relation, part;
  };
  struct Merge {
    CellArea area;
    std::string text;
  };

  zip_t* archive = nullptr;
  std::uint64_t size = 0;      // of the file
  std::uint64_t unpacked = 0;  // so far
  bool date1904 = false;
  std::vector<Sheet> sheets;
  std::vector<std::string> shared;
  std::vector<NumberShape> shapes;  // by style

  ~State() {
    if (archive != nullptr) zip_discard(archive);
  }

  bool has(const std::string& part) const { return zip_name_locate(archive, part.c_str(), ZIP_FL_NOCASE) >= 0; }

  /// Elements of one part. `text` gets what stands between tags.
  struct Events {
    std::function<void(std::string_view name, const char** attributes)> begin;
    std::function<void(std::string_view name)> end;
    std::function<void(std::string_view text)> text;
    std::function<bool(double part)> chunk;  // after each; false stops without an error
    const char* fault = nullptr;             // set by a handler to stop
    XML_Parser parser = nullptr;
    void stop(const char* why) {
      fault = why;
      XML_StopParser(parser, XML_FALSE);
    }
  };

  Result<void> parse(const std::string& part, Events& events) {
    const zip_int64_t index = zip_name_locate(archive, part.c_str(), ZIP_FL_NOCASE);
    if (index < 0) return broken("a part is missing (" + part + ")");
    zip_stat_t status;
    zip_stat_init(&status);
    zip_stat_index(archive, static_cast<zip_uint64_t>(index), 0, &status);
    const double expected = (status.valid & ZIP_STAT_SIZE) != 0 ? std::max(1.0, static_cast<double>(status.size)) : 1;
    if ((status.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && status.encryption_method != ZIP_EM_NONE) {
      return bad("This Excel file is protected by a password. Save it without one.");
    }
    const std::unique_ptr<zip_file_t, int (*)(zip_file_t*)> file(
        zip_fopen_index(archive, static_cast<zip_uint64_t>(index), 0), zip_fclose);
    if (!file) return broken("a part cannot be unpacked (" + part + ")");
    const std::unique_ptr<std::remove_pointer_t<XML_Parser>, void (*)(XML_Parser)> parser(XML_ParserCreate(nullptr),
                                                                                          XML_ParserFree);
    events.parser = parser.get();
    XML_SetUserData(parser.get(), &events);
    XML_SetElementHandler(
        parser.get(),
        [](void* user, const char* name, const char** attributes) {
          const auto* e = static_cast<Events*>(user);
          if (e->begin) e->begin(local(name), attributes);
        },
        [](void* user, const char* name) {
          const auto* e = static_cast<Events*>(user);
          if (e->end) e->end(local(name));
        });
    XML_SetCharacterDataHandler(parser.get(), [](void* user, const char* text, int length) {
      const auto* e = static_cast<Events*>(user);
      if (e->text) e->text({text, static_cast<std::size_t>(length)});
    });
    XML_SetStartDoctypeDeclHandler(parser.get(), [](void* user, const char*, const char*, const char*, int) {
      static_cast<Events*>(user)->stop("it has a document type, which no Excel file has");
    });
    std::vector<char> chunk(kChunk);
    double seen = 0;
    for (bool more = true; more;) {
      const zip_int64_t n = zip_fread(file.get(), chunk.data(), chunk.size());
      if (n < 0) return broken("it is cut off or damaged (" + part + ")");
      more = n > 0;
      unpacked += static_cast<std::uint64_t>(n);
      if (unpacked > kMaxUnpacked || (unpacked > kAlwaysUnpacked && unpacked / kMaxRatio > size)) return too_large();
      seen += static_cast<double>(n);
      const auto state = XML_Parse(parser.get(), chunk.data(), static_cast<int>(n), more ? 0 : 1);
      if (events.fault != nullptr) return broken(events.fault);
      if (state != XML_STATUS_OK) {
        return broken(fmt::format("{} (line {} of {})", XML_ErrorString(XML_GetErrorCode(parser.get())),
                                  XML_GetCurrentLineNumber(parser.get()), part));
      }
      if (events.chunk && !events.chunk(std::min(1.0, seen / expected))) return {};
    }
    return {};
  }

  /// Id → target of a part's relations, as paths in the archive.
  Result<std::map<std::string, std::string>> relations(const std::string& part, std::string_view wanted_type) {
    const std::size_t slash = part.rfind('/');
    const std::string folder = slash == std::string::npos ? "" : part.substr(0, slash + 1);
    const std::string file = folder + "_rels/" + part.substr(slash == std::string::npos ? 0 : slash + 1) + ".rels";
    std::map<std::string, std::string> out;
    Events events;
    events.begin = [&](std::string_view name, const char** attributes) {
      if (name != "Relationship" || attribute(attributes, "TargetMode") == "External") return;
      if (!wanted_type.empty() && !attribute(attributes, "Type").ends_with(wanted_type)) return;
      const std::string_view target = attribute(attributes, "Target");
      std::string path = target.starts_with('/') ? std::string(target.substr(1)) : folder + std::string(target);
      out.emplace(attribute(attributes, "Id"), std::move(path));
    };
    if (auto parsed = parse(file, events); !parsed) return tl::unexpected(parsed.error());
    return out;
  }

  Result<void> read_workbook(const std::string& part, std::vector<std::string>& names) {
    Events events;
    events.begin = [&](std::string_view name, const char** attributes) {
      if (name == "workbookPr") {
        const std::string_view value = attribute(attributes, "date1904");
        date1904 = value == "1" || value == "true";
      } else if (name == "sheet") {
        names.emplace_back(attribute(attributes, "name"));
        sheets.push_back({std::string(attribute(attributes, "id")), ""});
      }
    };
    return parse(part, events);
  }

  Result<void> read_styles(const std::string& part) {
    std::unordered_map<int, NumberShape> custom;
    bool in_cells = false;
    Events events;
    events.begin = [&](std::string_view name, const char** attributes) {
      if (name == "numFmt") {
        if (const auto id = parse_number<int>(attribute(attributes, "numFmtId"))) {
          custom[*id] = shape_of_code(attribute(attributes, "formatCode"));
        }
      } else if (name == "cellXfs") {
        in_cells = true;
      } else if (name == "xf" && in_cells) {
        const int id = parse_number<int>(attribute(attributes, "numFmtId")).value_or(0);
        const auto found = custom.find(id);
        shapes.push_back(found != custom.end() ? found->second : shape_of_builtin(id));
      }
    };
    events.end = [&](std::string_view name) {
      if (name == "cellXfs") in_cells = false;
    };
    return parse(part, events);
  }

  Result<void> read_shared(const std::string& part) {
    std::string text;
    std::size_t total = 0;
    bool in_text = false;
    int in_reading = 0;
    Events events;
    events.begin = [&](std::string_view name, const char**) {
      if (name == "si") text.clear();
      if (name == "rPh") ++in_reading;
      if (name == "t") in_text = in_reading == 0;
    };
    events.end = [&](std::string_view name) {
      if (name == "rPh") --in_reading;
      if (name == "t") in_text = false;
      if (name != "si") return;
      total += text.size() + sizeof(std::string);
      shared.push_back(text);
    };
    events.text = [&](std::string_view piece) {
      if (!in_text) return;
      text += piece;
      if (total + text.size() > kMaxSharedText) events.stop("its texts need more than 256 MiB");
    };
    return parse(part, events);
  }

  Result<std::vector<Merge>> read_merges(const std::string& part) {
    std::vector<Merge> merges;
    std::size_t cells = 0;
    Events events;
    events.begin = [&](std::string_view name, const char** attributes) {
      if (name != "mergeCell" || merges.size() >= kMaxMerges) return;
      const auto area = parse_area(attribute(attributes, "ref"));
      if (!area) return;
      const std::size_t covered = (area->last.row - area->first.row + 1) * (area->last.column - area->first.column + 1);
      if (covered == 1 || cells + covered > kMaxMergedCells) return;  // an area over whole columns is for looks only
      cells += covered;
      merges.push_back({*area, {}});
    };
    if (auto parsed = parse(part, events); !parsed) return tl::unexpected(parsed.error());
    std::sort(merges.begin(), merges.end(),
              [](const Merge& a, const Merge& b) { return a.area.first.row < b.area.first.row; });
    return merges;
  }

  std::string cell_text(std::string_view type, std::string_view value, std::size_t style) const {
    if (type == "s") {
      const auto index = parse_number<std::size_t>(trim(value));
      return index && *index < shared.size() ? shared[*index] : std::string();
    }
    if (type == "b") return value == "1" ? "TRUE" : value == "0" ? "FALSE" : std::string(value);
    if (!type.empty() && type != "n") return std::string(value);
    if (value.empty()) return {};
    return cell_number(value, style < shapes.size() ? shapes[style] : NumberShape::kPlain, date1904);
  }
};

Xlsx::Xlsx(std::unique_ptr<State> state) : state_(std::move(state)) {}
Xlsx::~Xlsx() = default;

Result<std::unique_ptr<Xlsx>> Xlsx::open(const std::filesystem::path& path) {
  auto state = std::make_unique<State>();
  int fault = 0;
  state->archive = zip_open(path.c_str(), ZIP_RDONLY, &fault);
  if (state->archive == nullptr) return broken("it is not a sound archive");
  std::error_code ignored;
  state->size = std::filesystem::file_size(path, ignored);
  return begin(std::move(state));
}

Result<std::unique_ptr<Xlsx>> Xlsx::open(std::string_view bytes) {
  auto state = std::make_unique<State>();
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  if (source != nullptr) state->archive = zip_open_from_source(source, ZIP_RDONLY, &error);
  if (state->archive == nullptr && source != nullptr) zip_source_free(source);
  zip_error_fini(&error);
  if (state->archive == nullptr) return broken("it is not a sound archive");
  state->size = bytes.size();
  return begin(std::move(state));
}

Result<std::unique_ptr<Xlsx>> Xlsx::begin(std::unique_ptr<State> state) {
  std::unique_ptr<Xlsx> book(new Xlsx(std::move(state)));
  State& s = *book->state_;
  if (!s.has("_rels/.rels")) {
    return bad("This is a ZIP archive, but no Excel file (.xlsx). Unpack it and upload the table in it.");
  }
  const auto root = s.relations("", "/officeDocument");
  if (!root) return tl::unexpected(root.error());
  if (root->empty()) return broken("it has no workbook");
  const std::string workbook = root->begin()->second;
  if (!workbook.ends_with(".xml")) {
    return bad("This Excel file is of a kind that cannot be read (.xlsb). Save it as .xlsx or CSV.");
  }
  if (auto read = s.read_workbook(workbook, book->names_); !read) return tl::unexpected(read.error());
  const auto parts = s.relations(workbook, "");
  if (!parts) return tl::unexpected(parts.error());
  for (State::Sheet& sheet : s.sheets) {
    if (const auto found = parts->find(sheet.relation); found != parts->end()) sheet.part = found->second;
  }
  if (s.sheets.empty()) {
    return bad("This is no Excel table: it has no sheets. If it is a text or slides, copy its table into a sheet.");
  }
  const auto styles = s.relations(workbook, "/styles");
  if (styles && !styles->empty() && s.has(styles->begin()->second)) {
    if (auto read = s.read_styles(styles->begin()->second); !read) return tl::unexpected(read.error());
  }
  const auto shared = s.relations(workbook, "/sharedStrings");
  if (shared && !shared->empty() && s.has(shared->begin()->second)) {
    if (auto read = s.read_shared(shared->begin()->second); !read) return tl::unexpected(read.error());
  }
  return book;
}

Result<void> Xlsx::read(std::size_t sheet, const Handlers& handlers) {
  State& s = *state_;
  const std::string& part = s.sheets[sheet].part;
  if (part.empty() || !s.has(part)) return broken("the sheet \"" + names_[sheet] + "\" is missing");
  auto merges = s.read_merges(part);
  if (!merges) return tl::unexpected(merges.error());
  std::size_t next_merge = 0;
  std::vector<State::Merge*> open;  // that reach into the row

  std::vector<std::string> cells;
  std::size_t row = 0, column = 0, style = 0;
  std::string type, value;
  bool in_value = false;
  int in_reading = 0;
  Result<void> result{};
  State::Events events;
  events.begin = [&](std::string_view name, const char** attributes) {
    if (name == "row") {
      row = parse_number<std::size_t>(attribute(attributes, "r")).value_or(row + 1);
      cells.clear();
      column = 0;
    } else if (name == "c") {
      if (const auto address = parse_address(attribute(attributes, "r"))) column = address->column;
      type = attribute(attributes, "t");
      style = parse_number<std::size_t>(attribute(attributes, "s")).value_or(0);
      value.clear();
    } else if (name == "rPh") {
      ++in_reading;
    } else if (name == "v" || name == "t") {
      in_value = in_reading == 0;
    }
  };
  events.text = [&](std::string_view text) {
    if (in_value && value.size() + text.size() <= kMaxCell) value += text;
  };
  const auto fill_merged = [&] {
    while (next_merge < merges->size() && (*merges)[next_merge].area.first.row <= row) {
      open.push_back(&(*merges)[next_merge++]);
    }
    std::erase_if(open, [row](const State::Merge* merge) { return merge->area.last.row < row; });
    for (State::Merge* merge : open) {
      const auto& [first, last] = merge->area;
      if (first.row == row && first.column < cells.size()) merge->text = cells[first.column];
      if (merge->text.empty()) continue;
      if (cells.size() <= last.column) cells.resize(last.column + 1);
      for (std::size_t at = first.column; at <= last.column; ++at) cells[at] = merge->text;
    }
  };
  events.end = [&](std::string_view name) {
    if (name == "v" || name == "t") {
      in_value = false;
    } else if (name == "rPh") {
      --in_reading;
    } else if (name == "c") {
      std::string text = s.cell_text(type, value, style);
      if (column < kMaxColumns && !text.empty()) {
        if (cells.size() <= column) cells.resize(column + 1);
        cells[column] = std::move(text);
      }
      ++column;
    } else if (name == "row") {
      if (!open.empty() || next_merge < merges->size()) fill_merged();
      if (cells.empty() || !result) return;
      result = handlers.row(row, cells);
      if (!result) events.stop("stopped");
    }
  };
  if (handlers.progress) events.chunk = handlers.progress;
  auto parsed = s.parse(part, events);
  if (!result) return result;
  return parsed;
}

}  // namespace tsunagu::catalog
