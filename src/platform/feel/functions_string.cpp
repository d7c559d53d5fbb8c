// Strings (DMN 1.5 clause 10.3.4.3): positions count code points; patterns are those of XPath, run by ICU.
#include <unicode/locid.h>
#include <unicode/regex.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>

#include "platform/feel/arguments.h"

namespace tsunagu::platform::feel {
namespace {

bool starts_point(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
}

std::int64_t points(std::string_view text) {
  return std::count_if(text.begin(), text.end(), starts_point);
}

/// Where code point `index` begins, counted from 0.
std::size_t byte_of(std::string_view text, std::int64_t index) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (starts_point(text[at]) && index-- == 0) return at;
  }
  return text.size();
}

Value substring(const Arguments& a) {
  const std::string* text = string(a, 0);
  const Decimal* from = number(a, 1);
  if (text == nullptr || from == nullptr) return a.fault("substring needs a string and a position");
  const auto start = from->rounded(0, Rounding::kDown).to_int();
  const std::int64_t size = points(*text);
  if (!start || *start == 0 || *start > size || *start < -size) return a.fault("the string has no such position");
  const std::int64_t first = *start > 0 ? *start - 1 : size + *start;
  std::int64_t count = size - first;
  if (a.size() > 2) {
    const Decimal* given = number(a, 2);
    const auto length = given == nullptr ? std::nullopt : given->rounded(0, Rounding::kDown).to_int();
    if (!length || *length < 1) return a.fault("the length is not a positive number");
    count = std::min(count, *length);
  }
  const std::size_t begin = byte_of(*text, first);
  const std::string_view rest = std::string_view(*text).substr(begin);
  return std::string(rest.substr(0, byte_of(rest, count)));
}

Value string_length(const Arguments& a) {
  const std::string* text = string(a, 0);
  if (text == nullptr) return a.fault("string length needs a string");
  return Decimal(points(*text));
}

Value cased(const Arguments& a, bool upper) {
  const std::string* text = string(a, 0);
  if (text == nullptr) return a.fault("a string is needed");
  icu::UnicodeString wide = icu::UnicodeString::fromUTF8(*text);
  upper ? wide.toUpper(icu::Locale::getRoot()) : wide.toLower(icu::Locale::getRoot());
  std::string out;
  wide.toUTF8String(out);
  return out;
}

Value substring_before(const Arguments& a) {
  const std::string *text = string(a, 0), *match = string(a, 1);
  if (text == nullptr || match == nullptr) return a.fault("substring before needs two strings");
  const std::size_t at = text->find(*match);
  return at == std::string::npos ? std::string() : text->substr(0, at);
}

Value substring_after(const Arguments& a) {
  const std::string *text = string(a, 0), *match = string(a, 1);
  if (text == nullptr || match == nullptr) return a.fault("substring after needs two strings");
  const std::size_t at = text->find(*match);
  return at == std::string::npos ? std::string() : text->substr(at + match->size());
}

template <class Test>
Value tested(const Arguments& a, const Test& test) {
  const std::string *text = string(a, 0), *match = string(a, 1);
  if (text == nullptr || match == nullptr) return a.fault("two strings are needed");
  return static_cast<bool>(test(*text, *match));
}

/// Classes are subtracted with - in XPath and with -- in ICU; what XPath lacks is refused.
std::optional<icu::UnicodeString> icu_pattern(std::string_view pattern) {
  std::string out;
  int classes = 0;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    const char next = i + 1 < pattern.size() ? pattern[i + 1] : '\0';
    if (c == '\\') {
      if (classes > 0 && next >= '1' && next <= '9') return std::nullopt;              // a group in a class
      if ((next == 'p' || next == 'P') && pattern.substr(i + 2).starts_with("{Is")) {  // a block of Unicode
        out.append(1, c).append(1, next).append("{Block=");
        i += 4;
        continue;
      }
      if (next == 'Q' || next == 'E' || next == 'A' || next == 'Z' || next == 'z' || next == 'G' || next == 'b' ||
          next == 'B' || next == 'X')
        return std::nullopt;
      if (next == 'i' || next == 'I' || next == 'c' || next == 'C') {
        static constexpr std::string_view kFirst = "\\p{L}_:", kFollowing = "\\p{L}\\p{M}\\p{Nd}_:.\\-\\u00B7";
        const std::string_view inside = next == 'i' || next == 'I' ? kFirst : kFollowing;
        out.append(next == 'I' || next == 'C' ? "[^" : "[").append(inside).append("]");
      } else {
        out += c;
        if (next != '\0') out += next;
      }
      ++i;
      continue;
    }
    if (classes > 0 && c == '-' && next == '[') {
      out += "--";
      continue;
    }
    if (classes > 0 && c == '&' && next == '&') {
      out += "\\&";
      continue;
    }
    if (c == '[') ++classes;
    if (c == ']' && classes > 0) --classes;
    if (classes == 0 && c == '(' && next == '?' && (i + 2 >= pattern.size() || pattern[i + 2] != ':'))
      return std::nullopt;
    out += c;
  }
  return icu::UnicodeString::fromUTF8(out);
}

/// Without white space outside of classes (flag x).
std::string without_space(std::string_view pattern) {
  std::string out;
  int classes = 0;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (classes == 0 && (c == ' ' || c == '\t' || c == '\n' || c == '\r')) continue;
    out += c;
    if (c == '\\') {
      while (classes == 0 && i + 1 < pattern.size() &&
             std::string_view(" \t\n\r").find(pattern[i + 1]) != std::string_view::npos)
        ++i;
      if (i + 1 < pattern.size()) out += pattern[++i];
    } else if (c == '[') {
      ++classes;
    } else if (c == ']' && classes > 0) {
      --classes;
    }
  }
  return out;
}

struct Pattern {
  std::unique_ptr<icu::RegexMatcher> matcher;
  std::string fault;
};

Pattern compiled(std::string_view pattern, const std::string* flags) {
  Pattern out;
  std::uint32_t options = 0;
  bool spaced = false;
  for (const char flag : flags == nullptr ? std::string_view() : std::string_view(*flags)) {
    switch (flag) {
      case 's':
        options |= UREGEX_DOTALL;
        break;
      case 'm':
        options |= UREGEX_MULTILINE;
        break;
      case 'i':
        options |= UREGEX_CASE_INSENSITIVE;
        break;
      case 'x':
        spaced = true;
        break;
      case 'q':
        options |= UREGEX_LITERAL;
        break;
      default:
        out.fault = "there is no flag “" + std::string(1, flag) + "”";
        return out;
    }
  }
  std::string tight;
  if (spaced && (options & UREGEX_LITERAL) == 0) {
    tight = without_space(pattern);
    pattern = tight;
  }
  const auto wide =
      (options & UREGEX_LITERAL) != 0 ? icu::UnicodeString::fromUTF8(std::string(pattern)) : icu_pattern(pattern);
  UErrorCode status = U_ZERO_ERROR;
  if (wide) out.matcher = std::make_unique<icu::RegexMatcher>(*wide, options, status);
  if (!wide || U_FAILURE(status) != 0) {
    out.fault = "the pattern is not a regular expression";
    out.matcher.reset();
    return out;
  }
  out.matcher->setTimeLimit(1000, status);
  return out;
}

Value matches(const Arguments& a) {
  const std::string *text = string(a, 0), *pattern = string(a, 1);
  if (text == nullptr || pattern == nullptr || (given(a, 2) && string(a, 2) == nullptr))
    return a.fault("matches needs strings");
  const Pattern regex = compiled(*pattern, given(a, 2) ? string(a, 2) : nullptr);
  if (!regex.matcher) return a.fault(regex.fault);
  const icu::UnicodeString wide = icu::UnicodeString::fromUTF8(*text);
  regex.matcher->reset(wide);
  UErrorCode status = U_ZERO_ERROR;
  const bool found = regex.matcher->find(status) != 0;
  if (U_FAILURE(status) != 0) return a.fault("the pattern takes too long");
  return found;
}

Value replace(const Arguments& a) {
  const std::string *text = string(a, 0), *pattern = string(a, 1), *by = string(a, 2);
  if (text == nullptr || pattern == nullptr || by == nullptr || (given(a, 3) && string(a, 3) == nullptr)) {
    return a.fault("replace needs strings");
  }
  const std::string* flags = given(a, 3) ? string(a, 3) : nullptr;
  const Pattern regex = compiled(*pattern, flags);
  if (!regex.matcher) return a.fault(regex.fault);
  const bool plain = flags != nullptr && flags->find('q') != std::string::npos;
  const std::int32_t groups = regex.matcher->groupCount();
  std::string replacement;
  for (std::size_t i = 0; i < by->size(); ++i) {
    const char c = (*by)[i], next = i + 1 < by->size() ? (*by)[i + 1] : '\0';
    if (plain && (c == '$' || c == '\\')) {
      replacement.append(1, '\\').append(1, c);
    } else if (c == '$' && next >= '0' && next <= '9') {
      // As many digits as there are groups for; a group that does not exist is empty.
      int group = next - '0';
      ++i;
      while (i + 1 < by->size() && (*by)[i + 1] >= '0' && (*by)[i + 1] <= '9' &&
             group * 10 + ((*by)[i + 1] - '0') <= groups) {
        group = group * 10 + ((*by)[++i] - '0');
      }
      if (group <= groups) replacement += "${g" + std::to_string(group) + "}";
    } else if (c == '$' || (c == '\\' && next != '\\' && next != '$')) {
      return a.fault("the replacement has a single $ or \\");
    } else {
      replacement += c;
      if (c == '\\') replacement += by->at(++i);
    }
  }
  // Numbered groups are put in here, so that a digit behind them stays a digit.
  const icu::UnicodeString wide = icu::UnicodeString::fromUTF8(*text);
  icu::UnicodeString out;
  regex.matcher->reset(wide);
  UErrorCode status = U_ZERO_ERROR;
  std::int32_t last = 0;
  while (regex.matcher->find(status) != 0 && U_SUCCESS(status) != 0) {
    const std::int32_t from = regex.matcher->start(status), to = regex.matcher->end(status);
    out.append(wide, last, from - last);
    for (std::size_t i = 0; i < replacement.size(); ++i) {
      if (replacement[i] == '\\') {
        out.append(static_cast<char16_t>(replacement[++i]));
      } else if (replacement.compare(i, 3, "${g") == 0) {
        const std::size_t end = replacement.find('}', i);
        out.append(regex.matcher->group(std::stoi(replacement.substr(i + 3, end - i - 3)), status));
        i = end;
      } else {
        std::size_t end = i + 1;
        while (end < replacement.size() && replacement[end] != '\\' && replacement[end] != '$') ++end;
        out.append(icu::UnicodeString::fromUTF8(replacement.substr(i, end - i)));
        i = end - 1;
      }
    }
    last = to;
    if (static_cast<std::size_t>(out.length()) > kMaxText) return a.fault("the text is too long");
  }
  if (U_FAILURE(status) != 0) return a.fault("the pattern takes too long");
  out.append(wide, last, wide.length() - last);
  std::string narrow;
  out.toUTF8String(narrow);
  return narrow;
}

Value split(const Arguments& a) {
  const std::string *text = string(a, 0), *pattern = string(a, 1);
  if (text == nullptr || pattern == nullptr) return a.fault("split needs two strings");
  const Pattern regex = compiled(*pattern, nullptr);
  if (!regex.matcher) return a.fault(regex.fault);
  const icu::UnicodeString wide = icu::UnicodeString::fromUTF8(*text);
  regex.matcher->reset(wide);
  UErrorCode status = U_ZERO_ERROR;
  List out;
  std::int32_t last = 0;
  const auto add = [&](std::int32_t from, std::int32_t to) {
    std::string part;
    wide.tempSubStringBetween(from, to).toUTF8String(part);
    out.emplace_back(std::move(part));
  };
  while (regex.matcher->find(status) != 0 && U_SUCCESS(status) != 0 && out.size() < kMaxList) {
    const std::int32_t from = regex.matcher->start(status), to = regex.matcher->end(status);
    if (to == from && (from == 0 || from == wide.length())) continue;
    add(last, from);
    last = to;
  }
  if (U_FAILURE(status) != 0) return a.fault("the pattern takes too long");
  add(last, wide.length());
  return out;
}

Value string_join(const Arguments& a) {
  const auto parts = list(a, 0);
  if (!parts || (given(a, 1) && string(a, 1) == nullptr)) return a.fault("string join needs a list of strings");
  const std::string* between = given(a, 1) ? string(a, 1) : nullptr;
  std::string out;
  bool first = true;
  for (const Value& part : *parts) {
    if (part.null()) continue;
    if (part.string() == nullptr) return a.fault("string join needs a list of strings");
    if (!first && between != nullptr) out += *between;
    out += *part.string();
    first = false;
    if (out.size() > kMaxText) return a.fault("the text is too long");
  }
  return out;
}

Value to_string(const Arguments& a) {
  if (a[0].null()) return {};
  return text(a[0]);
}

constexpr std::array kForms = {
    Form{"substring", "string, start position, length", 2, substring},
    Form{"string length", "string", 1, string_length},
    Form{"upper case", "string", 1, [](const Arguments& a) { return cased(a, true); }},
    Form{"lower case", "string", 1, [](const Arguments& a) { return cased(a, false); }},
    Form{"substring before", "string, match", 2, substring_before},
    Form{"substring after", "string, match", 2, substring_after},
    Form{"replace", "input, pattern, replacement, flags", 3, replace},
    Form{"contains", "string, match", 2,
         [](const Arguments& a) {
           return tested(a, [](const auto& s, const auto& m) { return s.find(m) != std::string::npos; });
         }},
    Form{"starts with", "string, match", 2,
         [](const Arguments& a) { return tested(a, [](const auto& s, const auto& m) { return s.starts_with(m); }); }},
    Form{"ends with", "string, match", 2,
         [](const Arguments& a) { return tested(a, [](const auto& s, const auto& m) { return s.ends_with(m); }); }},
    Form{"matches", "input, pattern, flags", 2, matches},
    Form{"split", "string, delimiter", 2, split},
    Form{"string join", "list, delimiter", 1, string_join},
    Form{"string", "from", 1, to_string},
};

}  // namespace

Forms string_functions() {
  return kForms;
}

}  // namespace tsunagu::platform::feel
