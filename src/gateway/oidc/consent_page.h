// Pages that the provider shows itself: whether a person allows an app something, whether they want to sign out, and
// what was wrong with a request that cannot be answered to the app. In three languages, without scripts.
#pragma once
#include <string>
#include <string_view>

#include "gateway/http/http.h"
#include "trust/clients/client.h"

namespace tsunagu::gateway::oidc {

enum class Language : unsigned char { kJapanese, kEasy, kEnglish };
/// Of ui_locales (ja, ja-easy, en; the first that is known), else of the browser.
Language language_of(std::string_view ui_locales, std::string_view accept_language);

struct ConsentPage {
  Language language;
  const trust::Client& client;
  std::string_view person;   ///< name of who is asked
  std::string_view scopes;   ///< asked for
  std::string_view query;    ///< of the request, to come back with the answer
  std::string_view goes_to;  ///< the redirect address
};
Response show(const ConsentPage& page);

struct SignOutPage {
  Language language;
  std::string_view person;
  std::string_view query;
};
Response show(const SignOutPage& page);
/// "You are signed out."
Response show_signed_out(Language language);

/// The style sheet of these pages, served at /oidc/page.css.
std::string_view page_style();

/// 400; `reason` in English, for the maker of the app.
Response show_refusal(Language language, std::string_view reason);

}  // namespace tsunagu::gateway::oidc
