// Commands that look after a server (accounts, keys) speak its HTTP API: with the server, when it runs; else with the
// same routes in this program, on the data folder. So there is one way that these things are done.
#pragma once
#include <memory>
#include <string>

#include "app/command_line.h"
#include "base/error.h"

namespace tsunagu::app {

struct AdministrationOptions {
  std::string data, at, key_file, data_key_file;
};
void add_administration_options(CommandLine& command, AdministrationOptions& options);

class Administration {
 public:
  /// --at: that server, with the key in --key-file. --data: the server that runs on the folder, found by its
  /// trust/server.url, with its trust/operator.key; when none runs, the folder itself, which is made and set up if it
  /// is not there yet.
  static Result<std::unique_ptr<Administration>> open(const AdministrationOptions& options);
  virtual ~Administration() = default;
  /// The body of the answer as canonical JSON ("" when there is none); an answer that is a problem is an error.
  virtual Result<std::string> ask(const std::string& method, const std::string& path, const std::string& body) = 0;
};

/// "tsunagu: …" on stderr; 1.
int report_error(const Error& error);
/// `key` becomes what is in `file`, when one is named. False when it cannot be read; said on stderr.
bool use_key(const std::string& file, std::string& key);
/// The first line of a file: a key.
Result<std::string> read_key(const std::string& file);
/// A password or PIN: from the terminal without showing it, asked twice when `twice`; else the first line of stdin.
Result<std::string> ask_secret(const std::string& prompt, bool twice);

}  // namespace tsunagu::app
