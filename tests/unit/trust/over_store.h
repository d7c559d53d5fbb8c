// The demonstration's people in a store of their own, under the region's policy.
#pragma once
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "policy_sample.h"
#include "store/embedded.h"
#include "trust/consent/consents.h"
#include "trust/consent/emergencies.h"
#include "trust/policy/authority.h"
#include "trust/policy/directory.h"
#include "trust/policy/shipped.h"

namespace tsunagu::trust {

/// Keeps what it is told.
class Recorder final : public Auditor {
 public:
  void record(AuditRecord record, Done done) override {
    records.push_back(std::move(record));
    if (done) done(fails ? Result<void>(fail(ErrorCode::kUnavailable, "the log cannot be written")) : Result<void>());
  }
  std::vector<AuditRecord> records;
  bool fails = false;
};

class OverStore : public ::testing::Test {
 protected:
  OverStore() {
    std::string name = (std::filesystem::temp_directory_path() / "tsunagu-policy-XXXXXX").string();
    folder = ::mkdtemp(name.data());
    store::EmbeddedOptions options;
    options.folder = folder / "data";
    store = std::move(*store::open_embedded(std::move(options)));
    EXPECT_TRUE(install_policies(*store));
    for (const char* file : {"people", "relations", "care"}) {
      std::ifstream in(std::string(TSUNAGU_SOURCE_DIR) + "/data/demonstration/" + file + ".jsonl");
      for (std::string line; std::getline(in, line);) put(line);
    }
    authority = std::make_unique<PolicyAuthority>(*store, [this] { return now; });
    directory = std::make_unique<Directory>(*authority, *store);
    consents = std::make_unique<Consents>(*store, *authority, *directory, recorder, key, [this] { return now; });
    emergencies = std::make_unique<Emergencies>(*store, *authority, *directory, recorder, [this] { return now; });
  }
  ~OverStore() override {
    emergencies.reset();
    consents.reset();
    directory.reset();
    authority.reset();
    store->stop();
    store.reset();
    std::filesystem::remove_all(folder);
  }

  void put(std::string_view json) {
    const auto record = test::entity(json);
    write(std::string(record->id()),
          [record](const ngsi::Record*, Instant) -> Result<store::Decision> { return store::Put{record}; });
  }
  void remove(const std::string& id) {
    write(id, [](const ngsi::Record*, Instant) -> Result<store::Decision> { return store::Remove{}; });
  }
  void write(const std::string& id, store::Decide decide) {
    std::promise<void> written;
    std::vector<store::Write> writes;
    writes.emplace_back(store::EntityWrite{{}, id, std::move(decide)});
    store->submit(std::move(writes), [&](std::vector<store::Outcome> outcomes) {
      EXPECT_TRUE(outcomes[0].result) << outcomes[0].result.error().detail;
      written.set_value();
    });
    written.get_future().get();
  }
  bool may(const SubjectPtr& who, Action action, const std::string& id, const std::string& purpose = "") {
    const auto record = store->find({}, id);
    return record && authority->access(who, {}, purpose)->decide(action, *record).allowed();
  }
  Asking asking(const SubjectPtr& who) { return {who, {}, "", "POST /trust/consents", "127.0.0.1:1"}; }
  /// What a call with a callback answers.
  template <class T, class Call>
  static Result<T> wait(Call&& call) {
    std::promise<Result<T>> done;
    call([&](Result<T> outcome) { done.set_value(std::move(outcome)); });
    return done.get_future().get();
  }
  Result<ConsentView> give(const SubjectPtr& who, ConsentDraft draft) {
    return wait<ConsentView>([&](auto done) { consents->give(asking(who), std::move(draft), done); });
  }
  ConsentDraft draft(const std::string& person = "") {
    return {person, "urn:ngsi-ld:Organization:demo-clinic", "care", {"HealthObservation"}, {}, {}};
  }

  std::filesystem::path folder;
  std::unique_ptr<store::Store> store;
  Instant now = *parse_instant("2026-11-24T01:00:00Z");
  Recorder recorder;
  SigningKey key = *SigningKey::make();
  std::unique_ptr<PolicyAuthority> authority;
  std::unique_ptr<Directory> directory;
  std::unique_ptr<Consents> consents;
  std::unique_ptr<Emergencies> emergencies;

  SubjectPtr a = test::subject(SubjectKind::kResident, "urn:ngsi-ld:Resident:demo-a");
  SubjectPtr b = test::subject(SubjectKind::kResident, "urn:ngsi-ld:Resident:demo-b");
  SubjectPtr c = test::subject(SubjectKind::kResident, "urn:ngsi-ld:Resident:demo-c");
  SubjectPtr doctor = test::subject(SubjectKind::kStaff, "urn:ngsi-ld:Staff:demo-doctor");
  SubjectPtr supervisor = test::subject(SubjectKind::kStaff, "urn:ngsi-ld:Staff:demo-supervisor");
};

}  // namespace tsunagu::trust
