#include "broker/entities.h"

#include <algorithm>
#include <utility>

namespace tsunagu::broker {
namespace {

tl::unexpected<Error> not_found(const std::string& id) {
  return fail(ErrorCode::kResourceNotFound, "there is no entity " + id);
}

bool is_meant(const Target& target, const ngsi::Record* current) {
  return current != nullptr && (!target.types || ngsi::matches(*target.types, *current));
}

Result<store::Decision> put(ngsi::Entity entity) {
  auto record = ngsi::encode(std::move(entity));
  if (!record) return tl::unexpected(record.error());
  return store::Put{std::move(*record)};
}

/// A decision on an entity that must exist: `change(entity, now)` gives whether it changed, or an error.
template <class Change>
store::Decide on_existing(TargetPtr target, Change change) {
  return [target = std::move(target), change = std::move(change)](const ngsi::Record* current,
                                                                  Instant now) -> Result<store::Decision> {
    if (!is_meant(*target, current)) return not_found(target->id);
    ngsi::Entity entity = ngsi::decode(*current);
    const Result<bool> changed = change(entity, now);
    if (!changed) return tl::unexpected(changed.error());
    if (!*changed) return store::Keep{};
    return put(std::move(entity));
  };
}

/// In the simplified representation an attribute that is there keeps its kind (clause 6.5.3.4).
Result<void> check_kinds(const ngsi::Entity& entity, const ngsi::Entity& fragment) {
  for (const ngsi::Attribute& given : fragment.attributes) {
    const ngsi::Attribute* old = entity.find(given.name, given.dataset_id);
    if (old == nullptr || given.bare || given.is_null() || given.kind == old->kind || given.kind == ngsi::kNoKind) {
      continue;
    }
    return bad("attribute " + std::string(ngsi::terms().text(given.name)) + " is a " +
               std::string(ngsi::kind_name(old->kind)) + ", which a simplified value cannot change");
  }
  return {};
}

}  // namespace

store::Decide create_entity(ngsi::Entity entity) {
  return [id = entity.id, packed = ngsi::encode(std::move(entity))](const ngsi::Record* current,
                                                                    Instant now) -> Result<store::Decision> {
    if (current != nullptr) return fail(ErrorCode::kAlreadyExists, "there is already an entity " + id);
    if (!packed) return tl::unexpected(packed.error());
    return store::Put{ngsi::stamped(**packed, now)};
  };
}

store::Decide upsert_entity(ngsi::Entity entity) {
  return
      [packed = ngsi::encode(std::move(entity))](const ngsi::Record* current, Instant now) -> Result<store::Decision> {
        if (!packed) return tl::unexpected(packed.error());
        return store::Put{ngsi::stamped(**packed, now, current == nullptr ? kNoInstant : current->created_at())};
      };
}

store::Decide create_or_update_entity(Result<ngsi::Entity> whole, ngsi::Entity fragment) {
  return [whole = std::move(whole), fragment = std::move(fragment)](const ngsi::Record* current,
                                                                    Instant now) -> Result<store::Decision> {
    if (current == nullptr) {
      if (!whole) return tl::unexpected(whole.error());
      ngsi::Entity next = *whole;
      ngsi::stamp_new(next, now);
      return put(std::move(next));
    }
    ngsi::Entity next = ngsi::decode(*current);
    if (!ngsi::update_attributes(next, fragment, now).changed) return store::Keep{};
    return put(std::move(next));
  };
}

store::Decide replace_entity(TargetPtr target, ngsi::Entity entity) {
  return [target = std::move(target), entity = std::move(entity)](const ngsi::Record* current,
                                                                  Instant now) -> Result<store::Decision> {
    if (!is_meant(*target, current)) return not_found(target->id);
    ngsi::Entity next = entity;
    next.id = target->id;
    for (std::uint16_t i = 0; entity.types.empty() && i < current->type_count(); ++i) {
      next.types.push_back(current->type(i));
    }
    ngsi::stamp_new(next, now, current->created_at());
    return put(std::move(next));
  };
}

store::Decide delete_entity(TargetPtr target) {
  return [target = std::move(target)](const ngsi::Record* current, Instant) -> Result<store::Decision> {
    if (!is_meant(*target, current)) return not_found(target->id);
    return store::Remove{};
  };
}

store::Decide append_attributes(TargetPtr target, ngsi::Entity fragment, bool no_overwrite,
                                std::shared_ptr<ngsi::ChangeResult> report) {
  return on_existing(std::move(target),
                     [fragment = std::move(fragment), no_overwrite, report = std::move(report)](
                         ngsi::Entity& entity, Instant now) -> Result<bool> {
                       *report = ngsi::append_attributes(entity, fragment, no_overwrite, now);
                       return report->changed;
                     });
}

store::Decide update_attributes(TargetPtr target, ngsi::Entity fragment, std::shared_ptr<ngsi::ChangeResult> report) {
  return on_existing(
      std::move(target),
      [fragment = std::move(fragment), report = std::move(report)](ngsi::Entity& entity, Instant now) -> Result<bool> {
        *report = ngsi::update_attributes(entity, fragment, now);
        return report->changed;
      });
}

store::Decide merge_entity(TargetPtr target, ngsi::Entity fragment, MergeOptions options) {
  return on_existing(std::move(target),
                     [fragment = std::move(fragment), options = std::move(options)](ngsi::Entity& entity,
                                                                                    Instant now) -> Result<bool> {
                       if (options.simplified) {
                         if (auto ok = check_kinds(entity, fragment); !ok) return tl::unexpected(ok.error());
                       }
                       const ngsi::ChangeResult result =
                           ngsi::merge_entity(entity, fragment, now, options.observed_at, options.lang);
                       if (!result.not_updated.empty()) {
                         const ngsi::NotUpdated& first = result.not_updated.front();
                         return bad("attribute " + first.attribute + ": " + first.reason);
                       }
                       return result.changed;
                     });
}

store::Decide partial_update(TargetPtr target, ngsi::TermId name, std::vector<ngsi::Attribute> fragment,
                             bool kind_given) {
  return on_existing(
      std::move(target),
      [name, fragment = std::move(fragment), kind_given](ngsi::Entity& entity, Instant now) -> Result<bool> {
        if (auto ok = ngsi::partial_update(entity, name, fragment, kind_given, now); !ok)
          return tl::unexpected(ok.error());
        return true;
      });
}

store::Decide replace_attribute(TargetPtr target, ngsi::TermId name, std::vector<ngsi::Attribute> instances) {
  return on_existing(std::move(target),
                     [name, instances = std::move(instances)](ngsi::Entity& entity, Instant now) -> Result<bool> {
                       if (auto ok = ngsi::replace_attribute(entity, name, instances, now); !ok) {
                         return tl::unexpected(ok.error());
                       }
                       return true;
                     });
}

store::Decide delete_attribute(TargetPtr target, ngsi::TermId name, std::string dataset_id, bool delete_all) {
  return on_existing(
      std::move(target),
      [name, dataset_id = std::move(dataset_id), delete_all](ngsi::Entity& entity, Instant now) -> Result<bool> {
        if (auto ok = ngsi::delete_attribute(entity, name, dataset_id, delete_all, now); !ok) {
          return tl::unexpected(ok.error());
        }
        return true;
      });
}

store::Decide delete_scope(TargetPtr target) {
  return on_existing(std::move(target), [id = target->id](ngsi::Entity& entity, Instant now) -> Result<bool> {
    if (entity.scopes.empty()) return fail(ErrorCode::kResourceNotFound, "entity " + id + " has no scope");
    entity.scopes.clear();
    entity.modified_at = now;
    return true;
  });
}

store::Decide purge_entity(std::shared_ptr<const PurgeOptions> options,
                           std::shared_ptr<const ngsi::Selection> selection) {
  return [options = std::move(options), selection = std::move(selection)](const ngsi::Record* current,
                                                                          Instant now) -> Result<store::Decision> {
    if (current == nullptr || !ngsi::matches(*selection, *current, nullptr)) return store::Keep{};
    if (options->keep.empty() && options->drop.empty()) return store::Remove{};
    const bool keeping = !options->keep.empty();
    const std::vector<ngsi::TermId>& names = keeping ? options->keep : options->drop;
    ngsi::Entity entity = ngsi::decode(*current);
    const std::size_t removed = std::erase_if(entity.attributes, [&](const ngsi::Attribute& attribute) {
      return (std::find(names.begin(), names.end(), attribute.name) != names.end()) != keeping;
    });
    if (removed == 0) return store::Keep{};
    entity.modified_at = now;
    return put(std::move(entity));
  };
}

}  // namespace tsunagu::broker
