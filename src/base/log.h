// One line per event on standard error: for people ("2024-02-29T12:00:00.000Z warn  text") or as JSON
// ({"time":…,"level":…,"message":…}). Safe from every thread. Line ends inside a message are escaped, so that nothing a
// client sends can forge a line.
#pragma once
#include <fmt/format.h>

#include <optional>
#include <string_view>
#include <utility>

namespace tsunagu::log {

enum class Level { kDebug, kInfo, kWarn, kError, kOff };
enum class Format { kText, kJson };

/// "debug", "info", "warn", "error", "off"; empty for anything else.
std::optional<Level> parse_level(std::string_view name);

/// Before: kInfo and kText. Call it before other threads log.
void configure(Level least, Format format);

bool enabled(Level level);
void write(Level level, std::string_view message);

template <class... Args>
void debug(fmt::format_string<Args...> text, Args&&... args) {
  if (enabled(Level::kDebug)) write(Level::kDebug, fmt::format(text, std::forward<Args>(args)...));
}
template <class... Args>
void info(fmt::format_string<Args...> text, Args&&... args) {
  if (enabled(Level::kInfo)) write(Level::kInfo, fmt::format(text, std::forward<Args>(args)...));
}
template <class... Args>
void warn(fmt::format_string<Args...> text, Args&&... args) {
  if (enabled(Level::kWarn)) write(Level::kWarn, fmt::format(text, std::forward<Args>(args)...));
}
template <class... Args>
void error(fmt::format_string<Args...> text, Args&&... args) {
  if (enabled(Level::kError)) write(Level::kError, fmt::format(text, std::forward<Args>(args)...));
}

}  // namespace tsunagu::log
