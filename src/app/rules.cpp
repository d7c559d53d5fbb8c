// `tsunagu rules`: decision models (DMN) and their test cases.
#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <string>

#include "app/commands.h"
#include "platform/dmn/tck.h"

namespace tsunagu::app {

void add_rules(CommandLine& program) {
  auto rules = program.command("rules", "decision models: DMN 1.5 with FEEL");
  rules.needs_command();
  auto tck = rules.command("tck", "run a folder of DMN compatibility cases");
  const auto folder = std::make_shared<std::string>();
  tck.option("folder", *folder, "models (.dmn) and files of cases (.xml), in any depth").required();
  tck.footer(
      "Prints each case that fails with what was expected and what came, and ends with “N passed, N failed”.\n"
      "Cases that need Java are left out.\n"
      "Example:\n"
      "  tsunagu rules tck ../shared/data/rules/dmn-tck/compliance-level-3");
  tck.run([folder] {
    const auto counts =
        platform::dmn::run_tck(*folder, [](const std::string& text) { std::fputs(text.c_str(), stdout); });
    if (!counts) {
      std::fprintf(stderr, "tsunagu: %s\n", counts.error().detail.c_str());
      return 2;
    }
    if (counts->left_out != 0) fmt::print("{} left out: they need Java\n", counts->left_out);
    fmt::print("{} passed, {} failed\n", counts->passed, counts->failed);
    return counts->failed == 0 ? 0 : 1;
  });
}

}  // namespace tsunagu::app
