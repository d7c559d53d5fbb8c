#include "things/command_text.h"

#include "base/json.h"
#include "base/text.h"
#include "ngsi/json_walk.h"

namespace tsunagu::things {
namespace {

namespace walk = ngsi::walk;

/// A value as UltraLight writes it: texts without quotes. Its separators cannot be said, and become spaces.
void append_bare(std::string& out, std::string_view json) {
  std::string text = walk::is_string(json) ? json_string_text(json) : std::string(json);
  for (char& c : text) {
    if (c == '|' || c == '#' || static_cast<unsigned char>(c) < ' ') c = ' ';
  }
  out += text;
}

bool says_error(std::string_view text) {
  return text.size() >= 5 && equal_ignoring_case(text.substr(0, 5), "error");
}

tl::unexpected<Error> no_answer(std::string detail) {
  return fail(ErrorCode::kInvalidRequest, std::move(detail));
}

Result<std::vector<CommandAnswer>> read_json_answer(std::string_view payload) {
  std::string json;
  if (!append_canonical_json(json, payload, 16) || !walk::is_object(json)) {
    return no_answer("an answer to a command is a JSON object {\"NAME\":RESULT}, or ADDRESS@NAME|RESULT");
  }
  std::vector<CommandAnswer> answers;
  walk::any_member(json, [&](std::string_view key, std::string_view value) {
    const bool failed = !walk::member(value, "error").empty();
    answers.push_back({json_string_text(key), std::string(value == "null" ? "\"\"" : value), failed});
    return false;
  });
  if (answers.empty()) return no_answer("an answer to a command names the command");
  return answers;
}

}  // namespace

std::string command_payload(Format format, std::string_view address, std::string_view name, std::string_view value) {
  std::string out;
  if (format != Format::kUltraLight) {
    out += '{';
    append_json_string(out, name);
    return out.append(1, ':').append(value).append(1, '}');
  }
  out.append(address).append(1, '@').append(name);
  if (walk::is_object(value)) {
    walk::any_member(value, [&](std::string_view key, std::string_view part) {
      out.append(1, '|').append(json_string_text(key)).append(1, '=');
      append_bare(out, part);
      return false;
    });
  } else {
    out += '|';
    append_bare(out, value);
  }
  return out;
}

Result<std::vector<CommandAnswer>> read_command_answer(std::string_view payload) {
  const std::string_view text = trim(payload);
  if (text.starts_with('{')) return read_json_answer(text);
  const std::size_t at = text.find('@'), bar = text.find('|', at);
  if (at == std::string_view::npos || !valid_utf8(text)) return read_json_answer(text);
  const std::string_view result = bar == std::string_view::npos ? std::string_view() : text.substr(bar + 1);
  CommandAnswer answer;
  answer.name = std::string(text.substr(at + 1, bar == std::string_view::npos ? bar : bar - at - 1));
  if (answer.name.empty()) return no_answer("an answer to a command names the command: ADDRESS@NAME|RESULT");
  append_json_string(answer.result, result);
  answer.failed = says_error(result);
  return std::vector<CommandAnswer>{std::move(answer)};
}

}  // namespace tsunagu::things
