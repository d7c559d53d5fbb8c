// Rules that trigger each other: found before they are switched on. Live loops are stopped by the engine.
#pragma once
#include <string>
#include <vector>

#include "automation/rule.h"

namespace tsunagu::automation {

/// May what `writer` writes trigger `reader`? By names of attributes and types; what is done to linked entities counts
/// for every type.
bool may_trigger(const Rule& writer, const Rule& reader);

/// Each group of rules that may trigger one another in a circle, by name; a rule that triggers itself is a group of its
/// own. A circle need not be a fault: a value that is set ends the condition. Cost: the square of the number of rules
/// that write.
std::vector<std::vector<std::string>> loops_among(const std::vector<RulePtr>& rules);

}  // namespace tsunagu::automation
