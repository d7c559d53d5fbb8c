#include "gateway/sign_in/cookies.h"

#include "base/text.h"

namespace tsunagu::gateway {
namespace {

constexpr std::string_view kDevice = "tsunagu_device";

}  // namespace

std::string_view cookie(const Request& request, std::string_view name) {
  // Several Cookie headers arrive joined by ", "; none of our values has a comma.
  std::string_view rest = request.header("Cookie");
  while (!rest.empty()) {
    const std::size_t end = rest.find_first_of(";,");
    std::string_view one = trim(rest.substr(0, end));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    const std::string_view key = trim(take_until(one, '='));
    if (key == name) return trim(one);
  }
  return {};
}

SignInCookies::SignInCookies(std::string_view public_url)
    : secure_(public_url.starts_with("https://")), session_(secure_ ? "__Host-tsunagu_session" : "tsunagu_session") {}

std::string_view SignInCookies::session(const Request& request) const {
  return cookie(request, session_);
}

std::string_view SignInCookies::device(const Request& request) const {
  return cookie(request, kDevice);
}

Header SignInCookies::set_session(std::string_view token) const {
  std::string text = session_;
  text.append("=").append(token).append("; Path=/; HttpOnly; SameSite=Lax").append(secure_ ? "; Secure" : "");
  return {"Set-Cookie", std::move(text)};
}

Header SignInCookies::clear_session() const {
  std::string text = session_ + "=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0";
  return {"Set-Cookie", text.append(secure_ ? "; Secure" : "")};
}

Header SignInCookies::set_device(std::string_view device) const {
  std::string text(kDevice);
  text.append("=").append(device).append("; Path=/auth/; HttpOnly; SameSite=Strict; Max-Age=31536000");
  return {"Set-Cookie", text.append(secure_ ? "; Secure" : "")};
}

}  // namespace tsunagu::gateway
