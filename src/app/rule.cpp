// `tsunagu rule`: are the rules in a file rules, what do they say in words, do they trigger each other in a circle?
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "app/commands.h"
#include "automation/loops.h"
#include "automation/words.h"

namespace tsunagu::app {
namespace {

struct RuleOptions {
  std::vector<std::string> files;
};

int check_rules(const RuleOptions& o) {
  std::vector<automation::RulePtr> all;
  int status = 0;
  for (const std::string& file : o.files) {
    std::ifstream in(file, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    if (!in || in.bad()) {
      std::fprintf(stderr, "tsunagu: %s cannot be read\n", file.c_str());
      status = 1;
      continue;
    }
    const auto rules = automation::read_rules(text, file);
    if (!rules) {
      std::fprintf(stderr, "%s\n", rules.error().detail.c_str());
      status = 1;
      continue;
    }
    for (const automation::RulePtr& rule : *rules) {
      const automation::Words words = automation::words_of(*rule);
      std::printf("%s: %s\n  %s\n  %s\n", rule->name.c_str(), rule->title.ja.c_str(), words.ja.c_str(),
                  words.en.c_str());
      all.push_back(rule);
    }
  }
  for (const auto& loop : automation::loops_among(all)) {
    std::string names;
    for (const std::string& name : loop) names += (names.empty() ? "" : " → ") + name;
    std::printf("loop / 循環: %s → %s\n", names.c_str(), loop.front().c_str());
  }
  std::printf("%zu rules\n", all.size());
  return status;
}

}  // namespace

void add_rule(CommandLine& program) {
  CommandLine command = program.command("rule", "Automation rules: check files of them");
  command.needs_command();
  auto o = std::make_shared<RuleOptions>();
  CommandLine check = command.command("check", "Say what is wrong with rules, what they do in words, and which make a loop");
  check.option("files", o->files, "Files of rules (TOML)").required();
  check.footer("Example:\n  tsunagu rule check data/automation/*.toml");
  check.run([o] { return check_rules(*o); });
}

}  // namespace tsunagu::app
