// `tsunagu load`: files + a mapping → entities in a running broker.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/administration.h"
#include "app/commands.h"
#include "app/load_report.h"
#include "app/load_upload.h"
#include "catalog/import/importer.h"
#include "catalog/table/xlsx.h"

namespace tsunagu::app {
namespace {

namespace fs = std::filesystem;
using catalog::Encoding;
using catalog::Entity;
using catalog::Fault;
using catalog::Mapping;

constexpr std::size_t kBatch = 100;               // entities
constexpr std::size_t kBatchBytes = 1024 * 1024;  // of attributes
constexpr std::size_t kChunk = 256 * 1024;
constexpr std::string_view kZip = "PK\x03\x04";  // how XLSX begins

struct LoadOptions {
  std::string to, key_file, key, mapping, tenant, errors, encoding;
  std::vector<std::string> files;
  bool dry_run = false, force = false;
  std::size_t limit = 0;
  std::size_t parallel = 2;
};

int refuse(const std::string& reason) {
  std::fprintf(stderr, "tsunagu load: %s\n", reason.c_str());
  return 2;
}

Result<std::string> read_file(const fs::path& path) {
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) return bad(fmt::format("{}: {}", path.string(), std::strerror(errno)));
  std::string out, buffer(kChunk, '\0');
  while (const std::size_t n = std::fread(buffer.data(), 1, buffer.size(), file)) out.append(buffer, 0, n);
  const bool broken = std::ferror(file) != 0;
  std::fclose(file);
  if (broken) return bad(fmt::format("{}: {}", path.string(), std::strerror(errno)));
  return out;
}

Result<Mapping> find_mapping(const LoadOptions& options) {
  if (options.mapping.empty()) return catalog::mapping_of_entities();
  auto text = read_file(options.mapping);
  if (!text) return tl::unexpected(text.error());
  const fs::path folder = fs::path(options.mapping).parent_path();
  return catalog::read_mapping(*text, options.mapping,
                               [&folder](const std::string& path) { return read_file(folder / path); });
}

// A folder stands for its files with an extension that fits the format, in order of name.
Result<std::vector<std::string>> expand(const std::vector<std::string>& named, catalog::Format format) {
  std::vector<std::string> files;
  for (const std::string& name : named) {
    std::error_code fault;
    if (name != "-" && fs::is_directory(name, fault)) {
      std::vector<std::string> inside;
      for (const auto& entry : fs::directory_iterator(name, fault)) {
        const std::string extension = entry.path().extension().string();
        const bool fits = format == catalog::Format::kCsv
                              ? extension == ".csv" || extension == ".tsv" || extension == ".xlsx"
                              : extension == ".json" || extension == ".geojson" || extension == ".ndjson" ||
                                    extension == ".jsonl" || extension == ".jsonld";
        if (fits) inside.push_back(entry.path().string());
      }
      if (inside.empty()) return bad(fmt::format("{}: the folder has no file of the mapping's format", name));
      std::sort(inside.begin(), inside.end());
      files.insert(files.end(), inside.begin(), inside.end());
    } else if (name != "-" && !fs::exists(name, fault)) {
      return bad(fmt::format("{}: no such file", name));
    } else {
      files.push_back(name);
    }
  }
  return files;
}

// Takes the entities of all files and hands them on: printed, or in batches to the broker; a history in order of time.
class Loader {
 public:
  Loader(const LoadOptions& options, const Mapping& mapping, LoadReport& report)
      : options_(options), mapping_(mapping), report_(report) {
    if (options.dry_run) return;
    UploadSettings settings;
    settings.url = options.to;
    settings.tenant = options.tenant;
    settings.key = options.key;
    settings.context = mapping.context;
    settings.force = options.force;
    settings.parallel = options.parallel;
    for (const auto& attribute : mapping.attributes) settings.owned.push_back(attribute.name);
    uploader_ = std::make_unique<Uploader>(
        std::move(settings), Uploader::Handlers{[&report](const std::string& place, const std::string& reason) {
                                                  report.bad_row(place, reason);
                                                },
                                                [&report](std::size_t entities) { report.entities_sent(entities); }});
  }

  // False when nothing more can be done.
  bool load(const std::string& name) {
    std::FILE* file = name == "-" ? stdin : std::fopen(name.c_str(), "rb");
    if (file == nullptr) {
      report_.bad_row(name, std::strerror(errno));
      return true;
    }
    catalog::Importer importer(
        mapping_, {[&](Entity entity) { take(std::move(entity), name); },
                   [&](const Fault& fault) {
                     report_.bad_row(fault.line == 0 ? name : fmt::format("{}:{}", name, fault.line), to_string(fault));
                   },
                   [&](const std::string& text) { report_.note(fmt::format("{}: {}", name, text)); }});
    std::size_t told = 0;
    const auto tell = [&] {
      report_.rows_read(importer.counts().rows - told);
      told = importer.counts().rows;
    };
    std::string buffer(kChunk, '\0');
    for (bool first = true; !full() && !broken_; first = false) {
      const std::size_t n = std::fread(buffer.data(), 1, buffer.size(), file);
      if (n == 0) break;
      if (first && mapping_.source.format == catalog::Format::kCsv && buffer.starts_with(kZip)) {
        load_workbook(name, importer, tell);
        break;
      }
      importer.feed({buffer.data(), n});
      tell();
    }
    if (std::ferror(file) != 0) report_.bad_row(name, std::strerror(errno));
    if (!full() && !broken_) importer.finish();
    if (file != stdin) std::fclose(file);
    tell();
    rows_ += importer.counts().rows;
    skipped_ += importer.counts().skipped;
    return !broken_ && !full();
  }

  void finish() {
    if (mapping_.history) {
      std::stable_sort(history_.begin(), history_.end(),
                       [](const Sending& a, const Sending& b) { return a.entity.order < b.entity.order; });
      for (Sending& each : history_) {
        if (broken_) break;
        // The next moment is not sent before the one before it has been taken.
        if (!batch_.empty() && batch_.back().entity.order != each.entity.order) {
          flush();
          if (uploader_ && !uploader_->drain()) broken_ = true;
        }
        hand_on(std::move(each));
      }
      history_.clear();
    }
    flush();
    if (uploader_ && !uploader_->send_past()) broken_ = true;
  }

  int summary() {
    report_.finish();
    const std::size_t bad = report_.bad_rows();
    if (options_.dry_run) {
      fmt::print(stderr, "{} rows read, {} entities made, {} skipped, {} bad; nothing was sent\n", rows_, taken_,
                 skipped_, bad);
      return bad == 0 ? 0 : 1;
    }
    const UploadCounts counts = uploader_->counts();
    fmt::print("{} rows read, {} skipped; entities: {} created, {} updated, {} unchanged; {:.1f} s\n", rows_, skipped_,
               counts.created, counts.updated, counts.unchanged, report_.seconds());
    if (counts.past_added + counts.past_known > 0) {
      fmt::print("{} values older than those the broker has were added to its past, {} it remembered already\n",
                 counts.past_added, counts.past_known);
    }
    if (broken_) {
      fmt::print(stderr, "FAILED: {}. What was acknowledged is kept; the same call goes on where it stopped.\n",
                 uploader_->error());
      return 1;
    }
    if (bad > 0) {
      fmt::print(stderr, "INCOMPLETE: {} bad rows were left out, everything else is loaded.\n", bad);
      return 1;
    }
    fmt::print("Complete.\n");
    return 0;
  }

 private:
  // A table in a workbook, row by row as if it were CSV.
  void load_workbook(const std::string& name, catalog::Importer& importer, const std::function<void()>& tell) {
    if (name == "-") return report_.bad_row(name, "a workbook (XLSX) cannot come through a pipe: name the file");
    auto book = catalog::Xlsx::open(fs::path(name));
    if (!book) return report_.bad_row(name, book.error().detail);
    const std::vector<std::string>& sheets = (*book)->sheets();
    std::size_t first = 0, last = sheets.size();
    if (const std::string& wanted = mapping_.source.sheet; !wanted.empty()) {
      first = static_cast<std::size_t>(std::find(sheets.begin(), sheets.end(), wanted) - sheets.begin());
      if (first == last) return report_.bad_row(name, fmt::format("the workbook has no sheet \"{}\"", wanted));
      last = first + 1;
    }
    bool any = false;
    for (std::size_t sheet = first; sheet < last && !any; ++sheet) {
      const auto row = [&](std::size_t number, std::vector<std::string>& cells) -> Result<void> {
        any = true;
        importer.take_record(cells, number);
        tell();
        return {};
      };
      const auto read = (*book)->read(sheet, {row, [this](double) { return !full() && !broken_; }});
      if (!read && !full() && !broken_) return report_.bad_row(name, read.error().detail);
    }
    if (!any) report_.bad_row(name, "the workbook has no rows");
  }

  bool full() const { return options_.limit != 0 && taken_ >= options_.limit; }

  void take(Entity entity, const std::string& file) {
    if (full() || broken_) return;
    ++taken_;
    std::string place = fmt::format("{}:{}", file, entity.line);
    Sending sending{std::move(entity), std::move(place)};
    if (mapping_.history) {
      history_.push_back(std::move(sending));
    } else {
      hand_on(std::move(sending));
    }
  }

  void hand_on(Sending sending) {
    if (options_.dry_run) {
      fmt::print("{}\n", catalog::to_json(sending.entity));
      return;
    }
    for (const auto& [name, json] : sending.entity.attributes) batch_bytes_ += name.size() + json.size();
    batch_.push_back(std::move(sending));
    if (batch_.size() >= kBatch || batch_bytes_ >= kBatchBytes) flush();
  }

  void flush() {
    if (batch_.empty() || !uploader_) return;
    if (!broken_ && !uploader_->submit(std::move(batch_))) broken_ = true;
    batch_.clear();
    batch_bytes_ = 0;
  }

  const LoadOptions& options_;
  const Mapping& mapping_;
  LoadReport& report_;
  std::unique_ptr<Uploader> uploader_;
  std::vector<Sending> batch_, history_;
  std::size_t batch_bytes_ = 0;
  std::size_t rows_ = 0, taken_ = 0, skipped_ = 0;
  bool broken_ = false;
};

int load(const LoadOptions& options) {
  if (options.to.empty() && !options.dry_run) return refuse("either --to URL or --dry-run is needed");
  auto mapping = find_mapping(options);
  if (!mapping) return refuse(mapping.error().detail);
  if (!options.encoding.empty()) {
    const auto encoding = catalog::parse_encoding(options.encoding);
    if (!encoding)
      return refuse(
          fmt::format("--encoding {}: none of auto, utf-8, shift_jis, euc-jp, utf-16le, utf-16be", options.encoding));
    mapping->source.encoding = *encoding;
  }
  const auto files = expand(options.files, mapping->source.format);
  if (!files) return refuse(files.error().detail);
  LoadReport report(options.errors);
  if (!report.good()) return refuse(fmt::format("{}: {}", options.errors, std::strerror(errno)));
  Loader loader(options, *mapping, report);
  for (const std::string& file : *files) {
    if (!loader.load(file)) break;
  }
  loader.finish();
  return loader.summary();
}

}  // namespace

void add_load(CommandLine& program) {
  CommandLine command =
      program.command("load", "Load files into a running broker: CSV, GeoJSON, JSON, NDJSON, NGSI-LD");
  auto options = std::make_shared<LoadOptions>();
  command.option("--to", options->to, "URL of the broker: http://127.0.0.1:1026");
  command.option("--key-file,--key", options->key_file,
                 "File with a key (tsunagu key add; DATA/trust/operator.key), when sign-in is on");
  command.option("-m,--mapping", options->mapping,
                 "How rows become entities (TOML); not needed for files of NGSI-LD entities");
  command.option("files", options->files, "Files, folders of files, or - for standard input").required();
  command.option("--tenant", options->tenant, "Tenant to load into; default: the broker's default tenant");
  command.option("--encoding", options->encoding,
                 "auto, utf-8, shift_jis, euc-jp, utf-16le, utf-16be; default: what the mapping says");
  command.option("--errors", options->errors, "File for all bad rows, one per line: FILE:LINE: reason");
  command.option("--limit", options->limit, "Stop after this many entities; 0: never");
  command.option("--parallel", options->parallel, "Requests under way at a time", 1, 16);
  command.flag("--force", options->force, "Send everything, also what the broker has already");
  command.flag("--dry-run", options->dry_run, "Print the entities, one per line, and send nothing");
  command.footer(
      "A bad row is reported with its line and the reason, and left out; the rest is loaded. Loading the same file "
      "again\n"
      "changes nothing: the broker is asked what it has, and only differences are sent.\n"
      "Examples:\n"
      "  tsunagu load --to http://127.0.0.1:1026 --mapping data/mappings/municipalities.toml "
      "data/region/municipalities.csv\n"
      "  tsunagu load --to http://127.0.0.1:1026 --mapping data/mappings/evacuation-sites.toml --errors bad.txt "
      "shelter/emergency/\n"
      "  tsunagu load --to http://127.0.0.1:1026 entities.ndjson          NGSI-LD entities need no mapping\n"
      "  tsunagu load --dry-run --limit 3 --mapping my.toml my.csv        try a mapping\n"
      "  curl -s https://example.org/list.csv | tsunagu load --to http://127.0.0.1:1026 --mapping my.toml -\n"
      "Mappings are described in docs/import.md.\n"
      "Exit status 0: everything is loaded. 1: some rows were bad or the broker could not be reached; the last line "
      "says\n"
      "which. 2: the call or the mapping is wrong.");
  command.run([options] { return use_key(options->key_file, options->key) ? load(*options) : 2; });
}

}  // namespace tsunagu::app
