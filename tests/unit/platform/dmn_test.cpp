#include "dmn_sample.h"

namespace tsunagu::platform::dmn {
namespace {

using feel::Context;
using feel::Decimal;
using feel::Value;

std::string with(const std::string& attributes, int n, const std::string& output = "",
                 const std::vector<std::pair<std::string, std::string>>& rules = {
                     {"&lt; 10", "1"}, {"[5..20]", "2"}, {"5", "1"}}) {
  return decided(table(attributes, output, rules), "d", {{"n", Decimal(n)}});
}

TEST(DecisionTable, HitPolicies) {
  EXPECT_EQ(with("", 1), "1");
  EXPECT_EQ(with(R"(hitPolicy="UNIQUE")", 7), "null");
  EXPECT_EQ(with(R"(hitPolicy="ANY")", 7), "null");
  EXPECT_EQ(with(R"(hitPolicy="ANY")", 15), "2");
  EXPECT_EQ(with(R"(hitPolicy="FIRST")", 7), "1");
  EXPECT_EQ(with(R"(hitPolicy="RULE ORDER")", 7), "[1, 2]");
  EXPECT_EQ(with(R"(hitPolicy="PRIORITY")", 7, "<outputValues><text>2, 1</text></outputValues>"), "2");
  EXPECT_EQ(with(R"(hitPolicy="OUTPUT ORDER")", 5, "<outputValues><text>2, 1</text></outputValues>"), "[2, 1, 1]");
  EXPECT_EQ(with(R"(hitPolicy="COLLECT")", 5), "[1, 2, 1]");
  EXPECT_EQ(with(R"(hitPolicy="COLLECT" aggregation="SUM")", 5), "4");
  EXPECT_EQ(with(R"(hitPolicy="COLLECT" aggregation="MIN")", 5), "1");
  EXPECT_EQ(with(R"(hitPolicy="COLLECT" aggregation="MAX")", 5), "2");
  EXPECT_EQ(with(R"(hitPolicy="COLLECT" aggregation="COUNT")", 5), "3");
}

TEST(DecisionTable, NoRuleHolds) {
  EXPECT_EQ(with("", 100), "null");
  EXPECT_EQ(with("", 100, "<defaultOutputEntry><text>0</text></defaultOutputEntry>"), "0");
}

TEST(DecisionTable, UnaryTests) {
  const std::vector<std::pair<std::string, std::string>> rules = {
      {"not(1, 2, &gt; 5)", "\"other\""}, {"? * 2 = 4", "\"two\""}, {"1, 7", "\"one or seven\""}, {"-", "\"any\""}};
  EXPECT_EQ(with(R"(hitPolicy="FIRST")", 3, "", rules), "\"other\"");
  EXPECT_EQ(with(R"(hitPolicy="FIRST")", 2, "", rules), "\"two\"");
  EXPECT_EQ(with(R"(hitPolicy="FIRST")", 7, "", rules), "\"one or seven\"");
  EXPECT_EQ(with(R"(hitPolicy="FIRST")", 9, "", rules), "\"any\"");
}

TEST(Model, TypesAreChecked) {
  const std::string model = R"(
    <itemDefinition name="tColour"><typeRef>string</typeRef><allowedValues><text>"red", "blue"</text></allowedValues></itemDefinition>
    <itemDefinition name="tCars" isCollection="true"><itemComponent name="paint"><typeRef>tColour</typeRef></itemComponent></itemDefinition>
    <inputData id="cars" name="cars"><variable name="cars" typeRef="tCars"/></inputData>
    <decision id="d" name="d"><variable name="d"/><informationRequirement><requiredInput href="#cars"/></informationRequirement>
      <literalExpression><text>cars.paint</text></literalExpression></decision>)";
  const auto car = [](const char* paint) { return Value(Context{{"paint", Value(std::string(paint))}}); };
  EXPECT_EQ(decided(model, "d", {{"cars", feel::List{car("red"), car("blue")}}}), R"(["red", "blue"])");
  EXPECT_EQ(decided(model, "d", {{"cars", car("red")}}), R"(["red"])");
  EXPECT_EQ(decided(model, "d", {{"cars", feel::List{car("green")}}}), "null");
}

TEST(Model, KnowledgeAndServicesAreFunctions) {
  const std::string model = R"(
    <businessKnowledgeModel id="fact" name="fact"><variable name="fact"/>
      <encapsulatedLogic><formalParameter name="n" typeRef="number"/>
        <literalExpression><text>if n &lt; 2 then 1 else n * fact(n - 1)</text></literalExpression></encapsulatedLogic>
      <knowledgeRequirement><requiredKnowledge href="#fact"/></knowledgeRequirement></businessKnowledgeModel>
    <inputData id="a" name="a"><variable name="a" typeRef="number"/></inputData>
    <decision id="twice" name="twice"><variable name="twice"/><informationRequirement><requiredInput href="#a"/></informationRequirement>
      <literalExpression><text>a * 2</text></literalExpression></decision>
    <decisionService id="double" name="double"><variable name="double"/><outputDecision href="#twice"/><inputData href="#a"/></decisionService>
    <decision id="d" name="d"><variable name="d"/><knowledgeRequirement><requiredKnowledge href="#fact"/></knowledgeRequirement>
      <knowledgeRequirement><requiredKnowledge href="#double"/></knowledgeRequirement>
      <literalExpression><text>[fact(5), double(4), double(a: 5), double("x")]</text></literalExpression></decision>)";
  EXPECT_EQ(decided(model, "d"), "[120, 8, 10, null]");
}

TEST(Model, BoxedExpressions) {
  const auto boxed = [](const std::string& xml) {
    return decided("<decision id=\"d\" name=\"d\"><variable name=\"d\"/>" + xml + "</decision>", "d");
  };
  const auto text = [](const std::string& feel) {
    return "<literalExpression><text>" + feel + "</text></literalExpression>";
  };
  EXPECT_EQ(boxed("<context><contextEntry><variable name=\"a\"/>" + text("1") +
                  "</contextEntry><contextEntry><variable name=\"b\"/>" + text("a + 1") + "</contextEntry></context>"),
            "{a: 1, b: 2}");
  EXPECT_EQ(boxed("<context><contextEntry><variable name=\"a\"/>" + text("1") + "</contextEntry><contextEntry>" +
                  text("a + 5") + "</contextEntry></context>"),
            "6");
  EXPECT_EQ(boxed("<list>" + text("1") + text("2") + "</list>"), "[1, 2]");
  EXPECT_EQ(
      boxed("<relation><column name=\"x\"/><column name=\"y\"/><row>" + text("1") + text("2") + "</row></relation>"),
      "[{x: 1, y: 2}]");
  EXPECT_EQ(boxed("<conditional><if>" + text("1 = 1") + "</if><then>" + text("\"y\"") + "</then><else>" +
                  text("\"n\"") + "</else></conditional>"),
            "\"y\"");
  EXPECT_EQ(boxed("<filter><in>" + text("[1, 5, 9]") + "</in><match>" + text("item &gt; 3") + "</match></filter>"),
            "[5, 9]");
  EXPECT_EQ(
      boxed("<for iteratorVariable=\"i\"><in>" + text("1..3") + "</in><return>" + text("i * i") + "</return></for>"),
      "null");
  EXPECT_EQ(
      boxed("<for iteratorVariable=\"i\"><in>" + text("[1..3]") + "</in><return>" + text("i * i") + "</return></for>"),
      "[1, 4, 9]");
  EXPECT_EQ(boxed("<every iteratorVariable=\"i\"><in>" + text("[1, 2]") + "</in><satisfies>" + text("i &gt; 0") +
                  "</satisfies></every>"),
            "true");
  EXPECT_EQ(boxed("<invocation>" + text("upper case") + "<binding><parameter name=\"string\"/>" + text("\"a\"") +
                  "</binding></invocation>"),
            "\"A\"");
}

TEST(Model, ImportsByNamespace) {
  const Source sources[] = {
      {"main.dmn",
       definitions(R"(<import namespace="urn:lib" name="lib" importType="https://www.omg.org/spec/DMN/20230324/MODEL/"/>
         <decision id="d" name="d"><variable name="d" typeRef="lib.tAge"/>
         <knowledgeRequirement><requiredKnowledge href="urn:lib#f"/></knowledgeRequirement>
         <literalExpression><text>lib.next age(4)</text></literalExpression></decision>)")},
      {"lib.dmn", definitions(R"(<itemDefinition name="tAge"><typeRef>number</typeRef></itemDefinition>
         <businessKnowledgeModel id="f" name="next age"><variable name="next age"/><encapsulatedLogic><formalParameter name="a" typeRef="tAge"/>
         <literalExpression><text>a + 1</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>)",
                              "urn:lib")}};
  const auto model = Model::read(sources);
  ASSERT_TRUE(model);
  EXPECT_TRUE((*model)->faults().empty());
  feel::Machine machine;
  EXPECT_EQ(feel::literal(Evaluation(**model, machine).decision("d")), "5");
}

TEST(Model, BadModelsAreRefusedOrSayWhatIsWrong) {
  const auto read = [](const std::string& text) {
    const Source source{"x.dmn", text};
    return Model::read({&source, 1});
  };
  EXPECT_FALSE(read("no XML"));
  EXPECT_FALSE(read("<a/>"));
  EXPECT_FALSE(read("<!DOCTYPE a [<!ENTITY b 'c'>]><definitions/>"));
  const auto model = read(
      definitions(R"(<decision id="d" name="d"><literalExpression><text>1 +</text></literalExpression></decision>)"));
  ASSERT_TRUE(model);
  ASSERT_EQ((*model)->faults().size(), 1u);
  EXPECT_EQ((*model)->faults()[0].where, "d");
  EXPECT_EQ((*model)->faults()[0].at, 3u);
}

TEST(Model, ADecisionThatNeedsItselfIsNull) {
  EXPECT_EQ(
      decided(
          R"(<decision id="d" name="d"><variable name="d"/><informationRequirement><requiredDecision href="#e"/></informationRequirement>
      <literalExpression><text>e + 1</text></literalExpression></decision>
    <decision id="e" name="e"><variable name="e"/><informationRequirement><requiredDecision href="#d"/></informationRequirement>
      <literalExpression><text>d + 1</text></literalExpression></decision>)",
          "d"),
      "null");
}

}  // namespace
}  // namespace tsunagu::platform::dmn
