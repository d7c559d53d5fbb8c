// Commands as devices read them, and what they answer (docs/commands.md). Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "things/observation.h"

namespace tsunagu::things {

/// {"NAME":VALUE}, or for kUltraLight ADDRESS@NAME|VALUE; an object of parameters becomes a=1|b=2. `value`: canonical
/// JSON.
std::string command_payload(Format format, std::string_view address, std::string_view name, std::string_view value);

struct CommandAnswer {
  std::string name;
  std::string result;   ///< canonical JSON
  bool failed = false;  ///< the device says that it could not: {"NAME":{"error":…}}, ADDRESS@NAME|ERROR…
};
/// An answer in either form: {"NAME":RESULT,…} or ADDRESS@NAME|RESULT. InvalidRequest when it is neither.
Result<std::vector<CommandAnswer>> read_command_answer(std::string_view payload);

}  // namespace tsunagu::things
