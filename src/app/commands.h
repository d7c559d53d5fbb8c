// The sub-commands of `tsunagu`. Each adds itself to the command line, with its own help and examples; the number it
// returns when run is the exit status of the program: 0 success, 1 the work failed, 2 the words of the call are wrong.
#pragma once
#include <functional>
#include <string>

namespace CLI {
class App;
}

namespace tsunagu::app {

/// What was chosen on the command line; run by main once parsing has succeeded.
using Command = std::function<int()>;

void add_serve(CLI::App& program, Command& chosen);
void add_backup(CLI::App& program, Command& chosen);
void add_restore(CLI::App& program, Command& chosen);
void add_check(CLI::App& program, Command& chosen);
void add_history(CLI::App& program, Command& chosen);
void add_import(CLI::App& program, Command& chosen);
void add_load(CLI::App& program, Command& chosen);
void add_notices(CLI::App& program, Command& chosen);
void add_harvest(CLI::App& program, Command& chosen);

/// "127.0.0.1:1026", "[::1]:1026" or ":1026" → host and port. False when it is none of these.
bool split_address(const std::string& text, std::string& host, unsigned short& port);

}  // namespace tsunagu::app
