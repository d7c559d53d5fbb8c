#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <csignal>

#include "app/commands.h"
#include "base/version.h"

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  CLI::App program{
      "Tsunagu (つなぐ): the open city OS. One program keeps a live, historical graph of a region (ETSI NGSI-LD).\n"
      "地域の「いま」と「これまで」をひとつのグラフに。"};
  program.name("tsunagu");
  program.set_version_flag("--version", fmt::format("tsunagu {} ({})", tsunagu::version(), tsunagu::commit()));
  program.require_subcommand(1);
  program.footer(
      "Examples:\n"
      "  tsunagu serve --data var/region                       start on a folder, empty or existing\n"
      "  tsunagu load --to http://127.0.0.1:1026 --mapping data/mappings/shelters.toml FILE\n"
      "  tsunagu backup --data var/region --to region.backup   while it runs, or not\n"
      "Each command explains itself: tsunagu COMMAND --help");
  tsunagu::app::Command chosen;
  tsunagu::app::add_serve(program, chosen);
  tsunagu::app::add_load(program, chosen);
  tsunagu::app::add_harvest(program, chosen);
  tsunagu::app::add_import(program, chosen);
  tsunagu::app::add_notices(program, chosen);
  tsunagu::app::add_backup(program, chosen);
  tsunagu::app::add_restore(program, chosen);
  tsunagu::app::add_check(program, chosen);
  tsunagu::app::add_history(program, chosen);
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? 0 : 2;
  }
  return chosen();
}
