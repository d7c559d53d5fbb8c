// Lists (DMN 1.5 clause 10.3.4.4) and sort (10.3.4.12).
#include <algorithm>
#include <array>

#include "platform/feel/arguments.h"
#include "platform/feel/node.h"

namespace tsunagu::platform::feel {
namespace {

Value list_contains(const Arguments& a) {
  const auto held = list(a, 0);
  if (!held || !a.machine.step(a.at, held->size())) return a.fault("list contains needs a list");
  return std::any_of(held->begin(), held->end(), [&](const Value& item) { return equal(item, a[1]).value_or(false); });
}

Value count(const Arguments& a) {
  const auto held = list(a, 0);
  if (!held) return a.fault("count needs a list");
  return Decimal(static_cast<std::int64_t>(held->size()));
}

Value extreme(const Arguments& a, int wanted) {
  const auto held = items(a);
  if (!held || held->empty()) return a.fault("there is nothing to compare");
  const Value* best = &held->front();
  for (const Value& item : *held) {
    const auto way = order(item, *best);
    if (!way) return a.fault("the values cannot be compared");
    if (*way == wanted) best = &item;
  }
  return *best;
}

/// The numbers of a list; empty when one is something else.
std::optional<std::vector<Decimal>> numbers(const Arguments& a) {
  const auto held = items(a);
  if (!held) return std::nullopt;
  std::vector<Decimal> out;
  for (const Value& item : *held) {
    if (item.number() == nullptr) return std::nullopt;
    out.push_back(*item.number());
  }
  return out;
}

Value finite_number(const Arguments& a, Decimal value) {
  if (value.finite()) return value;
  return a.fault("the result is not a number with 34 digits");
}

template <class Compute>
Value folded_numbers(const Arguments& a, std::size_t least, const Compute& compute) {
  const auto all = numbers(a);
  if (!all) return a.fault("a list of numbers is needed");
  if (all->size() < least) return a.fault("the list has too few numbers");
  return finite_number(a, compute(*all));
}

Decimal total(const std::vector<Decimal>& all) {
  Decimal out;
  for (const Decimal& n : all) out = out + n;
  return out;
}

Value sum(const Arguments& a) {
  const auto held = items(a);
  if (held && !held->empty() && held->front().number() == nullptr) {
    Value out = held->front();
    if (out.months() == nullptr && out.duration() == nullptr) return a.fault("sum needs numbers");
    for (std::size_t i = 1; i < held->size(); ++i) {
      out = arithmetic(Operator::kAdd, out, (*held)[i], a.machine, a.at);
      if (out.null()) return out;
    }
    return out;
  }
  return folded_numbers(a, 1, total);
}

Value mean(const Arguments& a) {
  return folded_numbers(a, 1,
                        [](const auto& all) { return total(all) / Decimal(static_cast<std::int64_t>(all.size())); });
}

Value product(const Arguments& a) {
  return folded_numbers(a, 1, [](const auto& all) {
    Decimal out = 1;
    for (const Decimal& n : all) out = out * n;
    return out;
  });
}

Value median(const Arguments& a) {
  return folded_numbers(a, 1, [](auto all) {
    std::sort(all.begin(), all.end());
    const std::size_t half = all.size() / 2;
    return all.size() % 2 == 1 ? all[half] : (all[half - 1] + all[half]) / Decimal(2);
  });
}

Value stddev(const Arguments& a) {
  return folded_numbers(a, 2, [](const auto& all) {
    const Decimal size = static_cast<std::int64_t>(all.size());
    const Decimal middle = total(all) / size;
    Decimal squares;
    for (const Decimal& n : all) squares = squares + (n - middle) * (n - middle);
    return (squares / (size - Decimal(1))).sqrt();
  });
}

Value mode(const Arguments& a) {
  auto all = numbers(a);
  if (!all) return a.fault("mode needs a list of numbers");
  std::sort(all->begin(), all->end());
  List out;
  std::size_t most = 0;
  for (std::size_t i = 0; i < all->size();) {
    std::size_t end = i;
    while (end < all->size() && (*all)[end] == (*all)[i]) ++end;
    if (end - i > most) {
      most = end - i;
      out.clear();
    }
    if (end - i == most) out.emplace_back((*all)[i]);
    i = end;
  }
  return out;
}

Value decided(const Arguments& a, bool deciding) {
  const auto held = items(a);
  if (!held) return a.fault("a list of true and false is needed");
  bool unknown = false;
  for (const Value& item : *held) {
    if (item.boolean() != nullptr && *item.boolean() == deciding) return deciding;
    unknown = unknown || item.boolean() == nullptr;
  }
  if (unknown) return a.fault("an item is neither true nor false");
  return !deciding;
}

/// Position 1 … size, or from the end; empty when there is none.
std::optional<std::size_t> index_in(const Arguments& a, std::size_t i, std::size_t size) {
  const auto at = whole(a, i);
  const auto count = static_cast<std::int64_t>(size);
  if (!at || *at == 0 || *at > count || *at < -count) return std::nullopt;
  return static_cast<std::size_t>(*at > 0 ? *at - 1 : count + *at);
}

Value sublist(const Arguments& a) {
  const auto held = list(a, 0);
  if (!held) return a.fault("sublist needs a list");
  const auto from = index_in(a, 1, held->size());
  if (!from) return a.fault("the list has no such position");
  std::size_t size = held->size() - *from;
  if (a.size() > 2) {
    const auto length = whole(a, 2);
    if (!length || *length < 1 || static_cast<std::uint64_t>(*length) > size)
      return a.fault("the length does not fit the list");
    size = static_cast<std::size_t>(*length);
  }
  const auto begin = held->begin() + static_cast<std::ptrdiff_t>(*from);
  return List(begin, begin + static_cast<std::ptrdiff_t>(size));
}

Value checked_list(const Arguments& a, List out) {
  if (out.size() > kMaxList) return a.fault("the list has too many items");
  if (!a.machine.step(a.at, out.size() / 4)) return {};
  return out;
}

Value append(const Arguments& a) {
  if (a[0].null()) return a.fault("append needs a list");
  List out = *list(a, 0);
  out.insert(out.end(), a.values.begin() + 1, a.values.end());
  return checked_list(a, std::move(out));
}

Value concatenate(const Arguments& a) {
  List out;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto part = list(a, i);
    if (!part) return a.fault("concatenate needs lists");
    out.insert(out.end(), part->begin(), part->end());
    if (out.size() > kMaxList) break;
  }
  return checked_list(a, std::move(out));
}

Value insert_before(const Arguments& a) {
  auto held = list(a, 0);
  if (!held) return a.fault("insert before needs a list");
  const auto at = index_in(a, 1, held->size());
  if (!at) return a.fault("the list has no such position");
  held->insert(held->begin() + static_cast<std::ptrdiff_t>(*at), a[2]);
  return checked_list(a, std::move(*held));
}

Value remove(const Arguments& a) {
  auto held = list(a, 0);
  if (!held) return a.fault("remove needs a list");
  const auto at = index_in(a, 1, held->size());
  if (!at) return a.fault("the list has no such position");
  held->erase(held->begin() + static_cast<std::ptrdiff_t>(*at));
  return checked_list(a, std::move(*held));
}

Value list_replace(const Arguments& a) {
  auto held = list(a, 0);
  if (!held) return a.fault("list replace needs a list");
  if (const Function* match = a[1].function()) {
    if (match->arity() != 2) return a.fault("the function of list replace takes an item and the new item");
    for (Value& item : *held) {
      const std::array<Value, 2> pair = {item, a[2]};
      const Value fits = match->call(pair, a.machine, a.at);
      if (fits.boolean() == nullptr) return a.fault("the function of list replace gives true or false");
      if (fits.is_true()) item = a[2];
    }
    return checked_list(a, std::move(*held));
  }
  const auto at = index_in(a, 1, held->size());
  if (!at) return a.fault("the list has no such position");
  (*held)[*at] = a[2];
  return checked_list(a, std::move(*held));
}

Value reverse(const Arguments& a) {
  auto held = list(a, 0);
  if (!held) return a.fault("reverse needs a list");
  std::reverse(held->begin(), held->end());
  return checked_list(a, std::move(*held));
}

Value index_of(const Arguments& a) {
  const auto held = list(a, 0);
  if (!held || !a.machine.step(a.at, held->size())) return a.fault("index of needs a list");
  List out;
  for (std::size_t i = 0; i < held->size(); ++i) {
    if (equal((*held)[i], a[1]).value_or(false)) out.emplace_back(Decimal(static_cast<std::int64_t>(i) + 1));
  }
  return out;
}

Value distinct(const Arguments& a, const List& all) {
  List out;
  for (const Value& item : all) {
    if (!a.machine.step(a.at, 1 + out.size())) return {};
    const bool known =
        std::any_of(out.begin(), out.end(), [&](const Value& held) { return equal(held, item).value_or(false); });
    if (!known) out.push_back(item);
  }
  return out;
}

Value union_of(const Arguments& a) {
  const Value all = concatenate(a);
  return all.null() ? all : distinct(a, *all.list());
}

Value distinct_values(const Arguments& a) {
  const auto held = list(a, 0);
  return held ? distinct(a, *held) : a.fault("distinct values needs a list");
}

bool flatten_into(const Arguments& a, const List& from, List& out, int depth) {
  if (depth > 200) return false;
  for (const Value& item : from) {
    if (!a.machine.step(a.at) || out.size() > kMaxList) return false;
    if (item.list() == nullptr) {
      out.push_back(item);
    } else if (!flatten_into(a, *item.list(), out, depth + 1)) {
      return false;
    }
  }
  return true;
}

Value flatten(const Arguments& a) {
  const auto held = list(a, 0);
  List out;
  if (!held || !flatten_into(a, *held, out, 0)) return a.fault("flatten needs a list");
  return out;
}

/// Stable merge; `before` may contradict itself without harm, and may give up.
template <class Before>
bool merge_sort(List& all, const Before& before) {
  List from = all, to(all.size());
  for (std::size_t width = 1; width < all.size(); width *= 2) {
    for (std::size_t begin = 0; begin < all.size(); begin += 2 * width) {
      const std::size_t middle = std::min(begin + width, all.size()), end = std::min(begin + 2 * width, all.size());
      std::size_t left = begin, right = middle;
      for (std::size_t at = begin; at < end; ++at) {
        bool take_right = left == middle;
        if (!take_right && right < end) {
          const std::optional<bool> answer = before(from[right], from[left]);
          if (!answer) return false;
          take_right = *answer;
        }
        to[at] = from[take_right ? right++ : left++];
      }
    }
    std::swap(from, to);
  }
  all = std::move(from);
  return true;
}

Value sort(const Arguments& a) {
  auto held = list(a, 0);
  if (!held) return a.fault("sort needs a list");
  const Function* precedes = a.size() > 1 ? a[1].function() : nullptr;
  if (a.size() > 1 && (precedes == nullptr || precedes->arity() != 2))
    return a.fault("sort needs a function of two items");
  const bool done = merge_sort(*held, [&](const Value& x, const Value& y) -> std::optional<bool> {
    if (!a.machine.step(a.at)) return std::nullopt;
    if (precedes == nullptr) {
      const auto way = order(x, y);
      return way ? std::optional<bool>(*way < 0) : std::nullopt;
    }
    const std::array<Value, 2> pair = {x, y};
    const Value answer = precedes->call(pair, a.machine, a.at);
    return answer.boolean() == nullptr ? std::nullopt : std::optional<bool>(*answer.boolean());
  });
  if (!done) return a.fault("the items cannot be put into an order");
  return *held;
}

constexpr std::array kForms = {
    Form{"list contains", "list, element", 2, list_contains},
    Form{"count", "list", 1, count},
    Form{"min", "list, …", 1, [](const Arguments& a) { return extreme(a, -1); }},
    Form{"max", "list, …", 1, [](const Arguments& a) { return extreme(a, 1); }},
    Form{"sum", "list, …", 1, sum},
    Form{"mean", "list, …", 1, mean},
    Form{"product", "list, …", 1, product},
    Form{"median", "list, …", 1, median},
    Form{"stddev", "list, …", 1, stddev},
    Form{"mode", "list, …", 1, mode},
    Form{"all", "list, …", 1, [](const Arguments& a) { return decided(a, false); }},
    Form{"any", "list, …", 1, [](const Arguments& a) { return decided(a, true); }},
    Form{"sublist", "list, start position, length", 2, sublist},
    Form{"append", "list, item, …", 1, append},
    Form{"concatenate", "list, …", 1, concatenate},
    Form{"insert before", "list, position, newItem", 3, insert_before},
    Form{"remove", "list, position", 2, remove},
    Form{"list replace", "list, position, newItem", 3, list_replace},
    Form{"list replace", "list, match, newItem", 3, list_replace},
    Form{"reverse", "list", 1, reverse},
    Form{"index of", "list, match", 2, index_of},
    Form{"union", "list, …", 1, union_of},
    Form{"distinct values", "list", 1, distinct_values},
    Form{"flatten", "list", 1, flatten},
    Form{"sort", "list, precedes", 1, sort},
};

}  // namespace

Forms list_functions() {
  return kForms;
}

}  // namespace tsunagu::platform::feel
