#include <fmt/format.h>

#include <csignal>

#include "app/commands.h"
#include "base/version.h"

int main(int argc, char** argv) {
  using namespace tsunagu;
  std::signal(SIGPIPE, SIG_IGN);
  app::Program program;
  program.name = "tsunagu";
  program.text =
      "Tsunagu (つなぐ): the open city OS. One program keeps a live, historical graph of a region (ETSI NGSI-LD).\n"
      "地域の「いま」と「これまで」をひとつのグラフに。";
  program.version = fmt::format("tsunagu {} ({})", version(), commit());
  program.footer =
      "Examples:\n"
      "  tsunagu serve --data var/region                       start on a folder, empty or existing\n"
      "  tsunagu load --to http://127.0.0.1:1026 --mapping data/mappings/shelters.toml FILE\n"
      "  tsunagu backup --data var/region --to region.backup   while it runs, or not\n"
      "Each command explains itself: tsunagu COMMAND --help";
  const auto add_commands = [](app::CommandLine& line) {
    app::add_serve(line);
    app::add_account(line);
    app::add_key(line);
    app::add_card(line);
    app::add_load(line);
    app::add_harvest(line);
    app::add_import(line);
    app::add_notices(line);
    app::add_tenant(line);
    app::add_client(line);
    app::add_device(line);
    app::add_data_key(line);
    app::add_policy(line);
    app::add_rule(line);
    app::add_rules(line);
    app::add_backup(line);
    app::add_restore(line);
    app::add_check(line);
    app::add_history(line);
    app::add_audit(line);
    app::add_disclosure(line);
  };
  return app::run_program(program, add_commands, argc, argv);
}
