#include "base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace tsunagu {
namespace {

constexpr unsigned kCodes = static_cast<unsigned>(ErrorCode::kReadOnly) + 1;

TEST(ErrorTable, NamesEveryCodeOnce) {
  std::set<std::string> names;
  for (unsigned code = 0; code < kCodes; ++code) {
    const ErrorInfo& row = info(static_cast<ErrorCode>(code));
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_GE(row.status, 400u) << row.name;
    EXPECT_LE(row.status, 599u) << row.name;
    EXPECT_STRNE(row.title, "") << row.name;
    EXPECT_STRNE(row.title_ja, "") << row.name;
  }
}

TEST(ErrorTable, TypesAreThoseOfTheSpecificationOrNone) {
  const std::string prefix = "https://uri.etsi.org/ngsi-ld/errors/";
  for (unsigned code = 0; code < kCodes; ++code) {
    const ErrorInfo& row = info(static_cast<ErrorCode>(code));
    EXPECT_THAT(std::string(row.type), testing::AnyOf("about:blank", prefix + row.name));
  }
  EXPECT_EQ(info(ErrorCode::kResourceNotFound).type, prefix + "ResourceNotFound");
  EXPECT_EQ(info(ErrorCode::kResourceNotFound).status, 404u);
  EXPECT_EQ(info(ErrorCode::kLdContextNotAvailable).status, 504u);
  EXPECT_EQ(info(ErrorCode::kOperationNotSupported).status, 422u);
}

TEST(Problem, IsOneJsonObject) {
  EXPECT_EQ(problem_json({ErrorCode::kBadRequestData, "line 3: \"x\""}),
            R"({"type":"https://uri.etsi.org/ngsi-ld/errors/BadRequestData","title":"Bad request data",)"
            R"("status":400,"detail":"line 3: \"x\""})");
}

TEST(Result, CarriesAValueOrAnError) {
  const auto half = [](int n) -> Result<int> {
    if (n % 2 != 0) return bad("odd");
    return n / 2;
  };
  EXPECT_EQ(half(4).value(), 2);
  ASSERT_FALSE(half(3));
  EXPECT_EQ(half(3).error().code, ErrorCode::kBadRequestData);
  EXPECT_EQ(half(3).error().detail, "odd");
}

}  // namespace
}  // namespace tsunagu
