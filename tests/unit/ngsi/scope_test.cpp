#include <gtest/gtest.h>

#include "build_entity.h"
#include "ngsi/query.h"

namespace tsunagu::ngsi {
namespace {

using namespace test;

bool scoped(std::string_view q, std::vector<std::string> scopes) {
  const auto parsed = parse_scope_q(q);
  EXPECT_TRUE(parsed) << q;
  return parsed && matches(*parsed, *record("urn:a:1", {}, {"Thing"}, std::move(scopes)));
}
bool typed(std::string_view q, std::vector<std::string> types) {
  const auto r = record("urn:a:1", {}, std::move(types));
  const auto parsed = parse_types(q, *core_context());
  EXPECT_TRUE(parsed) << q;
  return parsed && matches(*parsed, *r);
}
std::string scope_error(std::string_view q) {
  const auto parsed = parse_scope_q(q);
  return parsed ? "no error" : parsed.error().detail;
}
std::string type_error(std::string_view q) {
  const auto parsed = parse_types(q, *core_context());
  return parsed ? "no error" : parsed.error().detail;
}

TEST(ScopeQuery, ExactLevels) {
  EXPECT_TRUE(scoped("/Madrid", {"/Madrid"}));
  EXPECT_FALSE(scoped("/Madrid", {"/Madrid/Gardens"}));
  EXPECT_FALSE(scoped("/Madrid/Gardens", {"/Madrid"}));
  EXPECT_TRUE(scoped("Madrid", {"/Madrid"}));
  EXPECT_FALSE(scoped("/Madrid", {"/madrid"}));
  EXPECT_TRUE(scoped("/北海道/札幌市", {"/東京都", "/北海道/札幌市"}));
}

TEST(ScopeQuery, PlusIsOneLevel) {
  EXPECT_TRUE(scoped("/Madrid/+/North", {"/Madrid/Gardens/North"}));
  EXPECT_FALSE(scoped("/Madrid/+/North", {"/Madrid/North"}));
  EXPECT_TRUE(scoped("/+", {"/Madrid"}));
  EXPECT_FALSE(scoped("/+", {"/Madrid/Gardens"}));
}

TEST(ScopeQuery, HashIsTheScopeAndAllBelow) {
  EXPECT_TRUE(scoped("/Madrid/#", {"/Madrid"}));
  EXPECT_TRUE(scoped("/Madrid/#", {"/Madrid/Gardens/North"}));
  EXPECT_FALSE(scoped("/Madrid/#", {"/Madrid2"}));
  EXPECT_TRUE(scoped("/#", {"/anything"}));
  EXPECT_FALSE(scoped("/#", {}));
  EXPECT_TRUE(scoped("/+/Gardens/#", {"/Madrid/Gardens/North"}));
}

TEST(ScopeQuery, AndOr) {
  EXPECT_TRUE(scoped("/A,/B", {"/B"}));
  EXPECT_TRUE(scoped("/A|/B", {"/B"}));
  EXPECT_FALSE(scoped("/A;/B", {"/B"}));
  EXPECT_TRUE(scoped("(/A;/B)|/C", {"/A", "/B"}));
  EXPECT_TRUE(scoped("(/A;/B)|/C", {"/C"}));
  EXPECT_FALSE(scoped("(/A;/B)|/C", {"/A"}));
}

TEST(ScopeQuery, Errors) {
  EXPECT_EQ(scope_error(""), "scopeQ: expected the name of a scope level, '+' or '#' (at character 1)");
  EXPECT_EQ(scope_error("/a/#/b"), "scopeQ: '#' stands for everything below and must come last (at character 5)");
  EXPECT_EQ(scope_error("/a//b"), "scopeQ: expected the name of a scope level, '+' or '#' (at character 4)");
  EXPECT_EQ(scope_error("/a b"), "scopeQ: expected ',' or ';' or the end here (at character 4)");
  EXPECT_EQ(scope_error("(/a"), "scopeQ: expected ')' (at character 4)");
  EXPECT_NE(scope_error(std::string(100, '(') + "/a"), "no error");
  for (const char* q : {"/a,", "/", ",/a", "/a;", "/a)", "/a+", "/a#", "()"})
    EXPECT_NE(scope_error(q), "no error") << q;
}

TEST(TypeSelection, AndOr) {
  EXPECT_TRUE(typed("Home", {"Home"}));
  EXPECT_FALSE(typed("Home", {"Vehicle"}));
  EXPECT_TRUE(typed("Home,Vehicle", {"Vehicle"}));
  EXPECT_TRUE(typed("(Home;Vehicle)|Motorhome", {"Home", "Vehicle"}));
  EXPECT_FALSE(typed("(Home;Vehicle)|Motorhome", {"Home"}));
  EXPECT_TRUE(typed("(Home;Vehicle)|Motorhome", {"Motorhome"}));
  EXPECT_TRUE(typed(" Home , Vehicle ", {"Vehicle"}));
  EXPECT_TRUE(typed("https://uri.etsi.org/ngsi-ld/default-context/Home", {"Home"}));
  EXPECT_TRUE(typed("*", {"Whatever"}));
}

TEST(TypeSelection, UnknownNamesMatchNothing) {
  EXPECT_FALSE(typed("NobodyHasThisType", {"Home"}));
}

TEST(TypeSelection, Errors) {
  EXPECT_EQ(type_error(""), "type: expected the name of an entity type (at character 1)");
  EXPECT_EQ(type_error("A,,B"), "type: expected the name of an entity type (at character 3)");
  EXPECT_EQ(type_error("A<B"), "type: character not allowed in the name of a type (at character 2)");
  EXPECT_EQ(type_error("A B"), "type: expected ',' or ';' or the end here (at character 3)");
  for (const char* q : {"(A", "A)", "A;", ";A", "()", "*,A", "\"A\""}) EXPECT_NE(type_error(q), "no error") << q;
}

}  // namespace
}  // namespace tsunagu::ngsi
