// GET /catalog/distributions/{id}/data.csv, .json, .geojson, .xlsx, .jsonld and /original.
#include <unistd.h>

#include <array>

#include "base/log.h"
#include "base/text.h"
#include "base/url.h"
#include "catalog/query_table.h"
#include "catalog/table_writer.h"
#include "catalog/vocabulary.h"
#include "gateway/catalog/describe.h"

namespace tsunagu::gateway::opendata {
namespace {

using catalog::Distribution;
using catalog::Table;
using catalog::TableWriter;

constexpr std::size_t kBlock = 64 << 10;
constexpr std::string_view kXlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// A table that is written while it is read; `encoder` for what is to be Shift_JIS.
class TableStream final : public BodyStream {
 public:
  TableStream(std::unique_ptr<Table> table, std::unique_ptr<TableWriter> writer,
              std::unique_ptr<catalog::Cp932Encoder> encoder)
      : table_(std::move(table)), writer_(std::move(writer)), encoder_(std::move(encoder)) {}

  bool next(std::string& chunk) override {
    if (encoder_ == nullptr) return write(chunk);
    text_.clear();
    const bool more = write(text_);
    encoder_->append(chunk, text_);
    return more;
  }
  std::uint64_t substituted() const { return encoder_ == nullptr ? 0 : encoder_->substituted(); }

 private:
  bool write(std::string& out) {
    if (!begun_) writer_->begin(out);
    begun_ = true;
    const auto more = table_->next([&](const catalog::TableRow& row) { writer_->row(out, row); });
    if (more && *more) return true;
    if (!more) log::error("a download breaks off: {}", more.error().detail);
    writer_->end(out);
    return false;
  }

  std::unique_ptr<Table> table_;
  std::unique_ptr<TableWriter> writer_;
  std::unique_ptr<catalog::Cp932Encoder> encoder_;
  std::string text_;
  bool begun_ = false;
};

/// The entities of a live query as NGSI-LD.
class EntityStream final : public BodyStream {
 public:
  EntityStream(const OpenData& parts, store::TenantId tenant, ngsi::Selection selection, ngsi::Representation how)
      : query_(parts.store(), tenant, request(std::move(selection))), how_(std::move(how)) {}

  bool next(std::string& chunk) override {
    constexpr std::size_t kAtOnce = 200;
    if (place_ == query_.page().size() && more_) {
      query_.page().clear();
      place_ = 0;
      const auto more = query_.turn();
      more_ = more && *more;
    }
    for (std::size_t n = 0; n < kAtOnce && place_ < query_.page().size(); ++n) {
      chunk += any_ ? ",\n" : "[\n";
      any_ = true;
      const ngsi::RecordPtr record = std::move(query_.page()[place_++]);
      ngsi::append_entity(chunk, *record, *ngsi::core_context(), how_);
    }
    if (more_ || place_ < query_.page().size()) return true;
    chunk += any_ ? "\n]\n" : "[]\n";
    return false;
  }

 private:
  static broker::PageRequest request(ngsi::Selection selection) {
    broker::PageRequest request;
    request.any_of.push_back(std::move(selection));
    request.limit = std::uint64_t{1} << 62;
    return request;
  }
  broker::PageQuery query_;
  ngsi::Representation how_;
  std::size_t place_ = 0;
  bool more_ = true, any_ = false;
};

/// The bytes of a file that is open.
class DescriptorStream final : public BodyStream {
 public:
  explicit DescriptorStream(int file) : file_(file) {}
  ~DescriptorStream() override { ::close(file_); }
  bool next(std::string& chunk) override {
    const std::size_t before = chunk.size();
    chunk.resize(before + kBlock);
    const ssize_t got = ::read(file_, chunk.data() + before, kBlock);
    chunk.resize(before + (got > 0 ? static_cast<std::size_t>(got) : 0));
    return got > 0;
  }

 private:
  int file_;
};

class FileStream final : public BodyStream {
 public:
  explicit FileStream(catalog::Files::Reader reader) : reader_(std::move(reader)) {}
  bool next(std::string& chunk) override {
    const auto bytes = reader_.read(kBlock);
    if (!bytes || bytes->empty()) return false;
    chunk += *bytes;
    return true;
  }

 private:
  catalog::Files::Reader reader_;
};

/// What a download is of, found before anything is sent.
struct Download {
  AskPtr ask;
  Distribution distribution;
  std::optional<std::uint32_t> version;

  Result<std::unique_ptr<Table>> open() const {
    return catalog::open_table(ask->parts.datasets, ask->tenant, distribution, version);
  }
};
using DownloadPtr = std::shared_ptr<Download>;

Result<DownloadPtr> find(const AskPtr& ask) {
  auto distribution = ask->parts.datasets.distribution(ask->tenant, ask->path[0]);
  if (!distribution) return tl::unexpected(distribution.error());
  const auto version = ask->natural("version", 1, 4'000'000'000, 0);
  if (!version) return tl::unexpected(version.error());
  auto download = std::make_shared<Download>(Download{ask, std::move(*distribution), std::nullopt});
  if (*version > 0) download->version = static_cast<std::uint32_t>(*version);
  return download;
}

Response head_of(const Download& download, std::string_view type, std::string_view name) {
  Response head;
  head.content_type = type;
  std::string disposition = "attachment; filename*=UTF-8''";
  append_percent_encoded(disposition, name);
  head.headers = {{"Content-Disposition", std::move(disposition)},
                  {"Content-Security-Policy", "sandbox; default-src 'none'"},
                  {"Cache-Control", download.version ? "public, max-age=3600" : "no-cache"}};
  return head;
}

/// "evacuation-sites.csv", "evacuation-sites-2.csv" for the second distribution.
std::string file_name(const Download& download, std::string_view end) {
  const std::string& id = download.distribution.id;
  std::string name(catalog::name_in(id));
  const std::string_view number = std::string_view(id).substr(id.rfind(':') + 1);
  if (number != "1") name.append("-").append(number);
  if (download.version) name.append(".v").append(std::to_string(*download.version));
  return name.append(".").append(end);
}

// What a page fetches to show it (Fetch Metadata: a destination that is "empty") is no download.
void count(const Download& download) {
  const Request& request = *download.ask->request;
  if (request.method() == "GET" && request.header("sec-fetch-dest") != "empty") {
    download.ask->parts.downloads.count(download.ask->tenant, download.distribution.id);
  }
}

void send_csv(const DownloadPtr& download, std::unique_ptr<Table> table, bool shift_jis, std::uint64_t substituted) {
  Response head = head_of(*download, shift_jis ? "text/csv; charset=Shift_JIS" : "text/csv; charset=utf-8",
                          file_name(*download, "csv"));
  if (shift_jis) head.headers.emplace_back("Tsunagu-Substituted", std::to_string(substituted));
  auto writer = catalog::csv_writer(table->columns(), {.mark = !shift_jis});
  auto encoder = shift_jis ? std::make_unique<catalog::Cp932Encoder>() : nullptr;
  count(*download);
  download->ask->reply.stream(std::move(head),
                              std::make_unique<TableStream>(std::move(table), std::move(writer), std::move(encoder)));
}

/// Counts what Shift_JIS lacks, block by block, before the head is sent; then sends.
void count_substitutes(const DownloadPtr& download, const std::shared_ptr<TableStream>& pass) {
  if (download->ask->reply.client_gone()) return;
  std::string unused;
  if (pass->next(unused)) {
    return download->ask->reply.defer([download, pass] { count_substitutes(download, pass); });
  }
  auto table = download->open();
  if (!table) return download->ask->send(table.error());
  send_csv(download, std::move(*table), true, pass->substituted());
}

void get_csv(const AskPtr& ask) {
  const auto download = find(ask);
  if (!download) return ask->send(download.error());
  const std::string_view encoding = ask->get("encoding").value_or("utf-8");
  const bool shift_jis = equal_ignoring_case(encoding, "shift_jis");
  if (!shift_jis && !equal_ignoring_case(encoding, "utf-8")) {
    return ask->send(Error{ErrorCode::kInvalidRequest, "encoding is utf-8 or shift_jis"});
  }
  auto table = (*download)->open();
  if (!table) return ask->send(table.error());
  if (!shift_jis) return send_csv(*download, std::move(*table), false, 0);
  auto writer = catalog::csv_writer((*table)->columns());
  count_substitutes(*download, std::make_shared<TableStream>(std::move(*table), std::move(writer),
                                                             std::make_unique<catalog::Cp932Encoder>()));
}

void get_text(const AskPtr& ask, std::string_view end, std::string_view type,
              std::unique_ptr<TableWriter> (*make)(const std::vector<catalog::Column>&)) {
  const auto download = find(ask);
  if (!download) return ask->send(download.error());
  auto table = (*download)->open();
  if (!table) return ask->send(table.error());
  auto writer = make((*table)->columns());
  if (writer == nullptr) {
    return ask->send(Error{ErrorCode::kOperationNotSupported,
                           "this table has no coordinates (columns latitude and longitude, 緯度 and 経度, …)"});
  }
  count(**download);
  ask->reply.stream(head_of(**download, type, file_name(**download, end)),
                    std::make_unique<TableStream>(std::move(*table), std::move(writer), nullptr));
}

void get_xlsx(const AskPtr& ask) {
  auto download = find(ask);
  if (!download) return ask->send(download.error());
  if (auto table = (*download)->open(); !table) return ask->send(table.error());
  const bool taken = ask->parts.workbench.take([ask, download = std::move(*download)] {
    auto table = download->open();
    if (!table) return ask->send(table.error());
    const auto file = catalog::write_xlsx(**table, ask->parts.datasets.files());
    if (!file) return ask->send(file.error());
    count(*download);
    ask->reply.stream(head_of(*download, kXlsx, file_name(*download, "xlsx")),
                      std::make_unique<DescriptorStream>(*file));
  });
  if (!taken)
    ask->send(Error{ErrorCode::kUnavailable, "too many workbooks are being made; try again, or take the CSV"});
}

void get_jsonld(const AskPtr& ask) {
  const auto download = find(ask);
  if (!download) return ask->send(download.error());
  const auto* query = std::get_if<catalog::QueryContent>(&(*download)->distribution.content);
  if (query == nullptr || (*download)->version) {
    return ask->send(Error{ErrorCode::kOperationNotSupported,
                           "only live queries over the graph can be had as NGSI-LD entities; this is no such one"});
  }
  if (auto publishable = ask->parts.datasets.check_publishable(ask->tenant, *query); !publishable) {
    return ask->send(publishable.error());
  }
  auto selection = catalog::make_selection(*query, {});
  if (!selection) return ask->send(selection.error());
  ngsi::Representation how;
  how.body_context = ngsi::core_context()->as_json();
  how.at = selection->at;
  for (const std::string& name : query->attrs) {
    const ngsi::TermId term = ngsi::core_context()->find(std::string_view(name).substr(0, name.find('.')));
    if (term != ngsi::kNoTerm) how.attrs.push_back(term);
  }
  count(**download);
  ask->reply.stream(head_of(**download, "application/ld+json", file_name(**download, "jsonld")),
                    std::make_unique<EntityStream>(ask->parts, ask->tenant, std::move(*selection), std::move(how)));
}

void get_original(const AskPtr& ask) {
  const auto download = find(ask);
  if (!download) return ask->send(download.error());
  const auto file =
      catalog::find_version(ask->parts.datasets, ask->tenant, (*download)->distribution, (*download)->version);
  if (!file) return ask->send(file.error());
  const catalog::FileId& id = file->original ? *file->original : file->file;
  auto reader = ask->parts.datasets.files().open(id);
  if (!reader) return ask->send(reader.error());
  // The name that somebody gave it: only its last part, whatever is in it.
  std::string name = file->original && !file->original_name.empty() ? file->original_name : file->file_name;
  name = name.substr(name.find_last_of("/\\") + 1);
  if (name.empty() || name == "." || name == "..") name = file_name(**download, "csv");
  count(**download);
  ask->reply.stream(head_of(**download, "application/octet-stream", name),
                    std::make_unique<FileStream>(std::move(*reader)));
}

}  // namespace

void add_download_routes(Router& router, openapi::Document& document, const OpenData& parts) {
  const openapi::Parameter version{"version", "query", "An earlier version of a file",
                                   R"({"type":"integer","minimum":1})"};
  const openapi::Parameter encoding{"encoding", "query", "utf-8 (default, with a byte order mark) or shift_jis",
                                    R"({"type":"string","enum":["utf-8","shift_jis"]})"};
  const auto add = [&](std::string_view path, std::string_view id, std::string_view summary, std::string_view type,
                       std::vector<openapi::Parameter> parameters, std::function<void(const AskPtr&)> handle) {
    add_route(router, document, parts,
              {.method = "GET",
               .path = path,
               .id = id,
               .summary = summary,
               .parameters = std::move(parameters),
               .answers = {{200, "The data", "Text", {type}},
                           {404, "There is no such distribution or version", "ProblemDetails", {"application/json"}},
                           {422, "It cannot be had in this form", "ProblemDetails", {"application/json"}}},
               .handle = std::move(handle)});
  };
#define DISTRIBUTION "/catalog/distributions/{id}/"
  add(DISTRIBUTION "data.csv", "downloadCsv", "A distribution as CSV", "text/csv", {encoding, version}, get_csv);
  add(DISTRIBUTION "data.json", "downloadJson", "A distribution as JSON", "application/json", {version},
      [](const AskPtr& ask) { get_text(ask, "json", "application/json", catalog::json_writer); });
  add(DISTRIBUTION "data.geojson", "downloadGeoJson", "A distribution as GeoJSON", "application/geo+json", {version},
      [](const AskPtr& ask) { get_text(ask, "geojson", "application/geo+json", catalog::geojson_writer); });
  add(DISTRIBUTION "data.xlsx", "downloadXlsx", "A distribution as a workbook", kXlsx, {version}, get_xlsx);
  add(DISTRIBUTION "data.jsonld", "downloadNgsiLd", "The entities of a live query as NGSI-LD", "application/ld+json",
      {version}, get_jsonld);
  add(DISTRIBUTION "original", "downloadOriginal", "The file as it was uploaded", "application/octet-stream", {version},
      get_original);
}

}  // namespace tsunagu::gateway::opendata
