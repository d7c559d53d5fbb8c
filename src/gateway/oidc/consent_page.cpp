#include "gateway/oidc/consent_page.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace tsunagu::gateway::oidc {
namespace {

/// Japanese, easy Japanese (with readings, HTML), English.
using Words = std::array<std::string_view, 3>;

constexpr Words kTag{"ja", "ja", "en"};
constexpr Words kAllowTitle{"アプリに許可しますか", "アプリを <ruby>使<rt>つか</rt></ruby>いますか", "Allow this app?"};
constexpr Words kWants{"が、あなたとして次のことをしてよいか、たずねています。",
                       "が、あなたの<ruby>代<rt>か</rt></ruby>わりに することが あります。よいですか。",
                       " asks whether it may do this as you:"};
constexpr Words kAs{"いまの利用者", "いまの <ruby>人<rt>ひと</rt></ruby>", "Signed in as"};
constexpr Words kGoesTo{"許可すると、ここに移ります", "「はい」の あとに、ここに <ruby>行<rt>い</rt></ruby>きます",
                        "Then you go on to"};
constexpr Words kAllow{"許可する", "はい。よいです", "Allow"};
constexpr Words kDeny{"やめる", "いいえ。やめます", "Do not allow"};
constexpr Words kOutTitle{"サインアウトしますか", "<ruby>終<rt>お</rt></ruby>わりますか", "Sign out?"};
constexpr Words kOut{"サインアウトする", "はい。<ruby>終<rt>お</rt></ruby>わります", "Sign out"};
constexpr Words kStay{"このまま使う", "いいえ。まだ <ruby>使<rt>つか</rt></ruby>います", "Stay signed in"};
constexpr Words kIsOut{"サインアウトしました", "<ruby>終<rt>お</rt></ruby>わりました", "You are signed out"};
constexpr Words kHome{"はじめのページへ", "はじめの ページに <ruby>行<rt>い</rt></ruby>く", "To the first page"};
constexpr Words kRefused{"このアプリからは進めません", "この アプリでは できません", "This app cannot go on"};
constexpr Words kRefusedWhy{"アプリからの要求に誤りがあります。アプリの提供者にお知らせください。",
                            "アプリに まちがいが あります。アプリを <ruby>作<rt>つく</rt></ruby>った "
                            "<ruby>人<rt>ひと</rt></ruby>に <ruby>言<rt>い</rt></ruby>ってください。",
                            "The app asks in a wrong way. Please tell its provider."};

constexpr Words kRight{"次の権限を使う:", "この <ruby>権限<rt>けんげん</rt></ruby>を <ruby>使<rt>つか</rt></ruby>う:",
                       "Use this right of yours:"};

struct ScopeWords {
  std::string_view scope;
  Words words;
};
constexpr std::array<ScopeWords, 5> kScopes{{
    {"openid", {"あなたがだれかを知る", "あなたが だれか <ruby>見<rt>み</rt></ruby>る", "Know who you are"}},
    {"profile",
     {"名前とサインイン名を見る", "あなたの <ruby>名前<rt>なまえ</rt></ruby>を <ruby>見<rt>み</rt></ruby>る",
      "See your name and sign-in name"}},
    {"offline_access",
     {"あなたが使っていないときも続ける", "あなたが いない ときも <ruby>続<rt>つづ</rt></ruby>ける",
      "Go on while you are away"}},
    {"graph.read",
     {"あなたが見られるデータを見る",
      "あなたが <ruby>見<rt>み</rt></ruby>る ことの できる データを <ruby>見<rt>み</rt></ruby>る",
      "See the data that you may see"}},
    {"graph.write",
     {"あなたが変えられるデータを変える",
      "あなたが <ruby>変<rt>か</rt></ruby>える ことの できる データを <ruby>変<rt>か</rt></ruby>える",
      "Change the data that you may change"}},
}};

constexpr std::string_view kStyle =
    "body{margin:0;font:1.05rem/1.9 system-ui,sans-serif;color:#1b2733;background:#f3f6f8}"
    "main{max-width:34rem;margin:8vh auto;padding:2rem;background:#fff;border-radius:12px;box-shadow:0 1px 6px #0002}"
    "h1{font-size:1.4rem;margin:0 0 1rem}ul{padding-left:1.4rem}dt{color:#53626f;font-size:.9rem}dd{margin:0 0 .8rem;"
    "overflow-wrap:anywhere}form{display:flex;gap:.8rem;flex-wrap:wrap;margin-top:1.4rem}button,.go{font:inherit;"
    "padding:.5rem 1.4rem;border:1px solid #0b5cad;border-radius:8px;background:#fff;color:#0b5cad;cursor:pointer;"
    "text-decoration:none}button.first{background:#0b5cad;color:#fff}button:focus-visible,a:focus-visible{outline:3px "
    "solid #e08700;outline-offset:2px}rt{font-size:.55em}small{color:#53626f}"
    "@media(prefers-color-scheme:dark){body{background:#111820;color:#e6edf3}main{background:#1a232d}dt,small{color:"
    "#a9b7c4}button,.go{background:#1a232d;color:#8ec5ff;border-color:#8ec5ff}button.first{background:#8ec5ff;color:"
    "#0b1a2a}}";

std::string_view in(Language language, const Words& words) {
  return words[static_cast<std::size_t>(language)];
}

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
}
std::string escaped(std::string_view text) {
  std::string out;
  append_escaped(out, text);
  return out;
}

/// Where a form may lead, as a source of a Content-Security-Policy. `address` has passed read_registration().
std::string form_target(std::string_view address) {
  if (address.empty()) return {};
  const std::size_t colon = address.find(':');
  const bool web = address.starts_with("https://") || address.starts_with("http://");
  if (!web) return " " + std::string(address.substr(0, colon + 1));
  const std::string_view origin = address.substr(0, address.find_first_of("/?", colon + 3));
  return origin.find_first_of(";, '\"") == std::string_view::npos ? " " + std::string(origin) : std::string();
}

Response page(Language language, const Words& title, std::string_view inside, std::string_view goes_to = {}) {
  Response response;
  response.content_type = "text/html; charset=utf-8";
  response.headers = {{"Cache-Control", "no-store"},
                      {"Content-Security-Policy",
                       "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
                       "form-action 'self'" +
                           form_target(goes_to)},
                      {"Referrer-Policy", "same-origin"},
                      {"X-Content-Type-Options", "nosniff"}};
  std::string plain(in(language, title));
  for (std::size_t open = plain.find('<'); open != std::string::npos; open = plain.find('<')) {
    const bool reading = plain.substr(open).starts_with("<rt>");
    const std::size_t close = reading ? plain.find("</rt>", open) + 4 : plain.find('>', open);
    plain.erase(open, close - open + 1);
  }
  response.body = "<!doctype html><html lang=\"" + std::string(in(language, kTag)) +
                  "\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>" + plain +
                  " | つなぐ</title><link rel=\"stylesheet\" href=\"/oidc/page.css\"><main><h1>" +
                  std::string(in(language, title)) + "</h1>" + std::string(inside) + "</main></html>";
  return response;
}

std::string buttons(Language language, std::string_view action, std::string_view query, const Words& yes,
                    const Words& no) {
  return "<form method=\"post\" action=\"" + std::string(action) +
         "\"><input type=\"hidden\" name=\"request\" value=\"" + escaped(query) +
         "\"><button class=\"first\" name=\"decision\" value=\"allow\">" + std::string(in(language, yes)) +
         "</button><button name=\"decision\" value=\"deny\">" + std::string(in(language, no)) + "</button></form>";
}

std::string_view known_language(std::string_view tag) {
  return tag.substr(0, tag.find_first_of(";-_"));
}

}  // namespace

std::string_view page_style() {
  return kStyle;
}

Language language_of(std::string_view ui_locales, std::string_view accept_language) {
  while (!ui_locales.empty()) {
    const std::string_view tag = take_until(ui_locales, ' ');
    if (tag == "ja-easy") return Language::kEasy;
    if (known_language(tag) == "ja") return Language::kJapanese;
    if (known_language(tag) == "en") return Language::kEnglish;
  }
  while (!accept_language.empty()) {
    const std::string_view tag = known_language(trim(take_until(accept_language, ',')));
    if (tag == "ja") return Language::kJapanese;
    if (tag == "en") return Language::kEnglish;
  }
  return Language::kJapanese;
}

Response show(const ConsentPage& asked) {
  const bool english = asked.language == Language::kEnglish && !asked.client.name_en.empty();
  std::string inside = "<p><strong>" + escaped(english ? asked.client.name_en : asked.client.name) + "</strong>" +
                       std::string(in(asked.language, kWants)) + "</p><ul>";
  for (const ScopeWords& each : kScopes) {
    if (trust::has_scope(asked.scopes, each.scope))
      inside += "<li>" + std::string(in(asked.language, each.words)) + "</li>";
  }
  for (std::string_view rest = asked.scopes; !rest.empty();) {
    const std::string_view scope = take_until(rest, ' ');
    if (std::ranges::find(kScopes, scope, &ScopeWords::scope) == kScopes.end())
      inside += "<li>" + std::string(in(asked.language, kRight)) + " " + escaped(scope) + "</li>";
  }
  inside += "</ul><dl><dt>" + std::string(in(asked.language, kAs)) + "</dt><dd>" + escaped(asked.person) + "</dd><dt>" +
            std::string(in(asked.language, kGoesTo)) + "</dt><dd>" +
            escaped(asked.goes_to.substr(0, asked.goes_to.find('?'))) + "</dd></dl>";
  inside += buttons(asked.language, "/oidc/consent", asked.query, kAllow, kDeny);
  return page(asked.language, kAllowTitle, inside, asked.goes_to);
}

Response show(const SignOutPage& asked) {
  const std::string inside = "<dl><dt>" + std::string(in(asked.language, kAs)) + "</dt><dd>" + escaped(asked.person) +
                             "</dd></dl>" + buttons(asked.language, "/oidc/sign-out", asked.query, kOut, kStay);
  return page(asked.language, kOutTitle, inside);
}

Response show_signed_out(Language language) {
  return page(language, kIsOut, "<p><a class=\"go\" href=\"/\">" + std::string(in(language, kHome)) + "</a></p>");
}

Response show_refusal(Language language, std::string_view reason) {
  Response response =
      page(language, kRefused,
           "<p>" + std::string(in(language, kRefusedWhy)) + "</p><p><small>" + escaped(reason) + "</small></p>");
  response.status = 400;
  return response;
}

}  // namespace tsunagu::gateway::oidc
