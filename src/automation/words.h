// What a rule says and does, in words: for the list of rules, for the record of every action, for a trial.
#pragma once
#include "automation/machine.h"

namespace tsunagu::automation {

/// An expression for people: 「水位が 4 cm 未満」, "water level is below 4 cm".
Words words_of(const Rule& rule, const ngsi::QueryExpr& q);
/// The rule in one or two sentences: when, if, then.
Words words_of(const Rule& rule);
Words words_of(const Rule& rule, const Action& action);

/// Why it happened, with the values that the entity had: 「水位が 3.2 cm で、「水位が 4 cm 未満」が 10分 続いたため。」
Words reason_of(const Rule& rule, const Step& step, const Moment& moment);

/// `template_text` with "{name}" replaced by the value of the entity's attribute; what is absent becomes "–".
std::string filled(std::string_view template_text, const ngsi::Record& record);
/// The value that an action writes, canonical JSON: a text that is "{name}" alone becomes that attribute's value as it
/// is; empty when it is not there.
std::string value_for(const Action& action, const ngsi::Record& record);

}  // namespace tsunagu::automation
