// Accounts that are there to be shown: anybody who sits at the machine may use them (POST /auth/demo, loopback only).
#pragma once
#include <functional>
#include <string_view>
#include <vector>

#include "trust/sign_in/accounts.h"

namespace tsunagu::trust {

/// [[account]] account, kind, id, name and about {ja, easy, en}, home, tenant; a text stands for all languages.
/// `file` is for errors only.
Result<std::vector<Account>> read_demonstration(std::string_view text, std::string_view file);

/// Makes those that are missing and brings the others up to date. Conflict when one has the name of an account that is
/// no demonstration; the others are made. `wanted` is not empty.
void make_demonstration(Accounts& accounts, std::vector<Account> wanted, std::function<void(Result<void>)> done);

}  // namespace tsunagu::trust
