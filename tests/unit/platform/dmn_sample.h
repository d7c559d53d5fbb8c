// Small models written down in tests.
#pragma once
#include <gtest/gtest.h>

#include <string>

#include "platform/dmn/model.h"

namespace tsunagu::platform::dmn {

inline std::string definitions(const std::string& content, const std::string& space = "urn:test") {
  return R"(<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="test" namespace=")" + space +
         "\">" + content + "</definitions>";
}

/// What a decision gives, as a literal.
inline std::string decided(const std::string& content, const std::string& decision, const feel::Context& inputs = {}) {
  const Source source{"test.dmn", definitions(content)};
  const auto model = Model::read({&source, 1});
  if (!model) return "! " + model.error().detail;
  feel::Machine machine;
  Evaluation evaluation(**model, machine);
  for (const auto& [name, value] : inputs) evaluation.set(name, value);
  return feel::literal(evaluation.decision(decision));
}

/// Input n; a table over it with these rules "test → output".
inline std::string table(const std::string& attributes, const std::string& output,
                         const std::vector<std::pair<std::string, std::string>>& rules) {
  std::string out =
      R"(<inputData id="n" name="n"><variable name="n" typeRef="number"/></inputData><decision id="d" name="d"><variable name="d"/>)"
      R"(<informationRequirement><requiredInput href="#n"/></informationRequirement><decisionTable )" +
      attributes + R"(><input><inputExpression typeRef="number"><text>n</text></inputExpression></input><output>)" +
      output + "</output>";
  for (const auto& [test, result] : rules) {
    out += "<rule><inputEntry><text>" + test + "</text></inputEntry><outputEntry><text>" + result +
           "</text></outputEntry></rule>";
  }
  return out + "</decisionTable></decision>";
}

}  // namespace tsunagu::platform::dmn
