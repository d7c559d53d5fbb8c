#include "ngsi/body.h"

#include <simdjson.h>

#include <vector>

#include "ngsi/body_decode.h"
#include "ngsi/body_json.h"

namespace tsunagu::ngsi {

namespace dom = simdjson::dom;

namespace {

// Parsers keep their buffers between bodies. A body takes one and gives it back to the thread on which it ends.
class ParserPool {
 public:
  static std::unique_ptr<dom::parser> take(int max_depth) {
    auto& idle = parsers();
    std::unique_ptr<dom::parser> parser;
    if (idle.empty()) {
      parser = std::make_unique<dom::parser>();
    } else {
      parser = std::move(idle.back());
      idle.pop_back();
    }
    const auto depth = static_cast<std::size_t>(max_depth) + 1;
    if (parser->capacity() == 0 || parser->max_depth() != depth) {
      if (parser->allocate(kLeastCapacity, depth)) return nullptr;
    }
    return parser;
  }
  static void give_back(std::unique_ptr<dom::parser> parser) {
    auto& idle = parsers();
    if (parser && parser->capacity() <= kKeptCapacity && idle.size() < kKept) idle.push_back(std::move(parser));
  }

 private:
  static constexpr std::size_t kLeastCapacity = 4096;
  static constexpr std::size_t kKeptCapacity = 128u << 10;
  static constexpr std::size_t kKept = 4;
  static std::vector<std::unique_ptr<dom::parser>>& parsers() {
    thread_local std::vector<std::unique_ptr<dom::parser>> idle;
    return idle;
  }
};

// The text with ".0" behind every integer that may need more than 64 bits, so that it is read as double. "" if there is
// none.
std::string with_big_integers_as_doubles(std::string_view text) {
  constexpr std::size_t kSafeDigits = 18;
  std::string out;
  std::size_t copied = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      for (++i; i < text.size() && text[i] != '"'; ++i)
        if (text[i] == '\\') ++i;
    } else if (c >= '0' && c <= '9') {
      const std::size_t from = i;
      while (i < text.size() && text[i] >= '0' && text[i] <= '9') ++i;
      const char next = i < text.size() ? text[i] : ' ';
      const bool integer = next != '.' && next != 'e' && next != 'E';
      const bool whole_part =
          from == 0 ||
          (text[from - 1] != '.' && text[from - 1] != 'e' && text[from - 1] != 'E' && text[from - 1] != '+' &&
           !(text[from - 1] == '-' && from > 1 && (text[from - 2] == 'e' || text[from - 2] == 'E')));
      if (integer && whole_part && i - from > kSafeDigits) {
        out.append(text.substr(copied, i - copied)).append(".0");
        copied = i;
      }
      --i;
    }
  }
  if (copied == 0) return {};
  return out.append(text.substr(copied));
}

DecodeRules entity_rules(BodyRule rule) {
  DecodeRules rules;
  rules.whole = rule == BodyRule::kWhole || rule == BodyRule::kEvolution;
  rules.evolution = rule == BodyRule::kEvolution || rule == BodyRule::kEvolutionFragment;
  rules.simplified = rule == BodyRule::kMergeSimplified;
  rules.null_in_value = rules.value_optional = rule == BodyRule::kMerge || rules.simplified;
  rules.null_instance = rules.null_member = rule == BodyRule::kFragment || rules.null_in_value;
  return rules;
}

DecodeRules attribute_rules(BodyRule rule) {
  DecodeRules rules = entity_rules(rule);
  rules.whole = false;
  rules.value_optional = rules.null_member;
  return rules;
}

dom::element find_member(const dom::element& element, std::string_view name, bool& found) {
  dom::object object;
  dom::element value;
  found = !element.get_object().get(object) && !object.at_key(name).get(value);
  return value;
}

std::string text_of(const dom::element& element) {
  std::string out, problem;
  append_json(out, element, true, problem);
  return problem.empty() ? out : std::string();
}

}  // namespace

struct Body::State {
  std::unique_ptr<dom::parser> parser;
  BodyLimits limits;
  dom::element root;
  std::vector<dom::element> items;  // of an array body

  ~State() { ParserPool::give_back(std::move(parser)); }
  const dom::element* item(std::size_t i) const {
    if (root.is_array()) return i < items.size() ? &items[i] : nullptr;
    return i == 0 ? &root : nullptr;
  }
};

Body::Body(std::unique_ptr<State> state) : state_(std::move(state)) {}
Body::Body(Body&&) noexcept = default;
Body& Body::operator=(Body&&) noexcept = default;
Body::~Body() = default;

Result<Body> Body::parse(std::string_view text, const BodyLimits& limits) {
  if (text.size() > limits.max_bytes)
    return fail(ErrorCode::kContentTooLarge, "The body has " + std::to_string(text.size()) + " bytes; the limit is " +
                                                 std::to_string(limits.max_bytes));
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos)
    return fail(ErrorCode::kInvalidRequest, "The body is empty: send a JSON document");

  auto state = std::make_unique<State>();
  state->limits = limits;
  state->parser = ParserPool::take(limits.max_depth);
  if (!state->parser) return fail(ErrorCode::kUnavailable, "Not enough memory to read the body; try again later");
  simdjson::error_code code = state->parser->parse(text.data(), text.size()).get(state->root);
  if (code == simdjson::NUMBER_ERROR) {
    if (std::string readable = with_big_integers_as_doubles(text); !readable.empty())
      code = state->parser->parse(readable).get(state->root);
  }
  if (code == simdjson::MEMALLOC)
    return fail(ErrorCode::kUnavailable, "Not enough memory to read the body; try again later");
  if (code) return fail(ErrorCode::kInvalidRequest, "The body is not JSON: " + json_fault(text, limits.max_depth));
  dom::array array;
  if (!state->root.get_array().get(array)) {
    state->items.reserve(array.size());
    for (dom::element item : array) state->items.push_back(item);
  }
  return Body(std::move(state));
}

bool Body::is_object() const {
  return state_->root.is_object();
}
bool Body::is_array() const {
  return state_->root.is_array();
}
std::size_t Body::size() const {
  return is_array() ? state_->items.size() : 1;
}

std::string Body::context_json(std::size_t i) const {
  const dom::element* item = state_->item(i);
  if (item == nullptr) return {};
  bool found = false;
  const dom::element context = find_member(*item, "@context", found);
  return found ? text_of(context) : std::string();
}

std::string Body::id_of(std::size_t i) const {
  const dom::element* item = state_->item(i);
  if (item == nullptr) return {};
  std::string_view id;
  if (!item->get_string().get(id)) return std::string(id);
  for (std::string_view name : {"id", "@id"}) {
    bool found = false;
    const dom::element value = find_member(*item, name, found);
    if (found && !value.get_string().get(id)) return std::string(id);
  }
  return {};
}

std::string Body::member(std::string_view name) const {
  bool found = false;
  const dom::element value = find_member(state_->root, name, found);
  return found ? text_of(value) : std::string();
}

std::string Body::canonical() const {
  return text_of(state_->root);
}

Result<Entity> Body::entity(std::size_t i, const Context& context, BodyRule rule) const {
  const dom::element* item = state_->item(i);
  if (item == nullptr) return bad("There is no entity number " + std::to_string(i) + " in the body");
  Decoder decoder(context, entity_rules(rule), state_->limits);
  Entity out;
  if (!decoder.entity(*item, out)) return tl::unexpected<Error>(decoder.take_error());
  return out;
}

Result<Body::AttributeFragment> Body::attribute(TermId name, const Context& context, BodyRule rule) const {
  Decoder decoder(context, attribute_rules(rule), state_->limits);
  AttributeFragment out;
  if (!decoder.attribute_body(state_->root, name, out)) return tl::unexpected<Error>(decoder.take_error());
  return out;
}

}  // namespace tsunagu::ngsi
