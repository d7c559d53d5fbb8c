#include "platform/feel/names.h"

#include <algorithm>

#include "platform/feel/functions.h"

namespace tsunagu::platform::feel {

std::size_t spelled(std::span<const Token> tokens, const std::vector<std::string>& parts) {
  if (parts.empty() || parts.size() > tokens.size()) return 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (tokens[i].kind == Token::Kind::kString || tokens[i].text != parts[i]) return 0;
  }
  return parts.size();
}

std::size_t Names::define(std::string_view name) {
  entries_.push_back({parts_of(name), next_});
  know(name);
  most_ = std::max(most_, next_ + 1);
  return next_++;
}

std::size_t Names::define_item() {
  const std::size_t slot = next_;
  entries_.push_back(
      {{"item"}, next_});  // outside of the filter: an entry of the item that is called item goes before it
  entries_.push_back({{}, next_});
  most_ = std::max(most_, next_ + 1);
  ++next_;
  return slot;
}

std::size_t Names::reserve() {
  most_ = std::max(most_, next_ + 1);
  return next_++;
}

void Names::alias(std::string_view name, std::size_t slot) {
  entries_.push_back({parts_of(name), slot});
}

void Names::restart() {
  entries_.clear();
  next_ = most_ = 0;
}

void Names::release(Mark mark) {
  entries_.resize(mark.entries);
  next_ = mark.slots;
}

void Names::add(Words& words, std::string_view name) {
  auto parts = parts_of(name);
  if (parts.empty()) return;
  auto& list = words[parts[0]];
  const bool known = std::any_of(list.begin(), list.end(), [&](const auto& held) { return held.first == parts; });
  if (!known) list.emplace_back(std::move(parts), std::string(name));
}

void Names::know(std::string_view name) {
  add(known_, name);
}

void Names::know_type(std::string_view name, TypePtr type) {
  add(type_words_, name);
  types_.insert_or_assign(std::string(name), std::move(type));
}

TypePtr Names::type(std::string_view name) const {
  if (const auto at = types_.find(name); at != types_.end()) return at->second;
  return simple_type(name);
}

Names::Found Names::longest(const Words& words, std::span<const Token> tokens) {
  Found found;
  const auto at = words.find(tokens.front().text);
  if (at == words.end()) return found;
  for (const auto& [parts, name] : at->second) {
    const std::size_t count = spelled(tokens, parts);
    if (count > found.tokens) {
      found.tokens = count;
      found.name = name;
    }
  }
  return found;
}

Names::Found Names::entry(std::span<const Token> tokens) const {
  return longest(known_, tokens);
}
Names::Found Names::type_name(std::span<const Token> tokens) const {
  return longest(type_words_, tokens);
}

std::vector<std::size_t> Names::filters() const {
  std::vector<std::size_t> out;
  for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
    if (entry->parts.empty()) out.push_back(entry->slot);
  }
  return out;
}

Names::Found Names::resolve(std::span<const Token> tokens) const {
  Found found;
  std::vector<std::size_t> filters;
  for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
    if (entry->parts.empty()) {
      filters.push_back(entry->slot);
      continue;
    }
    const std::size_t count = spelled(tokens, entry->parts);
    if (count <= found.tokens) continue;
    found.tokens = count;
    found.slot = entry->slot;
    found.items = filters;
  }
  if (found.slot) {
    for (std::size_t i = 0; i < found.tokens; ++i) {
      if (i != 0 && tokens[i].at != tokens[i - 1].at + tokens[i - 1].text.size()) found.name += ' ';
      found.name += tokens[i].text;
    }
  }
  if (!filters.empty()) {
    if (Found other = entry(tokens); other.tokens > found.tokens) {
      other.items = filters;
      return other;
    } else if (other.tokens == found.tokens && other.tokens != 0) {
      found.name = other.name;
    }
  }
  return found;
}

}  // namespace tsunagu::platform::feel
