// The forms of single types. Internal to forms.
#pragma once
#include <string>
#include <string_view>
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

/// Every sign that looks like a hyphen as "-".
std::string plain_dashes(std::string_view text);

}  // namespace tsunagu::catalog
