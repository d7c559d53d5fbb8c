// Contexts (DMN 1.5 clause 10.3.4.11).
#include <algorithm>
#include <array>

#include "platform/feel/arguments.h"

namespace tsunagu::platform::feel {
namespace {

Value get_value(const Arguments& a) {
  const Context* held = context(a, 0);
  if (held == nullptr) return a.fault("get value needs a context");
  if (const List* path = a[1].list()) {
    Value at = *held;
    for (const Value& key : *path) {
      const Value* next =
          at.context() == nullptr || key.string() == nullptr ? nullptr : find(*at.context(), *key.string());
      if (next == nullptr) return {};
      at = Value(*next);
    }
    return at;
  }
  const std::string* key = string(a, 1);
  if (key == nullptr) return a.fault("get value needs a key");
  const Value* entry = find(*held, *key);
  return entry == nullptr ? Value() : *entry;
}

Value get_entries(const Arguments& a) {
  const Context* held = context(a, 0);
  if (held == nullptr) return a.fault("get entries needs a context");
  List out;
  for (const auto& [key, value] : *held) out.emplace_back(Context{{"key", Value(key)}, {"value", value}});
  return out;
}

Value from_entries(const Arguments& a) {
  const auto entries = list(a, 0);
  if (!entries) return a.fault("context needs a list of entries");
  Context out;
  for (const Value& entry : *entries) {
    const Context* pair = entry.context();
    const Value* key = pair == nullptr ? nullptr : find(*pair, "key");
    const Value* value = pair == nullptr ? nullptr : find(*pair, "value");
    if (key == nullptr || value == nullptr || key->string() == nullptr)
      return a.fault("an entry has a key, a string, and a value");
    if (find(out, *key->string()) != nullptr) return a.fault("two entries have the same key");
    if (!a.machine.step(a.at, out.size() / 8)) return {};
    out.emplace_back(*key->string(), *value);
  }
  return out;
}

Value put_at(const Arguments& a, const Context& held, std::span<const Value> keys, const Value& value) {
  if (keys.size() > 100 || keys.front().string() == nullptr) return a.fault("a key is a string");
  const std::string& key = *keys.front().string();
  Context out = held;
  if (keys.size() == 1) {
    put(out, key, value);
    return out;
  }
  const Value* inner = find(held, key);
  if (inner == nullptr || inner->context() == nullptr) return a.fault("there is no context “" + key + "” to put into");
  Value changed = put_at(a, *inner->context(), keys.subspan(1), value);
  if (changed.null()) return {};
  put(out, key, std::move(changed));
  return out;
}

Value context_put(const Arguments& a) {
  const Context* held = context(a, 0);
  if (held == nullptr) return a.fault("context put needs a context");
  if (const List* keys = a[1].list()) {
    if (keys->empty()) return a.fault("context put needs a key");
    return put_at(a, *held, *keys, a[2]);
  }
  return put_at(a, *held, {&a[1], 1}, a[2]);
}

Value context_merge(const Arguments& a) {
  const auto contexts = list(a, 0);
  if (!contexts) return a.fault("context merge needs a list of contexts");
  Context out;
  for (const Value& one : *contexts) {
    if (one.context() == nullptr) return a.fault("context merge needs a list of contexts");
    for (const auto& [key, value] : *one.context()) {
      if (!a.machine.step(a.at, 1 + out.size() / 8)) return {};
      put(out, key, value);
    }
  }
  return out;
}

constexpr std::array kForms = {
    Form{"get value", "m, key", 2, get_value},
    Form{"get value", "context, key", 2, get_value},
    Form{"get entries", "m", 1, get_entries},
    Form{"context", "entries", 1, from_entries},
    Form{"context put", "context, key, value", 3, context_put},
    Form{"context put", "context, keys, value", 3, context_put},
    Form{"context merge", "contexts", 1, context_merge},
};

}  // namespace

Forms context_functions() {
  return kForms;
}

}  // namespace tsunagu::platform::feel
