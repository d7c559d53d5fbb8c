// An XML document as a tree, for models and their tests. Documents with a DOCTYPE, more than 16 MB or more than 100
// levels are refused.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace tsunagu::platform::dmn {

struct XmlElement {
  std::string space, name;                                      ///< namespace, local name
  std::vector<std::pair<std::string, std::string>> attributes;  ///< by local name, whatever the namespace
  std::vector<std::unique_ptr<XmlElement>> children;
  std::string text;  ///< all character data directly inside
  unsigned long line = 0;

  /// Empty when there is none.
  std::string_view attribute(std::string_view name) const;
  const std::string* find_attribute(std::string_view name) const;
  const XmlElement* child(std::string_view name) const;
  /// The text of a child, without spaces around; empty when there is none.
  std::string_view child_text(std::string_view name) const;
};

Result<std::unique_ptr<XmlElement>> read_xml(std::string_view document);

}  // namespace tsunagu::platform::dmn
