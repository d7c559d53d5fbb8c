// The members of a JSON body, each of a kind that is expected.
#pragma once
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"

namespace tsunagu::gateway {

/// InvalidRequest names the member and what it has to be. The first fault counts: ask fault() when all is read.
class BodyMembers {
 public:
  /// An object with no other members than these.
  static Result<BodyMembers> read(std::string_view body, std::initializer_list<std::string_view> known);

  std::string text(std::string_view name);                    ///< needed
  std::optional<std::string> text_if(std::string_view name);  ///< absent or null: none
  std::optional<std::vector<std::string>> texts_if(std::string_view name);
  std::optional<Instant> instant_if(std::string_view name);  ///< a date is its begin in Japan
  std::optional<int> number_if(std::string_view name);
  /// Canonical JSON of a member; "" when it is absent.
  std::string_view json(std::string_view name) const;
  void wrong(std::string_view name, std::string_view what);
  const std::optional<Error>& fault() const { return fault_; }

 private:
  std::string json_;
  std::optional<Error> fault_;
};

}  // namespace tsunagu::gateway
