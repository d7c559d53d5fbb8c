// Attributes of the entities that trust writes.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "store/store.h"

namespace tsunagu::trust {

/// An attribute with a text, a list of texts, an instant or a URI.
ngsi::Attribute text_attribute(ngsi::TermId name, std::string_view text);
ngsi::Attribute texts_attribute(ngsi::TermId name, const std::vector<std::string>& texts);
ngsi::Attribute instant_attribute(ngsi::TermId name, Instant instant);
ngsi::Attribute link_attribute(ngsi::TermId name, std::string_view uri);

/// Puts `attributes` into the entity in the place of those of their names and takes `remove` out; others stay. Makes
/// the entity, of `type`, when it is not there.
Result<store::Decision> changed(const ngsi::Record* current, const std::string& id, ngsi::TermId type,
                                std::vector<ngsi::Attribute> attributes, const std::vector<ngsi::TermId>& remove,
                                Instant now);

}  // namespace tsunagu::trust
