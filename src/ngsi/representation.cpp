#include "ngsi/representation.h"

#include <algorithm>
#include <array>

#include "base/json.h"
#include "ngsi/core_context.h"
#include "ngsi/json_walk.h"
#include "ngsi/language.h"
#include "ngsi/projection.h"

namespace tsunagu::ngsi {
namespace {

struct KindText {
  std::string_view normalized, concise;  // how an attribute begins, up to its value
};
constexpr std::array<KindText, 9> kKinds = {{
    {"", ""},
    {R"({"type":"Property","value":)", R"({"value":)"},
    {R"({"type":"GeoProperty","value":)", R"({"value":)"},
    {R"({"type":"Relationship","object":)", R"({"object":)"},
    {R"({"type":"LanguageProperty","languageMap":)", R"({"languageMap":)"},
    {R"({"type":"VocabProperty","vocab":)", R"({"vocab":)"},
    {R"({"type":"JsonProperty","json":)", R"({"json":)"},
    {R"({"type":"ListProperty","valueList":)", R"({"valueList":)"},
    {R"({"type":"ListRelationship","objectList":)", R"({"objectList":)"},
}};
constexpr std::array<std::string_view, 9> kPrevious = {
    "",
    R"(,"previousValue":)",
    R"(,"previousValue":)",
    R"(,"previousObject":)",
    R"(,"previousLanguageMap":)",
    R"(,"previousVocab":)",
    R"(,"previousJson":)",
    R"(,"previousValueList":)",
    R"(,"previousObjectList":)",
};

const KindText& text_of(AttrKind kind) {
  const auto i = static_cast<std::size_t>(kind);
  return kKinds[i < kKinds.size() ? i : 0];
}

// Would a bare value be read back as something else than the value of a Property? So may an object with members that
// attributes have, and an array of objects, which could be instances.
bool reads_as_attribute(std::string_view value) {
  if (walk::is_array(value)) return walk::any_element(value, walk::is_object);
  return walk::any_member(value, [](std::string_view key, std::string_view) {
    static constexpr std::string_view kReserved[] = {"\"type\"",       "\"value\"",    "\"object\"",  "\"languageMap\"",
                                                     "\"vocab\"",      "\"json\"",     "\"dataset\"", "\"valueList\"",
                                                     "\"objectList\"", "\"datasetId\""};
    return key.starts_with("\"@") || key.find(':') != key.npos ||
           std::ranges::find(kReserved, key) != std::end(kReserved);
  });
}

// The entities from the outermost one down to the one being written: none of them is written again inside itself.
struct Enclosing {
  std::string_view id;
  const Enclosing* outer;
};

class Writer {
 public:
  Writer(std::string& out, const Context& context, const Representation& how, const Linked* linked)
      : out_(out), context_(context), how_(how), linked_(how.join == Representation::Join::kInline ? linked : nullptr) {
    if (!how.lang.empty()) languages_ = language_ranges(how.lang);
  }

  void entity(const Record& record, const Projection& shown, int levels, const Enclosing* outer) {
    out_ += '{';
    if (shown.shows_member("id")) member("\"id\":"), text(record.id());
    body(record, shown, levels, outer);
  }

  void feature(const Record& record, const Projection& shown, int levels) {
    out_ += '{';
    if (shown.shows_member("id")) member("\"id\":"), text(record.id());
    member(R"("type":"Feature")");
    member("\"geometry\":");
    out_ += geometry(record);
    member("\"properties\":{");
    body(record, shown, levels, nullptr);
    out_ += '}';
  }

  void one(AttributeView a) { attribute(a, {a.name(), nullptr, 0, nullptr}, false); }

  void body_context() {
    if (how_.body_context.empty()) return;
    out_.pop_back();
    member("\"@context\":");
    out_.append(how_.body_context) += '}';
  }

 private:
  // Text of a member that follows: with a comma unless it is the first of its object.
  void member(std::string_view text) {
    if (out_.back() != '{') out_ += ',';
    out_ += text;
  }
  void text(std::string_view text) { append_json_string(out_, text); }
  void instant(std::string_view name, Instant t) {
    if (t == kNoInstant) return;
    out_ += name;
    append_instant(out_, t);
    out_ += '"';
  }
  bool simplified() const { return how_.format == Format::kSimplified; }

  // The members after the id, and the closing brace.
  void body(const Record& record, const Projection& shown, int levels, const Enclosing* outer) {
    const bool everything = shown.everything();
    if (everything || shown.shows_member("type")) types(record);
    if (record.scope_count() != 0 && (everything || shown.shows_member("scope"))) scopes(record);
    if (how_.sys_attrs || !everything) {
      const auto system = [&](std::string_view name, Instant t) {
        if (t == kNoInstant || !shown.shows_system_member(name, how_.sys_attrs)) return;
        member("\"");
        out_.append(name).append("\":\"");
        append_instant(out_, t);
        out_ += '"';
      };
      system("createdAt", record.created_at());
      system("modifiedAt", record.modified_at());
      system("expiresAt", record.expires_at());
    }
    if (how_.change && how_.change->entity_deleted && outer == nullptr) {
      member("\"deletedAt\":\"");
      append_instant(out_, how_.change->deleted_at);
      out_ += '"';
    }
    const Enclosing here{record.id(), outer};
    const Record::AttributeRange range = record.attributes();
    for (auto it = range.begin(); it != range.end();) {
      const TermId name = it.view.name();
      if (everything || shown.shows(name)) {
        instances(it, name, &shown, levels, &here);
      } else {
        while (it != range.end() && it.view.name() == name) ++it;
      }
    }
    out_ += '}';
  }

  void types(const Record& record) {
    member("\"type\":");
    const std::uint16_t n = record.type_count();
    if (n == 1) {
      out_ += context_.compact_json(record.type(0));
      return;
    }
    out_ += '[';
    for (std::uint16_t i = 0; i != n; ++i) {
      if (i != 0) out_ += ',';
      out_ += context_.compact_json(record.type(i));
    }
    out_ += ']';
  }

  void scopes(const Record& record) {
    member("\"scope\":");
    const bool several = record.scope_count() > 1;
    if (several) out_ += '[';
    bool first = true;
    for (const std::string_view scope : record.scopes()) {
      if (!std::exchange(first, false)) out_ += ',';
      text(scope);
    }
    if (several) out_ += ']';
  }

  // What is true of the attribute being written: where its targets are, if they may be joined (null: a sub-attribute).
  struct Place {
    TermId name;
    const Projection* shown;
    int levels;
    const Enclosing* here;
  };

  // Of a sub-attribute (shown == nullptr) every instance that has not expired is.
  bool selected(AttributeView a, const Projection* shown) const {
    return !has_expired(how_, a) && (shown == nullptr || has_wanted_dataset(how_, a));
  }

  // All instances of one name, from `it` on; leaves `it` after them.
  void instances(Record::AttributeRange::Iterator& it, TermId name, const Projection* shown, int levels,
                 const Enclosing* here) {
    const auto first = it;
    std::size_t count = 0;
    AttributeView chosen(nullptr);
    do {
      if (selected(it.view, shown)) {
        if (count++ == 0) chosen = it.view;
      }
      ++it;
    } while (it.left != 0 && it.view.name() == name);
    if (count == 0) return;

    if (out_.back() != '{') out_ += ',';
    out_ += context_.compact_json(name);
    out_ += ':';
    const Place place{name, shown, levels, here};
    if (count == 1) return attribute(chosen, place, true);
    out_ += simplified() ? "{\"dataset\":{" : "[";
    bool more = false;
    for (auto each = first; each.left != it.left; ++each) {
      if (!selected(each.view, shown)) continue;
      if (std::exchange(more, true)) out_ += ',';
      if (simplified()) {
        const std::string_view dataset = each.view.dataset_id();
        text(dataset.empty() ? "@none" : dataset);
        out_ += ':';
      }
      attribute(each.view, place, false);
    }
    out_ += simplified() ? "}}" : "]";
  }

  void attribute(AttributeView a, const Place& place, bool may_be_bare) {
    const AttrKind kind = a.kind();
    const AttributeView::Parts parts = a.parts();
    const ChangeNotes* change = place.shown != nullptr && place.here->outer == nullptr ? how_.change.get() : nullptr;
    const bool gone = change != nullptr && parts.value == null_json(kind);
    if (simplified()) {
      if (gone) {
        out_ += kNullJson;
      } else {
        simple_value(kind, parts.value, place);
      }
      return;
    }
    const bool concise = how_.format == Format::kConcise;
    const AttributeView previous = change != nullptr && change->previous
                                       ? change->previous->find(a.name(), parts.dataset_id)
                                       : AttributeView(nullptr);
    if (concise && may_be_bare && gone && a.flags() == 0 && !how_.sys_attrs && previous.data() == nullptr) {
      out_ += kNullJson;
      return;
    }
    if (concise && may_be_bare && previous.data() == nullptr &&
        (kind == AttrKind::kProperty || kind == AttrKind::kGeoProperty) && !how_.sys_attrs &&
        (a.flags() & ~AttributeView::kExpiresAt) == 0 && a.sub_count() == 0 &&
        (kind == AttrKind::kGeoProperty || !reads_as_attribute(parts.value))) {
      out_ += parts.value;
      return;
    }
    if (gone) {
      out_ += concise ? text_of(kind).concise : text_of(kind).normalized;
      out_ += parts.value;
    } else if (kind == AttrKind::kLanguageProperty && !languages_.empty()) {
      const LanguageChoice choice = choose_language(parts.value, languages_);
      out_ += concise ? text_of(AttrKind::kProperty).concise : text_of(AttrKind::kProperty).normalized;
      out_ += choice.value.empty() ? "\"\"" : choice.value;
      if (!choice.tag.empty()) out_.append(",\"lang\":").append(choice.tag);
    } else {
      out_ += concise ? text_of(kind).concise : text_of(kind).normalized;
      value(kind, parts.value, concise);
      if (linked_ != nullptr && place.shown != nullptr) joined(kind, parts.value, place);
    }
    if (previous.data() != nullptr) {
      const auto i = static_cast<std::size_t>(previous.kind());
      out_ += kPrevious[i < kPrevious.size() ? i : 0];
      value(previous.kind(), previous.value(), concise);
    }
    if (a.flags() != 0) members(a.flags(), parts);
    if (how_.sys_attrs) {
      instant(R"(,"createdAt":")", a.created_at());
      instant(R"(,"modifiedAt":")", a.modified_at());
      instant(R"(,"expiresAt":")", parts.expires_at);
      if (gone) instant(R"(,"deletedAt":")", change->deleted_at);
    }
    if (a.sub_count() != 0) sub_attributes(a, parts.subs);
    out_ += '}';
  }

  void value(AttrKind kind, std::string_view value, bool concise) {
    if (kind == AttrKind::kVocabProperty) {
      vocabulary(value);
    } else if (kind == AttrKind::kListRelationship && !concise) {
      out_ += '[';
      walk::any_element(value, [this](std::string_view uri) {
        if (out_.back() != '[') out_ += ',';
        out_.append("{\"object\":").append(uri) += '}';
        return false;
      });
      out_ += ']';
    } else {
      out_ += value;
    }
  }

  void vocabulary(std::string_view value) {
    if (!walk::is_array(value)) return context_.append_compact_iri(out_, value);
    out_ += '[';
    walk::any_element(value, [this](std::string_view iri) {
      if (out_.back() != '[') out_ += ',';
      context_.append_compact_iri(out_, iri);
      return false;
    });
    out_ += ']';
  }

  void members(std::uint8_t flags, const AttributeView::Parts& parts) {
    if (flags & AttributeView::kDataset) out_ += ",\"datasetId\":", text(parts.dataset_id);
    if (flags & AttributeView::kUnit) out_ += ",\"unitCode\":", text(parts.unit_code);
    if (flags & AttributeView::kValueType) {
      out_ += ",\"valueType\":";
      text(context_.compact_iri(parts.value_type));
    }
    if (flags & AttributeView::kObservedAt) instant(R"(,"observedAt":")", parts.observed_at);
    if (flags & AttributeView::kObjectType) {
      const std::size_t n = parts.object_types.size() / 4;
      out_ += n == 1 ? ",\"objectType\":" : ",\"objectType\":[";
      for (std::size_t i = 0; i != n; ++i) {
        if (i != 0) out_ += ',';
        out_ += context_.compact_json(TermId{detail::load<std::uint32_t>(parts.object_types.data() + 4 * i)});
      }
      if (n != 1) out_ += ']';
    }
  }

  void sub_attributes(AttributeView a, const char* subs) {
    const bool is_proof = terms().text(a.name()) == kProof;
    Record::AttributeRange range{subs, a.sub_count()};
    for (auto it = range.begin(); it != range.end();) {
      const TermId name = it.view.name();
      if (is_proof && sealed(it.view)) {
        ++it;
      } else {
        instances(it, name, nullptr, 0, nullptr);
      }
    }
  }

  // entityIdSealed and entityTypeSealed are plain text in a proof, not attributes.
  bool sealed(AttributeView sub) {
    const std::string_view iri = terms().text(sub.name());
    const bool id = iri == kIdSealed;
    if (!id && iri != kTypeSealed) return false;
    out_ += id ? ",\"entityIdSealed\":" : ",\"entityTypeSealed\":";
    out_ += sub.value();
    return true;
  }

  void simple_value(AttrKind kind, std::string_view value, const Place& place) {
    const bool joins = linked_ != nullptr && place.shown != nullptr && place.levels > 0;
    switch (kind) {
      case AttrKind::kLanguageProperty:
        if (!languages_.empty()) {
          const std::string_view chosen = choose_language(value, languages_).value;
          out_ += chosen.empty() ? "\"\"" : chosen;
        } else {
          out_.append("{\"languageMap\":").append(value) += '}';
        }
        return;
      case AttrKind::kVocabProperty:
        out_ += "{\"vocab\":";
        vocabulary(value);
        out_ += '}';
        return;
      case AttrKind::kJsonProperty:
        out_.append("{\"json\":").append(value) += '}';
        return;
      case AttrKind::kRelationship:
      case AttrKind::kListRelationship:
        if (!joins) break;
        if (!walk::is_array(value)) {
          if (!target(value, place)) out_ += value;
          return;
        }
        out_ += '[';
        walk::any_element(value, [&](std::string_view uri) {
          if (out_.back() != '[') out_ += ',';
          if (!target(uri, place)) out_ += uri;
          return false;
        });
        out_ += ']';
        return;
      default:
        break;
    }
    out_ += value;
  }

  // "entity" or "entityList": what a relationship points to.
  void joined(AttrKind kind, std::string_view value, const Place& place) {
    if ((kind != AttrKind::kRelationship && kind != AttrKind::kListRelationship) || place.levels <= 0) return;
    const std::size_t before = out_.size();
    out_ += kind == AttrKind::kRelationship ? ",\"entity\":" : ",\"entityList\":";
    bool found = false;
    if (walk::is_array(value)) {
      out_ += '[';
      walk::any_element(value, [&](std::string_view uri) {
        const std::size_t start = out_.size();
        if (found) out_ += ',';
        if (target(uri, place)) {
          found = true;
        } else {
          out_.resize(start);
        }
        return false;
      });
      out_ += ']';
    } else {
      found = target(value, place);
    }
    if (!found) out_.resize(before);
  }

  // Writes the entity with this id (JSON string) if it is there and not already around this place.
  bool target(std::string_view uri, const Place& place) {
    std::string scratch;
    const std::string_view id = walk::string_text(uri, scratch);
    for (const Enclosing* e = place.here; e; e = e->outer) {
      if (e->id == id) return false;
    }
    if (std::ranges::find(how_.contained_by, id) != how_.contained_by.end()) return false;
    if (linked_count_ == Representation::kMaxLinked) return false;
    const RecordPtr record = linked_->find(id);
    if (!record) return false;
    ++linked_count_;
    entity(*record, place.shown->through(place.name), place.levels - 1, place.here);
    return true;
  }

  // Value of the GeoProperty that a Feature is drawn at: the default instance, or the first that datasetId= selects.
  std::string_view geometry(const Record& record) const {
    const TermId wanted = how_.geometry_property != kNoTerm || !how_.geometry_name.empty() ? how_.geometry_property
                                                                                           : context_.find("location");
    if (wanted == kNoTerm) return "null";
    for (const AttributeView a : record.attributes()) {
      if (a.name() != wanted || a.kind() != AttrKind::kGeoProperty) continue;
      const bool candidate = how_.dataset_id ? has_wanted_dataset(how_, a) : !(a.flags() & AttributeView::kDataset);
      if (candidate && !has_expired(how_, a)) return a.value();
    }
    return "null";
  }

  static constexpr std::string_view kProof = "https://uri.etsi.org/ngsi-ld/ngsildproof";
  static constexpr std::string_view kIdSealed = "https://uri.etsi.org/ngsi-ld/entityIdSealed";
  static constexpr std::string_view kTypeSealed = "https://uri.etsi.org/ngsi-ld/entityTypeSealed";

  std::string& out_;
  const Context& context_;
  const Representation& how_;
  const Linked* linked_;
  std::vector<std::string_view> languages_;
  std::size_t linked_count_ = 0;
};

}  // namespace

void append_entity(std::string& out, const Record& record, const Context& context, const Representation& how,
                   const Linked* linked) {
  out.reserve(out.size() + 2 * record.bytes().size() + how.body_context.size());
  Writer writer(out, context, how, linked);
  const Projection shown(how);
  if (how.geojson) {
    writer.feature(record, shown, levels_of(how));
  } else {
    writer.entity(record, shown, levels_of(how), nullptr);
  }
  writer.body_context();
}

void append_attribute(std::string& out, AttributeView instance, const Context& context, const Representation& how) {
  Writer(out, context, how, nullptr).one(instance);
}

bool names_attributes(const Representation& how) {
  return !how.attrs.empty() ||
         std::any_of(how.pick.begin(), how.pick.end(), [](const ProjectionNode& node) { return node.member.empty(); });
}

bool has_any_attribute(const Record& record, const std::vector<TermId>& attrs) {
  for (const TermId name : attrs) {
    if (name != kNoTerm && record.find(name).data() != nullptr) return true;
  }
  return attrs.empty();
}

}  // namespace tsunagu::ngsi
