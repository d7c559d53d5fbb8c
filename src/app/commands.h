// The sub-commands of `tsunagu`. Each adds itself to the command line, with its own help and examples.
#pragma once
#include <string>

#include "app/command_line.h"

namespace tsunagu::app {

void add_account(CommandLine& program);
void add_audit(CommandLine& program);
void add_card(CommandLine& program);
void add_key(CommandLine& program);
void add_disclosure(CommandLine& program);
void add_serve(CommandLine& program);
void add_backup(CommandLine& program);
void add_restore(CommandLine& program);
void add_check(CommandLine& program);
void add_history(CommandLine& program);
void add_harvest(CommandLine& program);
void add_import(CommandLine& program);
void add_load(CommandLine& program);
void add_notices(CommandLine& program);
void add_tenant(CommandLine& program);
void add_client(CommandLine& program);
void add_device(CommandLine& program);
void add_data_key(CommandLine& program);
void add_policy(CommandLine& program);
void add_rule(CommandLine& program);
void add_rules(CommandLine& program);

/// "127.0.0.1:1026", "[::1]:1026" or ":1026" → host and port. False when it is none of these.
bool split_address(const std::string& text, std::string& host, unsigned short& port);
/// A port of this machine that is free now: for addresses that must be known before somebody listens there.
unsigned short free_port();
bool is_loopback(const std::string& host);

}  // namespace tsunagu::app
