// JSON text as a stream → its records, one at a time: a file of any length in the memory of one record.
#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace tsunagu::catalog {

/// Finds the records in JSON text:
/// - `[a, b]`                      → a, b
/// - `{"features": [a, b], …}`     → a, b where "features" is the name given as `list`; other members are passed over
/// - `{…}` when `list` is empty    → the object itself
/// - several of these one after the other (NDJSON among them) → the records of each
/// A record is handed out as it is written; whether it is valid JSON is for the receiver to find out. Broken structure
/// between records ends the reading with a fault. Not thread-safe.
class JsonSplitter {
 public:
  static constexpr std::size_t kMaxRecord = 16 * 1024 * 1024;

  struct Handlers {
    std::function<void(std::string_view json, std::size_t line)> record;
    std::function<void(std::size_t line, const std::string& reason)> fault;
    std::function<void(std::size_t line)> no_list;  ///< an object without the member `list`
  };

  JsonSplitter(std::string list, Handlers handlers) : list_(std::move(list)), handlers_(std::move(handlers)) {}
  void feed(std::string_view text);
  void finish();

 private:
  enum class Place : unsigned char {
    kTop,
    kListStart,
    kList,
    kAfterItem,
    kRecord,
    kName,
    kNameText,
    kColon,
    kMemberStart,
    kMember,
    kAfterMember,
    kStopped
  };

  void consume(char c);
  void start_value(char c);
  bool value_goes_on(char c);
  void stop(const std::string& reason);

  std::string list_;
  Handlers handlers_;
  Place place_ = Place::kTop;
  Place after_value_ = Place::kTop;
  bool in_object_ = false;  // the list is a member of an object, not the whole text
  bool list_found_ = false;
  std::string name_;
  std::string record_;
  std::size_t record_line_ = 0;
  std::size_t object_line_ = 0;
  std::size_t line_ = 1;
  std::size_t depth_ = 0;  // within the value being passed
  bool quoted_ = false;
  bool escaped_ = false;
  bool scalar_ = false;
};

}  // namespace tsunagu::catalog
