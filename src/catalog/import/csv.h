// CSV as found in the wild (RFC 4180 and its neighbours), as a stream of UTF-8 text.
#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tsunagu::catalog {

struct CsvRecord {
  std::vector<std::string> fields;
  std::size_t line = 0;  ///< first line, from 1
};

/// Records separated by LF, CRLF or CR; fields by `delimiter`; a field in double quotes may hold delimiters, line ends
/// and doubled quotes. A quote inside a field that does not begin with one is an ordinary character. Empty lines are
/// skipped.
///
/// A quote that is never closed costs one record, not the file: it is reported where it opened, and reading goes on at
/// the next line. Memory: one record, at most `kMaxRecord` bytes. Not thread-safe.
class CsvReader {
 public:
  static constexpr std::size_t kMaxRecord = 1024 * 1024;
  static constexpr std::size_t kMaxFields = 16'384;

  struct Handlers {
    std::function<void(CsvRecord&)> record;  ///< may move the fields away
    std::function<void(std::size_t line, const std::string& reason)> fault;
  };

  CsvReader(char delimiter, Handlers handlers) : delimiter_(delimiter), handlers_(std::move(handlers)) {}
  void feed(std::string_view text);
  void finish();

 private:
  enum class State : unsigned char { kRecordStart, kFieldStart, kPlain, kQuoted, kQuoteInQuoted, kSkipLine };

  static constexpr std::size_t kRetryPerByte = 8;  // a hostile file must not be read over and over

  void consume(char c);
  void read_again();
  void end_field();
  void end_record();
  void give_up(const std::string& reason, bool retry_next_line);

  char delimiter_;
  Handlers handlers_;
  State state_ = State::kRecordStart;
  CsvRecord record_;
  std::string field_;
  std::string raw_;    // the record's text from its opening quote on, to go back to
  std::string retry_;  // text to read a second time
  std::size_t retry_budget_ = 2 * kMaxRecord;
  bool keep_raw_ = false;
  std::size_t quote_line_ = 0;
  std::size_t record_bytes_ = 0;
  std::size_t line_ = 1;
  bool after_cr_ = false;
};

}  // namespace tsunagu::catalog
