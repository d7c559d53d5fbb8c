#include "automation/kept_rule.h"

#include "base/json_object.h"
#include "base/text.h"
#include "ngsi/json_walk.h"

namespace tsunagu::automation {

namespace walk = ngsi::walk;

std::string pack(const KeptRule& kept) {
  std::string out;
  JsonObject(out)
      .text("text", kept.text)
      .truth("on", kept.on)
      .text_if("stoppedJa", kept.stopped.ja)
      .text_if("stoppedEn", kept.stopped.en)
      .json("owner", broker::pack_owner(kept.owner))
      .text("modifiedAt", to_string(kept.modified_at))
      .number("version", kept.version)
      .end();
  return out;
}

Result<KeptRule> unpack(store::TenantId tenant, std::string_view packed) {
  const auto text = [&](std::string_view name) {
    const std::string_view found = walk::member(packed, name);
    return walk::is_string(found) ? json_string_text(found) : std::string();
  };
  KeptRule out;
  out.tenant = tenant;
  out.text = text("text");
  out.on = walk::member(packed, "on") == "true";
  out.stopped = {text("stoppedJa"), text("stoppedEn")};
  out.owner = broker::unpack_owner(walk::member(packed, "owner"));
  out.modified_at = parse_instant(text("modifiedAt")).value_or(kNoInstant);
  out.version = parse_number<std::uint64_t>(walk::member(packed, "version")).value_or(1);
  auto rules = read_rules(out.text, "rule");
  if (!rules) return tl::unexpected(rules.error());
  out.rule = rules->front();
  return out;
}

store::DocumentWrite document_of(const KeptRule& rule) {
  return {rule.tenant, std::string(kRuleDocuments), rule.rule->name, pack(rule)};
}

}  // namespace tsunagu::automation
