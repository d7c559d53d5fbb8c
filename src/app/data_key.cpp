// `tsunagu data-key`: keys that data folders are sealed with.
#include <cstdio>
#include <memory>
#include <string>

#include "app/commands.h"
#include "store/sealing.h"

namespace tsunagu::app {
namespace {

struct KeyOptions {
  std::string data, file;
};

int report(const Error& error) {
  std::fprintf(stderr, "tsunagu: %s: %s\n", info(error.code).title, error.detail.c_str());
  return 1;
}

int reseal(const KeyOptions& o, Result<void> (*how)(const std::filesystem::path&), const char* done_text) {
  if (auto used = store::use_data_keys(o.file); !used) return report(used.error());
  if (auto done = how(o.data); !done) return report(done.error());
  std::printf("%s %s\n", o.data.c_str(), done_text);
  return 0;
}

int rotate(const KeyOptions& o) {
  if (auto used = store::use_data_keys(o.file); !used) return report(used.error());
  if (auto added = store::add_data_key(o.file); !added) return report(added.error());
  std::printf("%s begins with a new key now; the old ones stay behind it for backups that need them\n", o.file.c_str());
  return reseal(o, store::seal_folder, "is sealed with the new key");
}

}  // namespace

void add_data_key(CommandLine& program) {
  CommandLine command = program.command("data-key", "Seal data folders (encryption at rest) and turn their keys over");
  command.needs_command();
  command.footer(
      "Examples:\n"
      "  (umask 077; tsunagu data-key new > data.key)                          a new key\n"
      "  tsunagu serve --data var/region --data-key-file data.key              a new folder is sealed from its first "
      "byte\n"
      "  tsunagu data-key seal --data var/region --data-key-file data.key      an existing one; the server is stopped\n"
      "  tsunagu data-key rotate --data var/region --data-key-file data.key    a new key for everything");
  auto o = std::make_shared<KeyOptions>();

  CommandLine make = command.command("new", "Print a new key");
  make.footer("Example:\n  (umask 077; tsunagu data-key new > data.key)");
  make.run([] {
    std::printf("%s\n", store::new_data_key().c_str());
    return 0;
  });

  struct Way {
    const char *name, *text, *example;
    std::function<int()> work;
  };
  const Way ways[] = {
      {"seal", "Seal a folder with the first key of the file, whether it was sealed before or not",
       "Example:\n  tsunagu data-key seal --data var/region --data-key-file data.key",
       [o] { return reseal(*o, store::seal_folder, "is sealed"); }},
      {"rotate", "Put a new key first into the file and seal the folder with it",
       "Example:\n  tsunagu data-key rotate --data var/region --data-key-file data.key", [o] { return rotate(*o); }},
      {"unseal", "Take the seal away", "Example:\n  tsunagu data-key unseal --data var/region --data-key-file data.key",
       [o] { return reseal(*o, store::unseal_folder, "is not sealed any more"); }}};
  for (const Way& way : ways) {
    CommandLine each = command.command(way.name, way.text);
    each.option("--data", o->data, "Data folder that nobody uses").required();
    each.option("--data-key-file", o->file, "File of data keys: the first seals, the others only read").required();
    each.footer(way.example);
    each.run(way.work);
  }
}

}  // namespace tsunagu::app
