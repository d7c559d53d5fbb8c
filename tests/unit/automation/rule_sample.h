// Rules, entities and moments in few words.
#pragma once
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "automation/machine.h"
#include "ngsi/body.h"
#include "ngsi/context.h"

namespace tsunagu::automation {

inline RulePtr rule_of(const std::string& members) {
  const auto rules = read_rules("[[rule]]\nname = \"r\"\ntitle = { ja = \"規則\", en = \"A rule\" }\n" + members, "r.toml");
  EXPECT_TRUE(rules) << (rules ? "" : rules.error().detail) << "\n" << members;
  return rules ? rules->front() : nullptr;
}
inline std::string fault_of(const std::string& members) {
  const auto rules = read_rules("[[rule]]\nname = \"r\"\ntitle = { ja = \"規則\", en = \"A rule\" }\n" + members, "r.toml");
  return rules ? "" : rules.error().detail;
}

inline ngsi::RecordPtr entity_of(const std::string& json) {
  const auto body = ngsi::Body::parse(json);
  EXPECT_TRUE(body) << json;
  auto entity = body->entity(0, *ngsi::core_context(), ngsi::BodyRule::kWhole);
  EXPECT_TRUE(entity) << (entity ? "" : entity.error().detail);
  return *ngsi::encode(std::move(*entity));
}

/// 2026-07-10, local time (+09:00).
inline Instant at(const std::string& time, const std::string& date = "2026-07-10") {
  return *parse_instant(date + "T" + time + ":00+09:00");
}

/// A paddy whose level was observed then.
inline ngsi::RecordPtr paddy(double level, Instant seen, const std::string& more = "") {
  return entity_of(R"({"id":"urn:ngsi-ld:AgriParcel:1","type":"AgriParcel","waterLevel":{"type":"Property","value":)" +
                   std::to_string(level) + R"(,"observedAt":")" + to_string(seen) + "\"}" + more + "}");
}

/// One rule and one entity, told what happens.
class Play {
 public:
  explicit Play(const std::string& members) : rule(rule_of(members)) {}

  /// What a change at `now` brings: "fired:condition", "ended:time ended …"; "" for nothing.
  std::string change(Instant now, const ngsi::RecordPtr& after, bool manual = false) {
    const ngsi::RecordPtr before = record;
    record = after;
    return take({now, record.get(), before.get(), linked, true, manual});
  }
  /// Time passes until `now`, with every step that is due on the way.
  std::string until(Instant now, bool manual = false) {
    std::string all;
    while (state.due != kNoInstant && state.due <= now) {
      const Instant due = state.due;
      const std::string told = take({due, record.get(), nullptr, linked, false, manual});
      if (!told.empty()) all += (all.empty() ? "" : " ") + told;
      if (state.due == due) return all + " (stands still)";
    }
    return all;
  }
  std::string occasion(Instant now) { return take({now, record.get(), nullptr, linked, true, false}); }

  RulePtr rule;
  State state;
  ngsi::RecordPtr record;
  const ngsi::Linked* linked = nullptr;
  std::vector<Step> last;

 private:
  std::string take(const Moment& moment) {
    last.clear();
    step(*rule, state, moment, last);
    std::string out;
    for (const Step& each : last) {
      out += (out.empty() ? "" : " ") + std::string(name(each.event)) + ":" + std::string(name(each.cause));
    }
    return out;
  }
};

}  // namespace tsunagu::automation
