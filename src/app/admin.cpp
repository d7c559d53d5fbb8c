// backup, restore, check: work on the folder of a stopped or running store, and on the files beside it. Of a backup in
// FILE, the files are in the folder FILE.files.
#include <cstdio>
#include <filesystem>
#include <memory>

#include "app/commands.h"
#include "catalog/files.h"
#include "store/embedded.h"
#include "store/sealing.h"

namespace tsunagu::app {
namespace {

int report(const Error& error) {
  std::fprintf(stderr, "tsunagu: %s: %s\n", info(error.code).title, error.detail.c_str());
  return 1;
}

struct Folders {
  std::string data, file, data_key_file;
  /// The files of the catalogue in the data folder, and in the backup.
  std::filesystem::path kept() const { return std::filesystem::path(data) / "files"; }
  std::filesystem::path copied() const { return file + ".files"; }
};

void add_key_option(CommandLine& command, Folders& folders) {
  command.option("--data-key-file", folders.data_key_file, "File of the data key, when the folder is sealed");
}

/// Runs `work` with the data keys, where some are given.
int with_keys(const Folders& folders, const std::function<int()>& work) {
  if (!folders.data_key_file.empty()) {
    if (auto used = store::use_data_keys(folders.data_key_file); !used) return report(used.error());
  }
  return work();
}

}  // namespace

void add_backup(CommandLine& program) {
  CommandLine command = program.command(
      "backup", "Write a consistent copy of a data folder: the graph into one file, open data files beside it");
  auto options = std::make_shared<Folders>();
  command.option("--data", options->data, "Data folder of the store (it may be running)").required();
  command.option("--to", options->file, "File to write; must not exist yet").required();
  add_key_option(command, *options);
  command.footer("Example:\n  tsunagu backup --data var/region --to /mnt/backup/region-2026-11-22.tsunagu");
  command.run([options] {
    return with_keys(*options, [options] {
      if (auto done = store::backup_folder(options->data, options->file); !done) return report(done.error());
      // After the graph: what it refers to was there before.
      if (auto done = catalog::copy_files(options->kept(), options->copied()); !done) return report(done.error());
      std::printf("Backup written to %s\n", options->file.c_str());
      return 0;
    });
  });
}

void add_restore(CommandLine& program) {
  CommandLine command = program.command("restore", "Lay a backup into an empty or absent folder, verified first");
  auto options = std::make_shared<Folders>();
  command.option("--from", options->file, "Backup file").required().existing_file();
  command.option("--data", options->data, "Data folder to make").required();
  add_key_option(command, *options);
  command.footer(
      "Example:\n  tsunagu restore --from region.backup --data var/region2 && tsunagu serve --data var/region2");
  command.run([options] {
    return with_keys(*options, [options] {
      if (auto done = store::restore_folder(options->file, options->data); !done) return report(done.error());
      if (auto done = catalog::copy_files(options->copied(), options->kept()); !done) return report(done.error());
      std::printf("Restored into %s\n", options->data.c_str());
      return 0;
    });
  });
}

void add_check(CommandLine& program) {
  CommandLine command =
      program.command("check", "Prove that checkpoint, journal and history of a data folder decode and agree");
  auto options = std::make_shared<Folders>();
  command.option("--data", options->data, "Data folder").required();
  add_key_option(command, *options);
  command.footer("Example:\n  tsunagu check --data var/region\nExit status 0: sound. 1: problems, one per line.");
  command.run([options] {
    return with_keys(*options, [options] {
      auto checked = store::check_folder(options->data);
      if (!checked) return report(checked.error());
      for (auto& problem : catalog::check_files(options->kept())) checked->problems.push_back(std::move(problem));
      for (auto& problem : checked->problems) std::printf("problem: %s\n", problem.c_str());
      std::printf("%llu entities in %llu tenants, %llu journal rows, %llu leaves with %llu points: %s\n",
                  static_cast<unsigned long long>(checked->entities), static_cast<unsigned long long>(checked->tenants),
                  static_cast<unsigned long long>(checked->journal_rows),
                  static_cast<unsigned long long>(checked->leaves), static_cast<unsigned long long>(checked->points),
                  checked->problems.empty() ? "sound" : "NOT sound");
      return checked->problems.empty() ? 0 : 1;
    });
  });
}

}  // namespace tsunagu::app
