// What a record of the audit log costs. Usage: bench_audit [RECORDS=1000000] [FOLDER]
// Prints CPU of the whole process (writing, syncing, indexing) for each record, a start over the log, and searches.
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "trust/audit/trail.h"

namespace {

using namespace tsunagu;
using namespace tsunagu::trust;
using Clock = std::chrono::steady_clock;

double cpu_us() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto us = [](const timeval& t) { return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_usec); };
  return us(usage.ru_utime) + us(usage.ru_stime);
}
double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

AuditRecord record_of(std::size_t i, const SubjectPtr& who) {
  AuditRecord record;
  record.subject = who;
  record.action = "read";
  record.purpose = "care";
  record.rule = "care/treating-staff urn:ngsi-ld:AccessRelation:clinic-a-nurse-1";
  record.persons = {"urn:ngsi-ld:Resident:" + std::to_string(i % 100'000)};
  record.entities = {"urn:ngsi-ld:CarePlan:" + std::to_string(i % 300'000)};
  record.count = 1;
  record.request = "GET /ngsi-ld/v1/entities/" + record.entities[0];
  record.peer = "192.0.2.17";
  record.outcome = "ok";
  return record;
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t records = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  std::string name = (argc > 2 ? std::filesystem::path(argv[2]) : std::filesystem::temp_directory_path()) /
                     "tsunagu-bench-audit-XXXXXX";
  const std::filesystem::path folder = ::mkdtemp(name.data());
  std::vector<SubjectPtr> staff;
  for (int i = 0; i < 500; ++i) {
    Subject subject;
    subject.kind = SubjectKind::kStaff;
    subject.id = "urn:ngsi-ld:Staff:nurse-" + std::to_string(i);
    subject.name = "Demo nurse " + std::to_string(i);
    subject.account = "nurse-" + std::to_string(i);
    subject.session = "s" + std::to_string(i);
    staff.push_back(std::make_shared<const Subject>(std::move(subject)));
  }
  {
    auto trail = AuditTrail::open(folder, {});
    if (!trail) return std::fprintf(stderr, "%s\n", trail.error().detail.c_str()), 1;
    std::vector<AuditRecord> ready;
    double writing = 0;
    const double before = cpu_us();
    double making = 0;
    for (std::size_t i = 0; i < records;) {
      const double begin = cpu_us();
      ready.clear();
      for (; ready.size() < 10'000 && i < records; ++i) ready.push_back(record_of(i, staff[i % staff.size()]));
      making += cpu_us() - begin;
      const auto start = Clock::now();
      for (AuditRecord& record : ready) (*trail)->record(std::move(record), {});
      writing += ms_since(start);
    }
    (*trail)->settle();
    const double all = cpu_us() - before - making;
    std::printf("record(): %.2f µs; CPU in all (with index and sync): %.2f µs a record\n",
                writing * 1000 / static_cast<double>(records), all / static_cast<double>(records));
  }
  {
    auto start = Clock::now();
    auto trail = AuditTrail::open(folder, {});
    std::printf("open: %.1f ms", ms_since(start));
    (*trail)->settle();
    while (!(*trail)->ready()) std::this_thread::yield();
    std::printf("; read to its end and verified: %.0f ms\n", ms_since(start));
    for (const char* what : {"person", "subject", "text"}) {
      AuditQuery query;
      if (what[0] == 'p') query.person = "urn:ngsi-ld:Resident:77777";
      if (what[0] == 's') query.subject = "nurse-123";
      if (what[0] == 't') query.text = "CarePlan:277777\"";
      start = Clock::now();
      const auto page = (*trail)->search(query);
      std::printf("search by %s: %zu found, %.2f ms\n", what, page.events.size(), ms_since(start));
    }
  }
  std::filesystem::remove_all(folder);
}
