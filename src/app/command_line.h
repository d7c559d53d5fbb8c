// The words of a call: commands, options, help. CLI11 stands behind it and is compiled in one file only, because it
// costs every file that includes it ten seconds.
#pragma once
#include <algorithm>
#include <concepts>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace tsunagu::app {

/// One option; every call gives it back. Its default is in the help unless it is empty.
class Option {
 public:
  explicit Option(CLI::Option* option) : option_(option) {}
  Option& required();
  Option& one_of(std::vector<std::string> words);
  Option& existing_file();

 private:
  CLI::Option* option_;
};

/// A command. What is given outlives the parsing: `value`s are usually members of options that run() shares.
class CommandLine {
 public:
  explicit CommandLine(CLI::App* app) : app_(app) {}

  CommandLine command(const std::string& name, const std::string& text);
  /// One of the commands below it has to be named.
  void needs_command();

  /// `name`: "--data", "-m,--mapping", or "files" for words without a name.
  Option option(const std::string& name, std::string& value, const std::string& text);
  Option option(const std::string& name, std::vector<std::string>& values, const std::string& text);
  /// A whole number from `least` to `most`.
  template <std::integral Number>
  Option option(const std::string& name, Number& value, const std::string& text, std::int64_t least = 0,
                std::int64_t most = std::numeric_limits<std::int64_t>::max()) {
    if constexpr (sizeof(Number) < sizeof most) {
      most = std::min(most, static_cast<std::int64_t>(std::numeric_limits<Number>::max()));
    }
    return number(name, static_cast<std::int64_t>(value), text, least, most,
                  [&value](std::int64_t given) { value = static_cast<Number>(given); });
  }
  /// A number from `least` to `most`.
  Option option(const std::string& name, double& value, const std::string& text, double least, double most);
  void flag(const std::string& name, bool& value, const std::string& text);
  void config_file(const std::string& name, const std::string& text);
  /// Behind the options in the help: examples.
  void footer(const std::string& text);

  /// What to do when this command is chosen; gives the exit status: 0 success, 1 the work failed, 2 the words of the
  /// call are wrong.
  void run(std::function<int()> work);

 private:
  Option number(const std::string& name, std::int64_t value, const std::string& text, std::int64_t least,
                std::int64_t most, std::function<void(std::int64_t)> take);
  CLI::App* app_;
};

struct Program {
  std::string name, text, version, footer;
};
/// Parses the call and runs the command that it chooses; gives the exit status.
int run_program(const Program& program, const std::function<void(CommandLine&)>& add_commands, int argc, char** argv);

}  // namespace tsunagu::app
