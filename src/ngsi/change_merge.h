// Pieces that the changing operations share. Only for change*.cpp.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "ngsi/change.h"
#include "ngsi/entity.h"

namespace tsunagu::ngsi {

/// createdAt and modifiedAt of an instance and everything in it.
void stamp(Attribute& attribute, Instant now);
/// Takes away what only fragments have (Null marks, kNoKind, `bare`). False when nothing is left to store: no value.
bool settle(Attribute& attribute);
/// Puts `next` in the place of `current`: createdAt stays, also of sub-attributes that are in both.
void replace_whole(Attribute& current, Attribute next, Instant now);
/// The instance in an ordered list, or nullptr. O(log n).
Attribute* find_instance(std::vector<Attribute>& ordered, TermId name, std::string_view dataset_id);
/// Removes instances marked by Null, adds `added`, restores the order.
void put_in_order(std::vector<Attribute>& instances, std::vector<Attribute> added);
/// Deep merge of one instance (see merge_entity). Answers what is wrong, "" if nothing.
std::string merge_instance(Attribute& target, Attribute fragment, Instant now, Instant observed_at,
                           std::string_view lang);
/// The members that `kind` cannot have are taken away.
void drop_foreign_members(Attribute& attribute);
/// Members other than value and sub-attributes: those given in `fragment` replace, Null marks remove. Answers what is
/// wrong, "" if nothing.
std::string set_members(Attribute& target, const Attribute& fragment);

/// RFC 7396 with "urn:ngsi-ld:null" as null, on canonical JSON.
std::string merge_json(std::string_view target, std::string_view patch);
/// `json` without the members whose value is "urn:ngsi-ld:null".
std::string without_nulls(std::string json);

}  // namespace tsunagu::ngsi
