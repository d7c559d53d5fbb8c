#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <atomic>
#include <string>

#include "base/json.h"

namespace tsunagu::log {
namespace {

struct Name {
  Level level;
  std::string_view text;
  spdlog::level::level_enum spdlog;
};

constexpr std::array kNames{
    Name{Level::kDebug, "debug", spdlog::level::debug}, Name{Level::kInfo, "info", spdlog::level::info},
    Name{Level::kWarn, "warn", spdlog::level::warn},    Name{Level::kError, "error", spdlog::level::err},
    Name{Level::kOff, "off", spdlog::level::off},
};

std::atomic<Level> least_level{Level::kInfo};
std::atomic<Format> line_format{Format::kText};

constexpr const char* kTextPattern = "%Y-%m-%dT%H:%M:%S.%eZ %-7l %v";
constexpr const char* kJsonPattern = R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","message":%v})";

spdlog::logger& logger() {
  static spdlog::logger instance = [] {
    spdlog::logger made("tsunagu", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made.set_level(spdlog::level::trace);
    made.set_pattern(kTextPattern, spdlog::pattern_time_type::utc);
    return made;
  }();
  return instance;
}

// A message on one line: control characters become the escapes of JSON.
std::string on_one_line(std::string_view message) {
  std::string line;
  for (const char c : message) {
    if (static_cast<unsigned char>(c) >= 0x20) {
      line += c;
      continue;
    }
    std::string escaped;
    append_json_string(escaped, std::string_view(&c, 1));
    line.append(escaped, 1, escaped.size() - 2);
  }
  return line;
}

std::string as_json(std::string_view message) {
  std::string json;
  append_json_string(json, valid_utf8(message) ? message : std::string_view("a message that is not UTF-8"));
  return json;
}

}  // namespace

std::optional<Level> parse_level(std::string_view name) {
  for (const Name& row : kNames) {
    if (row.text == name) return row.level;
  }
  return std::nullopt;
}

void configure(Level least, Format format) {
  least_level = least;
  line_format = format;
  logger().set_pattern(format == Format::kJson ? kJsonPattern : kTextPattern, spdlog::pattern_time_type::utc);
}

bool enabled(Level level) {
  return level >= least_level.load(std::memory_order_relaxed) && level != Level::kOff;
}

void write(Level level, std::string_view message) {
  if (!enabled(level)) return;
  const bool json = line_format.load(std::memory_order_relaxed) == Format::kJson;
  logger().log(kNames[static_cast<std::size_t>(level)].spdlog, json ? as_json(message) : on_one_line(message));
}

}  // namespace tsunagu::log
