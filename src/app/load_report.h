// What `tsunagu load` tells while it works and in the end. Thread-safe.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <mutex>
#include <string>

namespace tsunagu::app {

class LoadReport {
 public:
  /// `errors_file`: where every bad row goes, one per line; empty: none. Check good() before use.
  explicit LoadReport(const std::string& errors_file);
  ~LoadReport();
  LoadReport(const LoadReport&) = delete;
  LoadReport& operator=(const LoadReport&) = delete;

  bool good() const { return good_; }

  /// A row that could not be used: "FILE:LINE: reason". The first 20 are shown, all go into the errors file.
  void bad_row(const std::string& place, const std::string& reason);
  void note(const std::string& text);

  void rows_read(std::size_t rows) { progress(rows, 0); }
  void entities_sent(std::size_t entities) { progress(0, entities); }

  /// Clears the progress line and says how many bad rows were not shown.
  void finish();
  std::size_t bad_rows();
  double seconds() const;

 private:
  void progress(std::size_t rows, std::size_t entities);
  void clear_line();

  static constexpr std::size_t kShown = 20;
  static constexpr std::size_t kRowsPerLine = 50'000;

  std::mutex mutex_;
  std::FILE* errors_ = nullptr;
  std::string errors_name_;
  bool good_ = true;
  bool terminal_;
  bool line_open_ = false;
  std::size_t rows_ = 0, sent_ = 0, bad_ = 0, told_at_ = 0;
  std::chrono::steady_clock::time_point start_, drawn_;
};

}  // namespace tsunagu::app
