// The words of a FEEL text. Names are cut into their parts (“pre-tax income” is pre, -, tax, income); what belongs
// together is for the parser to say, which knows the names in scope (DMN 1.5 clause 10.3.1.3).
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "platform/feel/machine.h"

namespace tsunagu::platform::feel {

struct Token {
  enum class Kind : unsigned char { kEnd, kName, kNumber, kString, kSign } kind = Kind::kEnd;
  std::string_view text;  ///< into the source
  std::uint32_t at = 0;
  std::string content;  ///< of a string, without quotes and escapes
};

/// Always ends with kEnd. The first fault, if any, is in `fault`.
std::vector<Token> tokens_of(std::string_view source, std::string& fault, std::uint32_t& fault_at);
/// The parts of a name, as tokens_of gives them.
std::vector<std::string> parts_of(std::string_view name);
void append_utf8(std::string& out, std::uint32_t code_point);

}  // namespace tsunagu::platform::feel
