#include "catalog/vocabulary.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace tsunagu::catalog {
namespace {

#define EU "http://publications.europa.eu/resource/authority/"
#define THEME(key, code, ja, en)       \
  Theme {                              \
    key, ja, en, EU "data-theme/" code \
  }

constexpr std::array kThemes{
    THEME("agri", "AGRI", "農林水産業・食", "Agriculture, fisheries, forestry and food"),
    THEME("econ", "ECON", "経済・財政", "Economy and finance"),
    THEME("educ", "EDUC", "教育・文化・スポーツ", "Education, culture and sport"),
    THEME("ener", "ENER", "エネルギー", "Energy"),
    THEME("envi", "ENVI", "環境・自然", "Environment"),
    THEME("gove", "GOVE", "行政", "Government and public sector"),
    THEME("heal", "HEAL", "健康・医療", "Health"),
    THEME("intr", "INTR", "国際", "International issues"),
    THEME("just", "JUST", "安全・防災・司法", "Justice, legal system and public safety"),
    THEME("regi", "REGI", "地域・都市", "Regions and cities"),
    THEME("soci", "SOCI", "人口・くらし・福祉", "Population and society"),
    THEME("tech", "TECH", "科学・技術", "Science and technology"),
    THEME("tran", "TRAN", "交通", "Transport"),
};

#define FREQUENCY(key, code, days, ja, en)  \
  Frequency {                               \
    key, ja, en, EU "frequency/" code, days \
  }

constexpr std::array kFrequencies{
    FREQUENCY("annual", "ANNUAL", 366, "毎年", "Every year"),
    FREQUENCY("quarterly", "QUARTERLY", 92, "3か月ごと", "Every three months"),
    FREQUENCY("monthly", "MONTHLY", 31, "毎月", "Every month"),
    FREQUENCY("weekly", "WEEKLY", 7, "毎週", "Every week"),
    FREQUENCY("daily", "DAILY", 1, "毎日", "Every day"),
    FREQUENCY("continuous", "UPDATE_CONT", 1, "随時（自動）", "Continuously"),
    FREQUENCY("irregular", "IRREG", 0, "不定期", "Irregularly"),
    FREQUENCY("never", "NEVER", 0, "更新なし", "Never"),
};

constexpr std::array kLicenses{
    License{"https://creativecommons.org/licenses/by/4.0/", "CC-BY-4.0", "CC BY 4.0 表示", true},
    License{"https://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0", "CC0 1.0", true},
    License{"https://creativecommons.org/licenses/by-sa/4.0/", "CC-BY-SA-4.0", "CC BY-SA 4.0 表示-継承", true},
    License{"https://creativecommons.org/licenses/by/2.1/jp/", "CC-BY-2.1-JP", "CC BY 2.1 JP 表示", true},
    License{"https://creativecommons.org/licenses/by/3.0/", "CC-BY-3.0", "CC BY 3.0", true},
    License{"https://creativecommons.org/licenses/by-sa/3.0/", "CC-BY-SA-3.0", "CC BY-SA 3.0", true},
    License{"https://www.digital.go.jp/resources/open_data/public_data_license_v1.0", "PDL-1.0",
            "公共データ利用規約（第1.0版）", true},
    License{"https://opensource.org/licenses/MIT", "MIT", "MIT License", true},
    License{"https://opendatacommons.org/licenses/odbl/1-0/", "ODbL-1.0", "Open Database License 1.0", true},
    License{"https://opendatacommons.org/licenses/by/1-0/", "ODC-BY-1.0", "Open Data Commons Attribution 1.0", true},
    License{"https://creativecommons.org/licenses/by-nc/4.0/", "CC-BY-NC-4.0", "CC BY-NC 4.0 表示-非営利", false},
    License{"https://creativecommons.org/licenses/by-nd/4.0/", "CC-BY-ND-4.0", "CC BY-ND 4.0 表示-改変禁止", false},
};
/// Names that other catalogues give them.
constexpr std::array kOtherKeys{
    std::pair("cc-by", "CC-BY-4.0"),       std::pair("cc-zero", "CC0-1.0"),   std::pair("cc-by-sa", "CC-BY-SA-4.0"),
    std::pair("cc-by-jp", "CC-BY-2.1-JP"), std::pair("CC-BY", "CC-BY-4.0"),   std::pair("CC0", "CC0-1.0"),
    std::pair("cc-nc", "CC-BY-NC-4.0"),    std::pair("odc-by", "ODC-BY-1.0"), std::pair("odc-odbl", "ODbL-1.0"),
};

#define FORMAT(key, type, code, stars)     \
  FileFormat {                             \
    key, type, EU "file-type/" code, stars \
  }

constexpr std::array kFormats{
    FORMAT("CSV", "text/csv", "CSV", 3),
    FORMAT("JSON", "application/json", "JSON", 3),
    FORMAT("GeoJSON", "application/geo+json", "GEOJSON", 3),
    FORMAT("XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "XLSX", 2),
    FORMAT("XLS", "application/vnd.ms-excel", "XLS", 2),
    FORMAT("JSON-LD", "application/ld+json", "JSON_LD", 4),
    FORMAT("NGSI-LD", "application/ld+json", "JSON_LD", 5),
    FORMAT("TSV", "text/tab-separated-values", "TSV", 3),
    FORMAT("XML", "application/xml", "XML", 3),
    FORMAT("KML", "application/vnd.google-earth.kml+xml", "KML", 3),
    FORMAT("GML", "application/gml+xml", "GML", 3),
    FORMAT("ZIP", "application/zip", "ZIP", 2),
    FORMAT("SHP", "application/x-shapefile", "SHP", 2),
    FORMAT("GTFS", "application/gtfs+zip", "GTFS", 3),
    FORMAT("Turtle", "text/turtle", "RDF_TURTLE", 4),
    FORMAT("RDF/XML", "application/rdf+xml", "RDF_XML", 4),
    FORMAT("PDF", "application/pdf", "PDF", 1),
    FORMAT("DOCX", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "DOCX", 1),
    FORMAT("DOC", "application/msword", "DOC", 1),
    FORMAT("HTML", "text/html", "HTML", 1),
    FORMAT("TXT", "text/plain", "TXT", 1),
    FORMAT("PNG", "image/png", "PNG", 1),
    FORMAT("JPEG", "image/jpeg", "JPEG", 1),
    FORMAT("Parquet", "application/vnd.apache.parquet", "PARQUET", 3),
};

template <class Rows, class Fits>
auto first(const Rows& rows, Fits fits) -> const typename Rows::value_type* {
  const auto at = std::find_if(rows.begin(), rows.end(), fits);
  return at == rows.end() ? nullptr : &*at;
}

/// Without scheme and last slash.
std::string_view bare(std::string_view uri) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (uri.starts_with(scheme)) uri.remove_prefix(scheme.size());
  }
  if (uri.starts_with("www.")) uri.remove_prefix(4);
  for (const std::string_view end : {"/", "/deed.ja", "/deed.en", "/legalcode"}) {
    if (uri.ends_with(end)) uri.remove_suffix(end.size());
  }
  if (uri.ends_with('/')) uri.remove_suffix(1);
  return uri;
}

}  // namespace

std::span<const Theme> themes() {
  return kThemes;
}
const Theme* find_theme(std::string_view text) {
  return first(kThemes, [=](const Theme& theme) { return equal_ignoring_case(theme.key, text) || theme.uri == text; });
}

std::span<const Frequency> frequencies() {
  return kFrequencies;
}
const Frequency* find_frequency(std::string_view text) {
  const Frequency* found =
      first(kFrequencies, [=](const Frequency& row) { return row.key == text || row.uri == text; });
  if (found || text.find('/') == std::string_view::npos) return found;
  // Other vocabularies end alike: http://purl.org/cld/freq/monthly
  const std::string_view last = text.substr(text.rfind('/') + 1);
  return first(kFrequencies, [=](const Frequency& row) {
    return equal_ignoring_case(row.key, last) || equal_ignoring_case(row.uri.substr(row.uri.rfind('/') + 1), last);
  });
}

std::span<const License> licenses() {
  return kLicenses;
}
const License* find_license(std::string_view text) {
  for (const auto& [other, key] : kOtherKeys) {
    if (text == other) text = key;
  }
  return first(kLicenses,
               [=](const License& row) { return equal_ignoring_case(row.key, text) || bare(row.uri) == bare(text); });
}

const FileFormat* find_format(std::string_view text) {
  const std::string_view type = trim(text.substr(0, text.find(';')));
  return first(kFormats, [=](const FileFormat& row) {
    return equal_ignoring_case(row.key, type) || equal_ignoring_case(row.media_type, type) || row.uri == type;
  });
}

}  // namespace tsunagu::catalog
