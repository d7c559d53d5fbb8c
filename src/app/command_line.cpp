#include "app/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <initializer_list>
#include <memory>
#include <string_view>

#include "base/text.h"

namespace tsunagu::app {
namespace {

/// What the chosen command does; kept by the program while it parses.
std::function<int()>& chosen() {
  static std::function<int()> work;
  return work;
}

/// What is wrong with a config file that holds a secret; "" when it holds none. Options name files of secrets instead.
std::string secret_in(const std::string& file) {
  std::ifstream in(file);
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    const std::size_t equals = line.find('=');
    const std::string_view name = trim(std::string_view(line).substr(0, equals));
    if (name.starts_with('#')) continue;
    const bool named =
        std::ranges::any_of(std::initializer_list<std::string_view>{"password", "passwd", "secret", "token", "api-key",
                                                                    "private-key", "data-key"},
                            [name](std::string_view word) { return name.find(word) != std::string_view::npos; });
    if ((!named || name.ends_with("-file")) && line.find("-----BEGIN ") == std::string::npos) continue;
    return file + ", line " + std::to_string(number) +
           ": a secret does not belong into a config file, which is shown and " +
           "copied. Put it into a file of its own (chmod 600) and give the name of that file with an option that ends "
           "in "
           "-file, such as --data-key-file";
  }
  return {};
}

}  // namespace

Option& Option::required() {
  option_->required();
  return *this;
}

Option& Option::one_of(std::vector<std::string> words) {
  option_->check(CLI::IsMember(std::move(words)));
  return *this;
}

Option& Option::existing_file() {
  option_->check(CLI::ExistingFile);
  return *this;
}

CommandLine CommandLine::command(const std::string& name, const std::string& text) {
  return CommandLine(app_->add_subcommand(name, text));
}

void CommandLine::needs_command() {
  app_->require_subcommand(1);
}

Option CommandLine::option(const std::string& name, std::string& value, const std::string& text) {
  auto* option = app_->add_option(name, value, text);
  if (!value.empty()) option->capture_default_str();
  return Option(option);
}

Option CommandLine::option(const std::string& name, std::vector<std::string>& values, const std::string& text) {
  return Option(app_->add_option(name, values, text));
}

Option CommandLine::number(const std::string& name, std::int64_t value, const std::string& text, std::int64_t least,
                           std::int64_t most, std::function<void(std::int64_t)> take) {
  auto* option = app_->add_option_function<std::int64_t>(name, std::move(take), text);
  option->default_str(std::to_string(value));
  if (most == std::numeric_limits<std::int64_t>::max() && least == 0) {
    option->check(CLI::NonNegativeNumber);
  } else {
    option->check(CLI::Range(least, most));
  }
  return Option(option);
}

Option CommandLine::option(const std::string& name, double& value, const std::string& text, double least, double most) {
  return Option(app_->add_option(name, value, text)->capture_default_str()->check(CLI::Range(least, most)));
}

void CommandLine::flag(const std::string& name, bool& value, const std::string& text) {
  app_->add_flag(name, value, text);
}

void CommandLine::config_file(const std::string& name, const std::string& text) {
  app_->set_config(name, "", text)->check(secret_in);
}

void CommandLine::footer(const std::string& text) {
  app_->footer(text);
}

void CommandLine::run(std::function<int()> work) {
  app_->callback([work = std::move(work)] { chosen() = work; });
}

int run_program(const Program& program, const std::function<void(CommandLine&)>& add_commands, int argc, char** argv) {
  CLI::App app{program.text};
  app.name(program.name);
  app.set_version_flag("--version", program.version);
  app.require_subcommand(1);
  app.footer(program.footer);
  CommandLine line(&app);
  add_commands(line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return chosen()();
}

}  // namespace tsunagu::app
