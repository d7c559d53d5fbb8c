// What names mean while an expression is compiled: slots of the frame, from the outside in; names of types; and the
// names that entries of contexts have somewhere in the model, because a path may hold names of several words.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "platform/feel/lexer.h"
#include "platform/feel/type.h"

namespace tsunagu::platform::feel {

class Names {
 public:
  /// Takes the next slot.
  std::size_t define(std::string_view name);
  /// A slot for the item of a filter, whose entries can be named without a path.
  std::size_t define_item();
  /// A slot without name, and another name for a slot.
  std::size_t reserve();
  void alias(std::string_view name, std::size_t slot);
  /// Forgets all slots: for the next expression.
  void restart();
  /// Names of entries that may come behind a dot.
  void know(std::string_view name);
  void know_type(std::string_view name, TypePtr type);
  TypePtr type(std::string_view name) const;

  struct Mark {
    std::size_t entries = 0, slots = 0;
  };
  Mark mark() const { return {entries_.size(), next_}; }
  /// Forgets what was defined since.
  void release(Mark mark);
  std::size_t slots() const { return most_; }  ///< that the frame needs
  std::size_t next() const { return next_; }

  struct Found {
    std::size_t tokens = 0;           ///< how many belong to the name
    std::optional<std::size_t> slot;  ///< empty: nothing in scope has the name
    std::vector<std::size_t> items;   ///< of filters further inside than the slot
    std::string name;
  };
  /// The longest name in scope at the front of `tokens`, or the longest that is known as an entry when there is a
  /// filter.
  Found resolve(std::span<const Token> tokens) const;
  /// The longest known name of an entry; no tokens when there is none.
  Found entry(std::span<const Token> tokens) const;
  Found type_name(std::span<const Token> tokens) const;
  std::vector<std::size_t> filters() const;  ///< the items of the filters around, innermost first

 private:
  struct Entry {
    std::vector<std::string> parts;  // empty: the item of a filter
    std::size_t slot;
  };
  using Words = std::map<std::string, std::vector<std::pair<std::vector<std::string>, std::string>>, std::less<>>;
  static Found longest(const Words& words, std::span<const Token> tokens);
  static void add(Words& words, std::string_view name);

  std::vector<Entry> entries_;
  std::size_t next_ = 0, most_ = 0;
  Words known_, type_words_;
  std::map<std::string, TypePtr, std::less<>> types_;
};

/// How many tokens at the front spell these parts; 0 when they do not.
std::size_t spelled(std::span<const Token> tokens, const std::vector<std::string>& parts);

}  // namespace tsunagu::platform::feel
