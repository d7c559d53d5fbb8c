// The keys that data sets use, with the words and URIs they stand for: themes (EU data-theme vocabulary), frequencies
// (Dublin Core collection description frequencies as in the EU vocabulary), licences, file formats.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

namespace tsunagu::catalog {

struct Theme {
  std::string_view key;  ///< "educ"
  std::string_view ja, en;
  std::string_view uri;
};
std::span<const Theme> themes();
/// Null for a key that is none; data sets may have such.
const Theme* find_theme(std::string_view key_or_uri);

struct Frequency {
  std::string_view key;  ///< "annual"
  std::string_view ja, en;
  std::string_view uri;
  int days;  ///< between two editions; 0: there is no such time
};
std::span<const Frequency> frequencies();
const Frequency* find_frequency(std::string_view key_or_uri);

struct License {
  std::string_view uri;
  std::string_view key;  ///< CKAN's id: "CC-BY-4.0"
  std::string_view title;
  bool open;  ///< by the Open Definition
};
std::span<const License> licenses();
/// By URI (with or without the last slash, http or https) or key; null for one that is not known.
const License* find_license(std::string_view uri_or_key);

struct FileFormat {
  std::string_view key;  ///< "CSV"
  std::string_view media_type;
  std::string_view uri;  ///< of the EU file-type vocabulary
  int stars;             ///< of five, when openly licensed
};
/// By key, media type or URI; null for one that is not known. Letters in any case.
const FileFormat* find_format(std::string_view text);

}  // namespace tsunagu::catalog
