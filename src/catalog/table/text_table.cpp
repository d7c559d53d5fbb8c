#include "catalog/table/text_table.h"

#include <algorithm>
#include <array>

#include "base/json.h"
#include "catalog/import/csv.h"

namespace tsunagu::catalog {
namespace {

constexpr std::size_t kChunk = 256 << 10;
constexpr std::size_t kSample = 64 << 10;  // of text, to find the delimiter
constexpr std::size_t kLinesTold = 20;
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// Japanese in UTF-8 has characters of three bytes; two bytes that look like UTF-8 may be half-width katakana of cp932.
bool has_three_byte_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xf0) == 0xe0; });
}

std::string decode(std::string_view bytes, Encoding encoding) {
  std::string out;
  TextDecoder decoder(encoding);
  decoder.feed(bytes, out);
  decoder.finish(out);
  return out;
}

bool damaged(std::string_view text) {
  return text.find(TextDecoder::kDamage) != std::string_view::npos;
}

bool is_utf8_japanese(std::string_view line) {
  return has_three_byte_character(line) && valid_utf8(line);
}

bool has_utf8_line(std::string_view lines) {
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size() - 1);
    if (is_utf8_japanese(lines.substr(0, end))) return true;
    lines.remove_prefix(end + 1);
  }
  return false;
}

bool is_utf16(Encoding encoding) {
  return encoding == Encoding::kUtf16Le || encoding == Encoding::kUtf16Be;
}

/// What the file is written in, by its beginning; kUtf8 for ASCII alone.
Encoding detect(std::FILE* file, std::vector<char>& chunk) {
  TextDecoder decoder;
  std::string ignored;
  while (decoder.encoding() == Encoding::kDetect) {
    const std::size_t n = std::fread(chunk.data(), 1, chunk.size(), file);
    if (n == 0) {
      decoder.finish(ignored);
      break;
    }
    decoder.feed({chunk.data(), n}, ignored);
    ignored.clear();
  }
  std::rewind(file);
  return decoder.encoding() == Encoding::kDetect ? Encoding::kUtf8 : decoder.encoding();
}

}  // namespace

void ReadNotes::add(ReadNote::Kind kind, std::size_t line, const std::string& detail) {
  ReadNote& note = notes_[{kind, kind == ReadNote::Kind::kOtherEncoding ? detail : std::string()}];
  note.kind = kind;
  if (note.count++ == 0) note.detail = detail;
  if (note.lines.size() < kLinesTold) note.lines.push_back(line);
}

std::vector<ReadNote> ReadNotes::take() {
  std::vector<ReadNote> out;
  for (auto& [key, note] : notes_) out.push_back(std::move(note));
  return out;
}

void LineDecoder::Seen::add(std::size_t number) {
  ++count;
  if (lines.size() < kLinesTold) lines.push_back(number);
}

LineDecoder::LineDecoder(Encoding encoding, bool forced) : encoding_(encoding), forced_(forced) {}

void LineDecoder::feed(std::string_view bytes, std::string& out) {
  const std::size_t last = bytes.rfind('\n');
  if (last == std::string_view::npos && held_.size() + bytes.size() < CsvReader::kMaxRecord) {
    held_ += bytes;
    return;
  }
  const std::size_t end = last == std::string_view::npos ? bytes.size() : last + 1;
  if (held_.empty()) {
    block(bytes.substr(0, end), out);
  } else {
    held_ += bytes.substr(0, end);
    block(held_, out);
    held_.clear();
  }
  held_ += bytes.substr(end);
}

void LineDecoder::finish(std::string& out) {
  block(held_, out);
  held_.clear();
}

// Whole lines. What is UTF-8 as a whole needs no closer look, but for counting.
void LineDecoder::block(std::string_view lines, std::string& out) {
  const auto breaks = static_cast<std::size_t>(std::count(lines.begin(), lines.end(), '\n'));
  if (is_ascii(lines)) {
    out += lines;
    line_ += breaks;
    return;
  }
  if (!forced_ && encoding_ == Encoding::kUtf8 && valid_utf8(lines)) {
    seen_[Encoding::kUtf8].count += std::max<std::size_t>(breaks, 1);
    out += lines;
    line_ += breaks;
    return;
  }
  if (!forced_ && encoding_ != Encoding::kUtf8 && !has_utf8_line(lines)) {
    const std::string text = decode(lines, encoding_);
    if (!damaged(text)) {
      seen_[encoding_].count += std::max<std::size_t>(breaks, 1);
      out += text;
      line_ += breaks;
      return;
    }
  }
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    const std::size_t size = end == std::string_view::npos ? lines.size() : end + 1;
    line(lines.substr(0, size), out);
    lines.remove_prefix(size);
    if (end != std::string_view::npos) ++line_;
  }
}

void LineDecoder::line(std::string_view bytes, std::string& out) {
  if (is_ascii(bytes)) {
    out += bytes;
    return;
  }
  Encoding used = encoding_;
  std::string text;
  if (forced_) {
    text = decode(bytes, encoding_);
  } else if (encoding_ == Encoding::kUtf8 ? valid_utf8(bytes) : is_utf8_japanese(bytes)) {
    used = Encoding::kUtf8;
    text = bytes;
  } else {
    // The encoding of the file first, then the others; the first without damage.
    std::array<Encoding, 3> order{encoding_, Encoding::kCp932, Encoding::kEucJp};
    for (const Encoding encoding : order) {
      std::string candidate = decode(bytes, encoding);
      const bool good = !damaged(candidate);
      if (text.empty() || good) {
        text = std::move(candidate);
        used = encoding;
      }
      if (good) break;
    }
  }
  if (damaged(text)) {
    damaged_.add(line_);
    for (std::size_t at = 0; (at = text.find(TextDecoder::kDamage, at)) != std::string::npos;) {
      text.replace(at, TextDecoder::kDamage.size(), kReplacement);
    }
  } else {
    seen_[used].add(line_);
  }
  out += text;
}

Encoding LineDecoder::result(ReadNotes& notes) const {
  Encoding most = encoding_;
  std::size_t count = 0;
  for (const auto& [encoding, seen] : seen_) {
    if (seen.count > count) {
      most = encoding;
      count = seen.count;
    }
  }
  const auto tell = [&notes](ReadNote::Kind kind, const Seen& seen, const std::string& detail) {
    for (std::size_t i = 0; i < seen.count; ++i) notes.add(kind, i < seen.lines.size() ? seen.lines[i] : 0, detail);
  };
  for (const auto& [encoding, seen] : seen_) {
    if (encoding != most) tell(ReadNote::Kind::kOtherEncoding, seen, encoding_key(encoding));
  }
  tell(ReadNote::Kind::kUnreadable, damaged_, {});
  return most;
}

char find_delimiter(std::string_view text) {
  // By how many lines have it, then by how often it stands there.
  constexpr std::array<char, 3> kCandidates{',', '\t', ';'};
  std::array<std::size_t, 3> total{};
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    for (std::size_t i = 0; i < kCandidates.size(); ++i) total[i] += c == kCandidates[i] ? 1 : 0;
  }
  std::size_t best = 0;
  for (std::size_t i = 1; i < kCandidates.size(); ++i) {
    if (total[i] > total[best]) best = i;
  }
  return kCandidates[best];
}

Result<TableReading> read_text(std::FILE* file, const ReadOptions& options, RowFileWriter& out,
                               ReadProgress& progress) {
  std::vector<char> chunk(kChunk);
  TableReading reading;
  const bool forced = options.encoding != Encoding::kDetect;
  const Encoding encoding = forced ? options.encoding : detect(file, chunk);
  ReadNotes notes;
  Result<void> written{};
  std::unique_ptr<CsvReader> reader;
  const CsvReader::Handlers handlers{[&](CsvRecord& record) {
                                       if (written) written = out.append(record.line, record.fields);
                                     },
                                     [&notes](std::size_t line, const std::string& reason) {
                                       notes.add(ReadNote::Kind::kBrokenRecord, line, reason);
                                     }};
  const bool wide = is_utf16(encoding);
  TextDecoder utf16(wide ? encoding : Encoding::kUtf8);
  LineDecoder lines(encoding, forced);
  std::string text;
  bool at_end = false, begun = false;
  while (!at_end && written) {
    if (progress.stop) return fail(ErrorCode::kUnavailable, "reading was stopped");
    const std::size_t n = std::fread(chunk.data(), 1, chunk.size(), file);
    at_end = n == 0;
    progress.done += n;
    std::string_view bytes(chunk.data(), n);
    constexpr std::string_view kMark = "\xEF\xBB\xBF";
    if (!begun && !wide && bytes.starts_with(kMark)) bytes.remove_prefix(kMark.size());
    begun = true;
    if (wide) {
      utf16.feed(bytes, text);
      if (at_end) utf16.finish(text);
    } else {
      lines.feed(bytes, text);
      if (at_end) lines.finish(text);
    }
    if (!reader && (at_end || text.size() >= kSample)) {
      reading.delimiter = find_delimiter(std::string_view(text).substr(0, kSample));
      reader = std::make_unique<CsvReader>(reading.delimiter, handlers);
    }
    if (!reader) continue;
    reader->feed(text);
    text.clear();
  }
  reader->finish();
  if (!written) return tl::unexpected(written.error());
  reading.encoding = wide ? encoding : lines.result(notes);
  reading.notes = notes.take();
  return reading;
}

}  // namespace tsunagu::catalog
