// The access matrix: every subject × purpose × action × entity × attribute of generated worlds, asked of the compiled
// policies and of the naive reading of the same texts. There must be no difference.
//
// TSUNAGU_MATRIX=FOLDER writes a world of this hour instead: its policies, entities.jsonl (NGSI-LD), and answers.jsonl,
// what each subject may see for each purpose; tests/matrix/run asks the same over HTTP. TSUNAGU_MATRIX_SEED=N: another
// world. TSUNAGU_MATRIX_FULL=1 asks about every entity, not one in four.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include "base/json_object.h"
#include "naive_policy.h"
#include "policy_sample.h"
#include "trust/policy/shipped.h"

namespace tsunagu::trust {
namespace {

// What the region's policy does not use.
constexpr std::string_view kMorePolicy = R"(
utc_offset = "+09:00"
[purposes.school]
title = { ja = "学校", en = "School" }
[personal]
SchoolReport = "pupil"
[[rule]]
name = "teacher"
kind = ["staff"]
role = ["teacher", "nurse"]
relation = ["teacherOf"]
purpose = ["school", "school"]
weekday = ["mon", "tue", "wed", "thu", "fri"]
hours = "08:00-17:00"
types = ["personal"]
except_types = ["HealthObservation", "Consent"]
except = ["phone", "note"]
allow = ["read", "history"]
[[rule]]
name = "night"
hours = "22:00-06:00"
types = ["SchoolReport", "Shelter"]
assurance = "strong"
kind = ["staff", "resident"]
where = 'status=="open"'
allow = ["write"]
[[rule]]
name = "north"
place = { box = [141.0, 43.0, 142.0, 44.0] }
types = ["*"]
except_types = ["personal", "Policy"]
kind = ["device", "program"]
tenant = ["default", "ebetsu"]
home_tenant = ["ebetsu"]
allow = ["read", "update"]
[[rule]]
name = "school-consent"
consent = true
relation = ["teacherOf", "self"]
purpose = ["school"]
types = ["SchoolReport", "HealthObservation"]
except = ["note"]
allow = ["read", "subscribe"]
[[rule]]
name = "bodies"
body = ["urn:ngsi-ld:Organization:b1"]
types = ["Shelter"]
attributes = ["name"]
allow = ["delete"]
[[rule]]
name = "urgent-school"
kind = ["staff"]
emergency = true
relation = ["teacherOf", "treats"]
role = ["teacher", "doctor"]
types = ["SchoolReport"]
allow = ["read"]
)";

class Matrix {
 public:
  explicit Matrix(unsigned seed, Instant now = {}) : random_(seed) { make(now); }

  naive::World world;
  std::vector<Subject> subjects;

 private:
  std::size_t upto(std::size_t n) { return random_() % n; }
  bool chance(unsigned percent) { return random_() % 100 < percent; }
  template <class T>
  const T& any(const std::vector<T>& list) {
    return list[upto(list.size())];
  }
  naive::Thing& thing(const std::string& type, const std::string& id) {
    world.things.push_back({"urn:ngsi-ld:" + type + ":" + id, {type}, {}, {}, {}});
    return world.things.back();
  }
  static void link(naive::Thing& t, const std::string& name, std::vector<std::string> to) {
    t.attributes[name] = std::move(to);
    t.links.insert(name);
  }
  void validity(naive::Thing& t) {
    const auto at = [&](long long shift) { return to_string(Instant{(world.now_s + shift) * 1'000'000}); };
    if (chance(15)) t.attributes["validFrom"] = {at(chance(50) ? -3600 : 3600)};
    if (chance(25)) t.attributes["validUntil"] = {at(chance(60) ? 3600 : -3600)};
    if (chance(3)) t.attributes["validUntil"] = {at(0)};
  }
  void relate(const std::string& subject, const std::string& relation, const std::string& object,
              const std::string& role = "") {
    naive::Thing& t = thing("AccessRelation", std::to_string(++count_));
    link(t, "subject", {subject});
    link(t, "target", {object});
    t.attributes["relation"] = {relation};
    if (!role.empty()) t.attributes["role"] = {role};
    validity(t);
    if (relation == "delegateOf" && chance(50)) t.attributes["allow"] = {"read", "update"};
    if (relation == "delegateOf" && chance(40)) t.attributes["types"] = {"HealthObservation", "Resident"};
  }
  void make(Instant now);
  void make_subjects();
  void make_data();

  std::mt19937 random_;
  int count_ = 0;
  std::vector<std::string> residents_, staff_, bodies_;
};

void Matrix::make(Instant now) {
  static const char* const kTimes[] = {"2026-04-01T03:00:00Z", "2026-04-04T03:00:00Z", "2026-04-06T15:30:00Z",
                                       "2026-04-07T08:00:00Z"};
  world.now_s = (now != Instant{} ? now : *parse_instant(kTimes[upto(4)])).us / 1'000'000;
  for (int i = 0; i < 6; ++i) residents_.push_back("urn:ngsi-ld:Resident:r" + std::to_string(i));
  for (int i = 0; i < 9; ++i) staff_.push_back("urn:ngsi-ld:Staff:s" + std::to_string(i));
  bodies_ = {"urn:ngsi-ld:Organization:hokkaido", "urn:ngsi-ld:Organization:b1", "urn:ngsi-ld:Organization:b2",
             "urn:ngsi-ld:Municipality:m1", "urn:ngsi-ld:Municipality:m2"};
  make_data();
  make_subjects();
}

void Matrix::make_data() {
  const std::vector<std::string> roles{"doctor",  "nurse",   "care-manager", "officer", "analyst",   "operator",
                                       "auditor", "teacher", "researcher",   "rescue",  "registrar", "admin"};
  for (const std::string& person : staff_) {
    for (std::size_t i = 0; i < 1 + upto(3); ++i) relate(person, "memberOf", any(bodies_), any(roles));
  }
  relate(staff_[0], "memberOf", bodies_[1], "doctor");
  relate(staff_[1], "memberOf", bodies_[3], "officer");
  relate(staff_[2], "memberOf", bodies_[0], "analyst");
  relate(staff_[3], "memberOf", bodies_[0], "operator");
  relate("urn:ngsi-ld:Program:p0", "memberOf", bodies_[0], "operator");
  const std::vector<std::string> relations{"treats", "careManagerOf", "teacherOf", "guardianOf"};
  for (int i = 0; i < 14; ++i) relate(chance(60) ? any(bodies_) : any(staff_), any(relations), any(residents_));
  for (int i = 0; i < 4; ++i) relate(any(residents_), chance(50) ? "guardianOf" : "delegateOf", any(residents_));
  relate(residents_[1], "delegateOf", residents_[0]);
  relate("urn:ngsi-ld:Device:d0", "reports", "urn:ngsi-ld:Shelter:0");
  const std::vector<std::string> purposes{"care", "research", "school"};
  for (int i = 0; i < 16; ++i) {
    naive::Thing& t = thing("Consent", std::to_string(i));
    link(t, "person", {any(residents_)});
    link(t, "to", {chance(70) ? any(bodies_) : any(staff_)});
    t.attributes["purpose"] = {any(purposes)};
    t.attributes["types"] = chance(50) ? std::vector<std::string>{"HealthObservation"}
                                       : std::vector<std::string>{"CareVisit", "HealthObservation", "SchoolReport"};
    if (chance(40)) t.attributes["attributes"] = {"kind", "note"};
    t.attributes["status"] = {chance(80) ? "given" : "withdrawn"};
    validity(t);
  }
  for (int i = 0; i < 5; ++i) {
    naive::Thing& t = thing("EmergencyAccess", std::to_string(i));
    link(t, "subject", {any(staff_)});
    link(t, "person", {any(residents_)});
    link(t, "supervisor", {any(staff_)});
    validity(t);
  }
  for (const std::string& id : residents_) {
    world.things.push_back({id, {"Resident"}, {}, {}, {}});
    naive::Thing& t = world.things.back();
    for (const char* name : {"name", "phone", "sex", "ageGroup", "bloodType", "note"}) t.attributes[name] = {"x"};
    link(t, "municipality", {chance(50) ? bodies_[3] : bodies_[4]});
  }
  for (const std::string& type :
       std::vector<std::string>{"HealthObservation", "CareVisit", "CarePlan", "SchoolReport"}) {
    for (int i = 0; i < 5; ++i) {
      naive::Thing& t = thing(type, std::to_string(i));
      for (const char* name : {"kind", "observedValue", "note"}) t.attributes[name] = {"x"};
      t.attributes["status"] = {chance(50) ? "open" : "closed"};
      std::vector<std::string> about{any(residents_)};
      if (chance(15)) about.push_back(about[0] == residents_[0] ? residents_[1] : residents_[0]);
      if (chance(92)) link(t, type == "SchoolReport" ? "pupil" : "refResident", about);
      link(t, "provider", {any(bodies_)});
      if (i == 4 && chance(50)) t.types.insert(chance(50) ? "Shelter" : "CareVisit");
    }
  }
  for (const std::string& type :
       std::vector<std::string>{"Shelter", "WeatherObserved", "Policy", "SecurityAlert", "Secret"}) {
    for (int i = 0; i < 2; ++i) {
      naive::Thing& t = thing(type, std::to_string(i));
      t.attributes["name"] = {"x"};
      t.attributes["note"] = {"x"};
      t.attributes["status"] = {chance(50) ? "open" : "closed"};
      if (chance(50)) link(t, "refDevice", {"urn:ngsi-ld:Device:d0"});
      if (chance(60)) t.point = std::pair(chance(50) ? 141.5 : 140.5, 43.5);
    }
  }
}

void Matrix::make_subjects() {
  const auto add = [&](SubjectKind kind, const std::string& id) -> Subject& {
    Subject s;
    s.kind = kind;
    s.id = id;
    s.assurance = static_cast<Assurance>(1 + upto(3));
    subjects.push_back(s);
    return subjects.back();
  };
  subjects.emplace_back();
  for (const std::string& id : residents_) add(SubjectKind::kResident, id);
  for (const std::string& id : staff_) add(SubjectKind::kStaff, id);
  for (int i = 0; i < 4; ++i) add(SubjectKind::kResident, any(residents_)).acts_for = any(residents_);
  add(SubjectKind::kResident, residents_[1]).acts_for = residents_[0];
  add(SubjectKind::kStaff, any(staff_)).acts_for = any(residents_);
  add(SubjectKind::kStaff, staff_[0]).scopes = "openid graph.read";
  add(SubjectKind::kStaff, staff_[3]).scopes = "write:Shelter read";
  add(SubjectKind::kResident, residents_[2]).scopes = "openid profile";
  add(SubjectKind::kStaff, staff_[2]).tenant = "ebetsu";
  add(SubjectKind::kDevice, "urn:ngsi-ld:Device:d0");
  add(SubjectKind::kDevice, "urn:ngsi-ld:Device:d1").tenant = "ebetsu";
  add(SubjectKind::kProgram, "urn:ngsi-ld:Program:p0");
}

std::string json_of(const naive::Thing& thing) {
  std::string out;
  JsonObject object(out);
  object.text("id", thing.id);
  append_json_texts(object.member("type"), thing.types);
  for (const auto& [name, values] : thing.attributes) {
    const bool is_link = thing.links.contains(name);
    std::string& value = object.member(name);
    value += is_link ? R"({"type":"Relationship","object":)" : R"({"type":"Property","value":)";
    if (values.size() == 1) {
      append_json_string(value, values[0]);
    } else {
      append_json_texts(value, values);
    }
    value += '}';
  }
  if (thing.point) {
    object.json("location", fmt::format(R"({{"type":"GeoProperty","value":{{"type":"Point","coordinates":[{},{}]}}}})",
                                        thing.point->first, thing.point->second));
  }
  object.end();
  return out;
}

std::string told(const naive::Ask& ask, const naive::Thing& thing) {
  return fmt::format("{} {} acts for \"{}\" scopes \"{}\" assurance {} of \"{}\" in \"{}\": {} {} ({}) for \"{}\"",
                     name(ask.subject.kind), ask.subject.id, ask.subject.acts_for, ask.subject.scopes,
                     static_cast<int>(ask.subject.assurance), ask.subject.tenant, ask.tenant, ask.action, thing.id,
                     fmt::join(thing.types, ","), ask.purpose);
}

/// What they are shown, by entity.
std::string shown_json(const naive::World& world, const naive::Ask& ask) {
  std::string out;
  JsonObject shown(out);
  for (const naive::Thing& thing : world.things) {
    const naive::Shown answer = world.ask(ask, thing);
    if (!answer) continue;
    std::vector<std::string> names;
    for (const auto& [attribute, values] : thing.attributes) {
      if (answer->contains("*") || answer->contains(attribute)) names.push_back(attribute);
    }
    if (thing.point && (answer->contains("*") || answer->contains("location"))) names.push_back("location");
    append_json_texts(shown.member(thing.id), names);
  }
  shown.end();
  return out;
}

const std::vector<std::string> kMatrixPurposes{"",         "care",   "administration", "statistics",
                                               "research", "school", "nonsense"};

/// Of those who can sign in without a card or another program: an account of the demonstration, a key, nobody.
void write_world(unsigned seed, const std::filesystem::path& folder) {
  const Matrix matrix(seed, now());
  naive::World world = matrix.world;
  std::vector<std::string> texts{std::string(kMorePolicy)};
  for (const auto& [path, text] : shipped_files()) texts.insert(texts.begin(), std::string(text));
  world.read_policies(texts);
  std::ofstream(folder / "more.toml") << kMorePolicy;
  std::ofstream entities(folder / "entities.jsonl"), answers(folder / "answers.jsonl");
  for (const naive::Thing& thing : world.things) entities << json_of(thing) << '\n';
  for (Subject who : matrix.subjects) {
    if (!who.scopes.empty() || !who.tenant.empty()) continue;
    const bool person = who.kind == SubjectKind::kResident || who.kind == SubjectKind::kStaff;
    if (who.kind != SubjectKind::kAnonymous) who.assurance = person ? Assurance::kStrong : Assurance::kSingle;
    for (const std::string& purpose : kMatrixPurposes) {
      std::string out;
      JsonObject(out)
          .text("kind", name(who.kind))
          .text("id", who.id)
          .text("actsFor", who.acts_for)
          .text("purpose", purpose)
          .json("read", shown_json(world, {who, "", purpose, "read"}))
          .json("history", shown_json(world, {who, "", purpose, "history"}))
          .end();
      answers << out << '\n';
    }
  }
}

/// Questions asked, one for each attribute; differences.
std::pair<std::uint64_t, std::vector<std::string>> compare(unsigned seed) {
  const Matrix matrix(seed);
  std::vector<std::string> texts{std::string(kMorePolicy)};
  for (const auto& [path, text] : shipped_files()) texts.insert(texts.begin(), std::string(text));
  naive::World world = matrix.world;
  world.read_policies(texts);

  test::World real;
  real.now = Instant{world.now_s * 1'000'000};
  real.policy(kMorePolicy, "more");
  for (const auto& [path, text] : shipped_files()) real.policy(text, "region");
  for (const naive::Thing& thing : world.things) real.add(json_of(thing));

  std::uint64_t asked = 0;
  const unsigned one_in = std::getenv("TSUNAGU_MATRIX_FULL") != nullptr ? 1 : 4;
  std::mt19937 pick(seed);
  std::vector<std::string> differences;
  for (const Subject& who : matrix.subjects) {
    const auto subject = std::make_shared<Subject>(who);
    for (const std::string& purpose : kMatrixPurposes) {
      for (const std::string& tenant : std::vector<std::string>{"", "ebetsu"}) {
        if (tenant == "ebetsu" && !purpose.empty() && purpose != "statistics") continue;
        const AccessPtr access = real.access(subject, purpose, tenant);
        for (const std::string& action :
             std::vector<std::string>{"read", "history", "subscribe", "create", "update", "delete"}) {
          const auto where = access->where(*parse_action(action));
          for (const naive::Thing& thing : world.things) {
            if (one_in > 1 && pick() % one_in != 0) continue;
            const naive::Ask ask{who, tenant, purpose, action};
            const naive::Shown expected = world.ask(ask, thing);
            const ngsi::Record& record = *real.entities.at(thing.id);
            const Decision decision = access->decide(*parse_action(action), record);
            bool same = decision.allowed() == expected.has_value();
            for (const auto& [attribute, values] : thing.attributes) {
              ++asked;
              const bool shown = expected && (expected->contains("*") || expected->contains(attribute));
              same = same && decision.allows(ngsi::core_context()->intern(attribute)) == shown;
            }
            const bool narrowed = !decision.allowed() || std::any_of(where.begin(), where.end(), [&](const auto& each) {
              return ngsi::matches(*each, record, nullptr);
            });
            if (!narrowed) differences.push_back("the planner would not find it: " + told(ask, thing));
            if (same) continue;
            std::string line = told(ask, thing) + (expected ? ": should be allowed" : ": should be denied");
            if (decision.allowed()) line += "; allowed by " + access->rules()[decision.rule()].rule;
            differences.push_back(std::move(line));
          }
        }
      }
    }
  }
  return {asked, differences};
}

TEST(AccessMatrix, CompiledPoliciesSayWhatTheTextSays) {
  const char* given = std::getenv("TSUNAGU_MATRIX_SEED");
  const unsigned seed = given != nullptr ? static_cast<unsigned>(std::atoi(given)) : 1;
  if (const char* folder = std::getenv("TSUNAGU_MATRIX")) return write_world(seed, folder);
  const auto [asked, differences] = compare(seed);
  for (std::size_t i = 0; i < std::min<std::size_t>(differences.size(), 20); ++i) ADD_FAILURE() << differences[i];
  EXPECT_EQ(differences.size(), 0u);
  EXPECT_GE(asked, 100'000u);
  std::printf("%llu questions\n", static_cast<unsigned long long>(asked));
}

}  // namespace
}  // namespace tsunagu::trust
