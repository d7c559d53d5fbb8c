// Requests of the command line to a server that runs.
#pragma once
#include <string>

#include "base/error.h"

namespace tsunagu::app {

struct RunningServer {
  std::string address;   ///< "https://data.example.lg.jp"
  std::string key_file;  ///< its first line is a key (tsunagu key add); "": nobody asks
};

/// The body of an answer with a status below 300. Otherwise the error says which status and what the server says.
Result<std::string> ask_server(const RunningServer& server, const std::string& method, const std::string& path,
                               std::string json);

}  // namespace tsunagu::app
