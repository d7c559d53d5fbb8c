#include "gateway/sign_in/authenticators.h"

#include "base/text.h"
#include "gateway/guard/caller.h"
#include "trust/keys.h"

namespace tsunagu::gateway {

namespace {

/// The key that a request shows, in one of the ways that devices know: "Authorization: Bearer KEY", "Token KEY"
/// (clients of InfluxDB 2), as the password of "Basic" (InfluxDB 1), "X-API-Key: KEY". "" for none.
std::string shown_key(const Request& request) {
  std::string_view header = request.header("Authorization");
  std::string token;
  if (header.empty()) {
    token = trim(request.header("X-API-Key"));
  } else {
    const std::string_view scheme = take_until(header, ' ');
    if (equal_ignoring_case(scheme, "Bearer") || equal_ignoring_case(scheme, "Token")) {
      token = trim(header);
    } else if (equal_ignoring_case(scheme, "Basic")) {
      const auto pair = trust::from_base64(trim(header));
      const std::size_t colon = pair ? pair->find(':') : std::string::npos;
      if (colon != std::string::npos) token = pair->substr(colon + 1);
    }
  }
  return trust::AccessKeys::is_key(token) ? token : std::string();
}

}  // namespace

std::string_view bearer_token(const Request& request) {
  std::string_view header = request.header("Authorization");
  if (header.empty()) return {};
  const std::string_view scheme = take_until(header, ' ');
  return equal_ignoring_case(scheme, "Bearer") ? trim(header) : std::string_view();
}

Result<std::optional<trust::SubjectPtr>> SessionAuthenticator::who(const Request& request, Instant now) {
  const std::string_view token = cookies_.session(request);
  if (token.empty()) return std::nullopt;
  if (trust::SubjectPtr subject = sessions_.who(token, now)) return subject;
  const std::string_view wanted_for = request.header("Sec-Fetch-Dest");
  const bool part_of_page = !wanted_for.empty() && wanted_for != "empty";
  if (part_of_page || request.path().starts_with("/auth/")) return std::nullopt;
  return fail(ErrorCode::kUnauthorized, "your session has ended: sign in again");
}

Result<std::optional<trust::SubjectPtr>> SessionAuthenticator::still(const Request& request, Instant now) {
  if (cookies_.session(request).empty()) return std::nullopt;
  const trust::SessionPtr session = sessions_.find(request.caller()->subject->session, now);
  if (session) return std::optional(session->subject);
  return fail(ErrorCode::kUnauthorized, "your session has ended: sign in again");
}

Result<std::optional<trust::SubjectPtr>> KeyAuthenticator::who(const Request& request, Instant now) {
  const std::string token = shown_key(request);
  if (token.empty()) return std::nullopt;
  auto subject = keys_.who(token, now);
  if (!subject) return tl::unexpected(subject.error());
  return std::optional(std::move(*subject));
}

Result<std::optional<trust::SubjectPtr>> CertificateAuthenticator::who(const Request& request, Instant now) {
  const ClientCertificate* certificate = request.client_certificate();
  if (certificate == nullptr) return std::nullopt;
  trust::SubjectPtr subject = keys_.of_certificate(certificate->fingerprint, now);
  if (!subject) return std::nullopt;
  if (now >= certificate->until) return fail(ErrorCode::kUnauthorized, "the client certificate has expired");
  return std::optional(std::move(subject));
}

}  // namespace tsunagu::gateway
