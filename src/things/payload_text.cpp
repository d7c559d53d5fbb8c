// Payloads as text: UltraLight 2.0, InfluxDB line protocol.
#include <array>
#include <cmath>
#include <string>

#include "base/json.h"
#include "base/text.h"
#include "things/payload.h"

namespace tsunagu::things {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

/// A bare value: a number, true or false, or text.
std::string_view bare_value(std::string_view text, Payload& out) {
  if (const auto number = number_json(text, out); !number.empty()) return number;
  if (text == "true" || text == "false") return text;
  std::string json;
  append_json_string(json, text);
  return out.keep(std::move(json));
}

/// NaN, inf and numbers beyond double are no texts either.
bool is_no_number(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  if (equal_ignoring_case(text, "nan") || equal_ignoring_case(text, "inf") || equal_ignoring_case(text, "infinity"))
    return true;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return end == text.data() + text.size() && error == std::errc::result_out_of_range && text.find("e-") == kNone &&
         text.find("E-") == kNone;
}

bool put_bare(std::string_view name, std::string_view value, Payload& out) {
  if (name.empty() || value.empty() || is_no_number(value)) {
    out.fault(0, std::string(name.substr(0, 60)) + ": \"" + std::string(value.substr(0, 60)) + "\" is no value");
    return false;
  }
  out.readings.push_back({name, bare_value(value, out)});
  return true;
}

/// Ends of parts of a line: what each byte is to the parser.
enum : unsigned char { kPlain = 0, kComma = 1, kSpace = 2, kEquals = 4, kLineEnd = 8, kBackslash = 16 };
constexpr std::array<unsigned char, 256> kClasses = [] {
  std::array<unsigned char, 256> classes{};
  classes[','] = kComma;
  classes[' '] = kSpace;
  classes['='] = kEquals;
  classes['\n'] = kLineEnd;
  classes['\\'] = kBackslash;
  return classes;
}();

/// One line after the other of InfluxDB line protocol (its reference, "Syntax" and "Special characters").
class Lines {
 public:
  Lines(std::string_view text, std::string_view address_tag, std::int64_t tick_ns, Payload& out)
      : p_(text.data()), end_(p_ + text.size()), address_tag_(address_tag), tick_ns_(tick_ns), out_(out) {}

  void run() {
    for (; p_ < end_; ++number_) {
      while (p_ < end_ && (*p_ == ' ' || *p_ == '\r')) ++p_;
      if (p_ < end_ && *p_ != '\n' && *p_ != '#') {
        const auto readings = out_.readings.size();
        if (const char* wrong = line()) {
          out_.readings.resize(readings);
          out_.fault(number_, wrong);
        }
      }
      skip_line();
    }
  }

 private:
  /// Up to the first of `stops`, without escapes.
  std::string_view part(unsigned char stops) {
    const char* first = p_;
    bool escaped = false;
    while (p_ < end_) {
      const unsigned char c = kClasses[static_cast<unsigned char>(*p_)];
      if ((c & (stops | kLineEnd)) != 0) break;
      if (c == kBackslash && p_ + 1 < end_ && kClasses[static_cast<unsigned char>(p_[1])] % kLineEnd != 0) {
        escaped = true;
        ++p_;
      }
      ++p_;
    }
    const std::string_view text(first, static_cast<std::size_t>(p_ - first));
    return escaped ? unescaped(text) : text;
  }

  std::string_view unescaped(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\\' && i + 1 < text.size() && kClasses[static_cast<unsigned char>(text[i + 1])] % kLineEnd != 0)
        ++i;
      plain += text[i];
    }
    return out_.keep(std::move(plain));
  }

  bool at(char c) const { return p_ < end_ && *p_ == c; }

  /// What is wrong with it, or null.
  const char* line() {
    Report report;
    const std::string_view measurement = part(kComma | kSpace);
    if (measurement.empty()) return "a line begins with a measurement";
    report.address = measurement;
    bool tagged = false;
    while (at(',')) {
      ++p_;
      const std::string_view key = part(kEquals | kComma | kSpace);
      if (!at('=')) return "a tag is key=value";
      ++p_;
      const std::string_view value = part(kComma | kSpace);
      if (value.empty()) return "a tag has no value";
      if (key == address_tag_) {
        report.address = value;
        tagged = true;
      }
    }
    if (!at(' ')) return "a line has fields behind a space";
    ++p_;
    report.first = static_cast<std::uint32_t>(out_.readings.size());
    do {
      if (at(',')) ++p_;
      std::string_view name = part(kEquals | kComma | kSpace);
      if (name.empty() || !at('=')) return "a field is key=value";
      ++p_;
      if (tagged && name == "value") name = measurement;
      if (const char* wrong = field(name)) return wrong;
    } while (at(','));
    while (at(' ')) ++p_;
    if (p_ < end_ && *p_ != '\n' && *p_ != '\r') {
      const char* first = p_;
      while (p_ < end_ && *p_ != '\n' && *p_ != ' ' && *p_ != '\r') ++p_;
      const auto time = parse_number<std::int64_t>({first, static_cast<std::size_t>(p_ - first)});
      if (!time) return "the time stamp is no whole number";
      constexpr double kMost = 2.5e17;  // year 9892
      if (std::abs(static_cast<double>(*time) * static_cast<double>(tick_ns_)) > kMost * 1e3)
        return "the time stamp is too large for its precision";
      report.at = Instant{tick_ns_ >= 1000 ? *time * (tick_ns_ / 1000) : *time / (1000 / tick_ns_)};
      while (p_ < end_ && (*p_ == ' ' || *p_ == '\r')) ++p_;
      if (p_ < end_ && *p_ != '\n') return "there is more behind the time stamp";
    }
    report.count = static_cast<std::uint32_t>(out_.readings.size()) - report.first;
    out_.reports.push_back(report);
    return nullptr;
  }

  const char* field(std::string_view name) {
    if (at('"')) return text_field(name);
    const char* first = p_;
    while (p_ < end_ && (kClasses[static_cast<unsigned char>(*p_)] & (kComma | kSpace | kLineEnd)) == 0) ++p_;
    std::string_view text(first, static_cast<std::size_t>(p_ - first));
    if (text.ends_with('\r')) text.remove_suffix(1);
    if (text == "t" || text == "T" || text == "true" || text == "True" || text == "TRUE") {
      out_.readings.push_back({name, "true"});
    } else if (text == "f" || text == "F" || text == "false" || text == "False" || text == "FALSE") {
      out_.readings.push_back({name, "false"});
    } else {
      if (text.ends_with('i') || text.ends_with('u')) text.remove_suffix(1);
      const std::string_view number = number_json(text, out_);
      if (number.empty()) return "a field is no number that can be kept";
      out_.readings.push_back({name, number});
    }
    return nullptr;
  }

  const char* text_field(std::string_view name) {
    std::string text;
    for (++p_; p_ < end_ && *p_ != '"'; ++p_) {
      if (*p_ == '\\' && p_ + 1 < end_ && (p_[1] == '"' || p_[1] == '\\')) ++p_;
      if (*p_ == '\n') ++number_;
      text += *p_;
    }
    if (p_ == end_) return "a text has no closing quote";
    ++p_;
    std::string json;
    append_json_string(json, text);
    out_.readings.push_back({name, out_.keep(std::move(json))});
    return nullptr;
  }

  void skip_line() {
    while (p_ < end_ && *p_ != '\n') ++p_;
    if (p_ < end_) ++p_;
  }

  const char* p_;
  const char* end_;
  const std::string_view address_tag_;
  const std::int64_t tick_ns_;
  Payload& out_;
  std::size_t number_ = 1;
};

}  // namespace

Result<void> read_ultralight(std::string_view bytes, std::string_view attribute, Payload& out) {
  if (!valid_utf8(bytes)) return fail(ErrorCode::kInvalidRequest, "the payload is not UTF-8");
  std::string_view rest = trim(bytes);
  if (rest.empty()) return fail(ErrorCode::kInvalidRequest, "the payload is empty");
  const auto first = [&out] { return static_cast<std::uint32_t>(out.readings.size()); };
  if (!attribute.empty()) {
    Report report{{}, {}, {}, first(), 1};
    if (put_bare(out.keep(std::string(attribute)), rest, out)) out.reports.push_back(report);
    return {};
  }
  while (!rest.empty()) {
    std::string_view group = take_until(rest, '#');
    Report report{{}, {}, {}, first(), 0};
    const std::string_view begin = group.substr(0, group.find('|'));
    if (begin.find('T') != kNone && begin.size() >= 19) {
      const auto time = read_time(begin);
      if (time) {
        report.at = *time;
        take_until(group, '|');
      }
    }
    while (!group.empty()) {
      const std::string_view name = trim(take_until(group, '|'));
      put_bare(name, trim(take_until(group, '|')), out);
    }
    report.count = first() - report.first;
    if (report.count > 0) out.reports.push_back(report);
  }
  return {};
}

Result<void> read_lines(std::string_view bytes, std::string_view address_tag, std::int64_t tick_ns, Payload& out) {
  if (!valid_utf8(bytes)) return fail(ErrorCode::kInvalidRequest, "the lines are not UTF-8");
  out.readings.reserve(out.readings.size() + bytes.size() / 10);
  Lines(bytes, address_tag, tick_ns, out).run();
  return {};
}

}  // namespace tsunagu::things
