// The forms of single types. Internal to forms.
#pragma once
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catalog/studio/forms.h"

namespace tsunagu::catalog {

Form time_form(std::string_view text);
Form phone_form(std::string_view text);
/// Decimal degrees, from 43°03′44.2″, 北緯43度3分44秒, 43/3/44.2 and, unsurely, 430344.2.
Form degrees_form(std::string_view text);
/// A municipality's or prefecture's code. Whether there is one of this code is for Places to say.
Form code_form(std::string_view text);
Form corporate_form(std::string_view text);
Form weekdays_form(std::string_view text);
Form list_form(std::string_view text);
Form kana_form(std::string_view text);
Form flag_form(std::string_view text, std::string_view yes, std::string_view no);
Form choice_form(std::string_view text, const std::vector<std::string>& codes);

namespace forms {

inline bool digit(char c) {
  return c >= '0' && c <= '9';
}
inline bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), digit);
}
inline Form wrong() {
  return {Form::Fit::kWrong, {}};
}
/// Right when `made` is `text` already.
inline Form fixed(std::string_view text, std::string made) {
  if (made == text) return {};
  return {Form::Fit::kFixable, std::move(made)};
}
inline Form unsure(std::string made) {
  return {Form::Fit::kUnsure, std::move(made)};
}

}  // namespace forms

/// Every sign that looks like a hyphen as "-".
std::string plain_dashes(std::string_view text);

}  // namespace tsunagu::catalog
