#include "gateway/ngsild/link.h"

#include "base/text.h"
#include "base/uri.h"
#include "base/url.h"

namespace tsunagu::gateway::ngsild {
namespace {

constexpr std::string_view kContextRelation = "http://www.w3.org/ns/json-ld#context";

tl::unexpected<Error> unreadable() {
  return bad(
      "the Link header cannot be read; it should look like "
      "<https://example.org/context.jsonld>; rel=\"http://www.w3.org/ns/json-ld#context\"; "
      "type=\"application/ld+json\"");
}

std::string_view skip_space(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(" \t"), text.size()));
}

/// Reads a parameter's value, a token or a quoted string, off the front of `rest`.
bool take_value(std::string_view& rest, std::string_view& value) {
  if (!rest.empty() && rest.front() == '"') {
    const std::size_t end = rest.find('"', 1);
    if (end == std::string_view::npos) return false;
    value = rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
    return true;
  }
  const std::size_t end = std::min(rest.find_first_of(";,"), rest.size());
  value = trim(rest.substr(0, end));
  rest.remove_prefix(end);
  return true;
}

bool has_relation(std::string_view relations, std::string_view wanted) {
  while (!relations.empty()) {
    if (equal_ignoring_case(take_until(relations, ' '), wanted)) return true;
  }
  return false;
}

}  // namespace

Result<std::string> context_link(std::string_view rest) {
  std::string found;
  while (!(rest = skip_space(rest)).empty()) {
    if (rest.front() == ',') {
      rest.remove_prefix(1);
      continue;
    }
    const std::size_t end = rest.find('>');
    if (rest.front() != '<' || end == std::string_view::npos) return unreadable();
    const std::string_view url = trim(rest.substr(1, end - 1));
    rest.remove_prefix(end + 1);
    bool is_context = false;
    while (!(rest = skip_space(rest)).empty() && rest.front() != ',') {
      if (rest.front() != ';') return unreadable();
      rest = skip_space(rest.substr(1));
      const std::size_t name_end = std::min(rest.find_first_of("=;,"), rest.size());
      const std::string_view parameter = trim(rest.substr(0, name_end));
      rest.remove_prefix(name_end);
      std::string_view value;
      if (!rest.empty() && rest.front() == '=') {
        rest = skip_space(rest.substr(1));
        if (!take_value(rest, value)) return unreadable();
      }
      if (equal_ignoring_case(parameter, "rel") && has_relation(value, kContextRelation)) is_context = true;
    }
    if (!is_context) continue;
    if (!is_absolute_iri(url))
      return bad("the @context in the Link header is not an absolute URL: " + std::string(url));
    if (!found.empty() && found != url) return bad("the Link header names two different @contexts");
    found = url;
  }
  return found;
}

std::string print_context_link(std::string_view url) {
  std::string out;
  out.reserve(url.size() + 80);
  out.append("<").append(url).append(">; rel=\"").append(kContextRelation).append("\"; type=\"application/ld+json\"");
  return out;
}

std::string print_page_link(std::string_view url, std::string_view rel, std::string_view media_type) {
  std::string out = "<";
  out.append(url).append(">; rel=\"").append(rel).append("\"; type=\"").append(media_type).append("\"");
  return out;
}

namespace {

/// Appends a part of a URL as it was sent, but for characters that a URL in a header must not have.
void append_url_text(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c > ' ' && c < 0x7f && std::string_view("<>\"\\^`{|}").find(c) == std::string_view::npos) {
      out += c;
    } else {
      append_percent_encoded(out, {&c, 1});
    }
  }
}

}  // namespace

std::string page_target(std::string_view target, std::uint64_t limit, std::uint64_t offset) {
  std::string out(take_until(target, '?'));
  out += '?';
  while (!target.empty()) {
    const std::string_view parameter = take_until(target, '&');
    const std::string_view key = parameter.substr(0, parameter.find('='));
    if (parameter.empty() || key == "limit" || key == "offset") continue;
    append_url_text(out, parameter);
    out += '&';
  }
  out.append("limit=").append(std::to_string(limit));
  out.append("&offset=").append(std::to_string(offset));
  return out;
}

void append_path_segment(std::string& out, std::string_view text) {
  constexpr std::string_view kAllowed = "!$&'()*+,;=:@";
  for (const char c : text) {
    if (kAllowed.find(c) != std::string_view::npos) {
      out += c;
    } else {
      append_percent_encoded(out, {&c, 1});
    }
  }
}

}  // namespace tsunagu::gateway::ngsild
