#include "base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace tsunagu {
namespace {

std::string printed(log::Level least, log::Format format, const std::function<void()>& act) {
  testing::internal::CaptureStderr();
  log::configure(least, format);
  act();
  log::configure(log::Level::kInfo, log::Format::kText);
  return testing::internal::GetCapturedStderr();
}

TEST(Log, PrintsOneLinePerEvent) {
  const std::string text = printed(log::Level::kInfo, log::Format::kText, [] {
    log::debug("not {}", "seen");
    log::info("{} entities loaded", 179);
    log::warn("from a client: {}", "a\nb\x1b[0m 札幌");
  });
  EXPECT_THAT(text, testing::MatchesRegex("[-0-9]+T[:.0-9]+Z info    179 entities loaded\n"
                                          "[-0-9]+T[:.0-9]+Z warn[a-z]* +from a client: a\\\\nb\\\\u001b\\[0m 札幌\n"));
}

TEST(Log, PrintsJson) {
  const std::string text =
      printed(log::Level::kError, log::Format::kJson, [] { log::warn("no"), log::error("a \"b\" 100% %v"); });
  EXPECT_THAT(
      text, testing::MatchesRegex(
                "\\{\"time\":\"[-0-9]+T[:.0-9]+Z\",\"level\":\"error\",\"message\":\"a \\\\\"b\\\\\" 100% %v\"\\}\n"));
}

TEST(Log, KnowsItsLevels) {
  EXPECT_EQ(log::parse_level("warn"), log::Level::kWarn);
  EXPECT_FALSE(log::parse_level("loud"));
  EXPECT_EQ(printed(log::Level::kOff, log::Format::kText, [] { log::error("x"); }), "");
}

}  // namespace
}  // namespace tsunagu
