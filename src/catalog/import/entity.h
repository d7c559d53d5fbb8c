// An entity on its way to the broker, in pieces, so that it can be compared with what the broker has.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/time.h"

namespace tsunagu::catalog {

struct Entity {
  std::string id;
  std::string type;                                             ///< canonical JSON: a string or an array of strings
  std::string scope;                                            ///< canonical JSON, or empty
  std::string context;                                          ///< canonical JSON of its own @context, or empty
  std::vector<std::pair<std::string, std::string>> attributes;  ///< name → canonical JSON, in the order written
  Instant order;                                                ///< history: when it was so; kNoInstant otherwise
  std::size_t line = 0;                                         ///< where the source tells of it
};

/// The entity as one line of JSON.
std::string to_json(const Entity& entity);

/// From canonical JSON of an object; fails without a string "id" and a "type".
Result<Entity> entity_of_json(std::string_view json);

/// The attribute as the broker prints it, in a form that can be compared byte by byte: normalized (a bare value or
/// geometry becomes a Property or GeoProperty), members in order of name, without createdAt, modifiedAt and
/// instanceId.
std::string comparable_attribute(std::string_view json);

/// Canonical JSON with the members of every object in order of name and numbers in their shortest form.
std::string sorted_json(std::string_view json);

/// The text of member `name` of an object when it is a string; empty otherwise.
std::string text_member(std::string_view object, std::string_view name);

}  // namespace tsunagu::catalog
