#include "catalog/import/csv.h"

#include <fmt/format.h>

namespace tsunagu::catalog {

void CsvReader::feed(std::string_view text) {
  retry_budget_ += kRetryPerByte * text.size();
  for (const char c : text) {
    consume(c);
    if (!retry_.empty()) read_again();
  }
}

// What was behind an unclosed quote; it can hold another one, each time at least a line is used up.
void CsvReader::read_again() {
  while (!retry_.empty()) {
    std::string again;
    again.swap(retry_);
    for (std::size_t at = 0; at < again.size() && retry_.empty(); ++at) {
      consume(again[at]);
      if (!retry_.empty()) retry_.append(again, at + 1);
    }
  }
}

void CsvReader::consume(char c) {
  const bool line_end = c == '\n' || c == '\r';
  const bool second_half = c == '\n' && after_cr_;  // of CR LF
  after_cr_ = c == '\r';
  if (keep_raw_) raw_ += c;

  switch (state_) {
    case State::kSkipLine:
      if (line_end && !second_half) state_ = State::kRecordStart;
      break;
    case State::kRecordStart:
      if (line_end) break;
      record_.line = line_;
      record_bytes_ = 0;
      state_ = State::kFieldStart;
      [[fallthrough]];
    case State::kFieldStart:
      if (c == '"') {
        state_ = State::kQuoted;
        quote_line_ = line_;
        keep_raw_ = true;
        raw_.clear();
      } else if (c == delimiter_) {
        end_field();
      } else if (line_end) {
        end_field();
        end_record();
      } else {
        field_ += c;
        state_ = State::kPlain;
      }
      break;
    case State::kPlain:
      if (c == delimiter_) {
        end_field();
      } else if (line_end) {
        end_field();
        end_record();
      } else {
        field_ += c;
      }
      break;
    case State::kQuoted:
      if (c == '"') {
        state_ = State::kQuoteInQuoted;
      } else if (c == '\r') {
        field_ += '\n';
      } else if (!second_half) {
        field_ += c;
      }
      break;
    case State::kQuoteInQuoted:
      if (c == '"') {
        field_ += '"';
        state_ = State::kQuoted;
      } else if (c == delimiter_) {
        end_field();
      } else if (line_end) {
        end_field();
        end_record();
      } else {
        give_up(fmt::format("text after the closing quote of field {}", record_.fields.size() + 1),
                quote_line_ != line_);
        return;
      }
      break;
  }
  if (line_end && !second_half) ++line_;
  if (++record_bytes_ > kMaxRecord && state_ != State::kRecordStart && state_ != State::kSkipLine) {
    if (state_ == State::kQuoted || state_ == State::kQuoteInQuoted) {
      give_up(fmt::format("the quote opened in field {} is not closed within {} bytes", record_.fields.size() + 1,
                          kMaxRecord),
              true);
    } else {
      give_up(fmt::format("record of more than {} bytes", kMaxRecord), false);
    }
  }
}

void CsvReader::end_field() {
  keep_raw_ = false;
  if (record_.fields.size() == kMaxFields) {
    give_up(fmt::format("more than {} fields", kMaxFields), false);
    return;
  }
  record_.fields.push_back(std::move(field_));
  field_.clear();
  state_ = State::kFieldStart;
}

void CsvReader::end_record() {
  if (state_ == State::kSkipLine) {  // the last field was one too many; its line has ended
    state_ = State::kRecordStart;
    return;
  }
  state_ = State::kRecordStart;
  handlers_.record(record_);
  record_.fields.clear();
}

// Reports the record. `retry_next_line`: the fault may be a quote that was never closed: goes back to the line after
// it.
void CsvReader::give_up(const std::string& reason, bool retry_next_line) {
  handlers_.fault(retry_next_line ? quote_line_ : record_.line, reason);
  if (retry_next_line && raw_.size() <= retry_budget_) {
    const std::size_t end = raw_.find_first_of("\r\n");
    if (end != std::string::npos) {
      retry_budget_ -= raw_.size();
      retry_ = raw_.substr(end);
      line_ = quote_line_;
      after_cr_ = false;
    }
  }
  record_.fields.clear();
  field_.clear();
  raw_.clear();
  keep_raw_ = false;
  record_bytes_ = 0;
  state_ = State::kSkipLine;
}

void CsvReader::finish() {
  while (state_ == State::kQuoted) {
    give_up(fmt::format("the quote opened in field {} is never closed", record_.fields.size() + 1), true);
    read_again();
  }
  if (state_ != State::kRecordStart && state_ != State::kSkipLine) {
    end_field();
    end_record();
  }
  state_ = State::kRecordStart;
}

}  // namespace tsunagu::catalog
