#include "app/load_report.h"

#include <fmt/format.h>
#include <unistd.h>

namespace tsunagu::app {

LoadReport::LoadReport(const std::string& errors_file)
    : errors_name_(errors_file),
      terminal_(isatty(STDERR_FILENO) != 0),
      start_(std::chrono::steady_clock::now()),
      drawn_(start_) {
  if (errors_file.empty()) return;
  errors_ = std::fopen(errors_file.c_str(), "w");
  good_ = errors_ != nullptr;
}

LoadReport::~LoadReport() {
  if (errors_ != nullptr) std::fclose(errors_);
}

void LoadReport::clear_line() {
  if (line_open_) std::fputs("\r\033[K", stderr);
  line_open_ = false;
}

void LoadReport::bad_row(const std::string& place, const std::string& reason) {
  std::lock_guard lock(mutex_);
  ++bad_;
  const std::string line = fmt::format("{}: {}\n", place, reason);
  if (errors_ != nullptr) std::fputs(line.c_str(), errors_);
  if (bad_ > kShown) return;
  clear_line();
  std::fputs(line.c_str(), stderr);
}

void LoadReport::note(const std::string& text) {
  std::lock_guard lock(mutex_);
  clear_line();
  fmt::print(stderr, "note: {}\n", text);
}

void LoadReport::progress(std::size_t rows, std::size_t entities) {
  std::lock_guard lock(mutex_);
  rows_ += rows;
  sent_ += entities;
  const auto now = std::chrono::steady_clock::now();
  if (terminal_ ? now - drawn_ < std::chrono::milliseconds(200) : rows_ - told_at_ < kRowsPerLine) return;
  drawn_ = now;
  told_at_ = rows_;
  clear_line();
  const double passed = std::chrono::duration<double>(now - start_).count();
  fmt::print(stderr, "{} rows read, {} entities done, {} bad, {:.0f} per second", rows_, sent_, bad_,
             passed > 0 ? static_cast<double>(sent_) / passed : 0.0);
  if (terminal_) {
    line_open_ = true;
    std::fflush(stderr);
  } else {
    std::fputc('\n', stderr);
  }
}

void LoadReport::finish() {
  std::lock_guard lock(mutex_);
  clear_line();
  if (bad_ > kShown) {
    fmt::print(stderr, "… and {} more bad rows{}\n", bad_ - kShown,
               errors_ != nullptr ? ": all are in " + errors_name_ : " (--errors FILE keeps all of them)");
  }
  if (errors_ != nullptr) std::fflush(errors_);
}

std::size_t LoadReport::bad_rows() {
  std::lock_guard lock(mutex_);
  return bad_;
}

double LoadReport::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

}  // namespace tsunagu::app
