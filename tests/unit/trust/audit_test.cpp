// What is in the audit log stays there, in its order, as it was written; or it is seen.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <sstream>

#include "trust/audit/end_mark.h"
#include "trust/audit/files.h"
#include "trust/audit/log.h"

namespace tsunagu::trust {
namespace {

namespace fs = std::filesystem;

class Audit : public ::testing::Test {
 protected:
  Audit() : key(*SigningKey::make()) {
    std::string name = (fs::temp_directory_path() / "tsunagu-audit-XXXXXX").string();
    root = ::mkdtemp(name.data());
    folder = root / "audit";
  }
  ~Audit() override { fs::remove_all(root); }

  std::unique_ptr<AuditLog> open(AuditLog::Options options = {}) {
    auto log = AuditLog::open(folder, key, options);
    if (!log) ADD_FAILURE() << log.error().detail;
    return log ? std::move(*log) : nullptr;
  }
  static std::uint64_t write(AuditLog& log, std::string json) {
    const auto place = log.append(at, text_of(json));
    EXPECT_TRUE(place) << place.error().detail;
    if (!place) return 0;
    std::promise<Result<void>> done;
    log.when_written(*place, [&](Result<void> written) { done.set_value(std::move(written)); });
    EXPECT_TRUE(done.get_future().get());
    return place->number;
  }
  /// An object as a record that has nothing in common with others.
  static RecordText text_of(std::string_view json) { return {"", std::string(json.substr(1, json.size() - 2))}; }
  Result<AuditReport> verify() const { return verify_audit(folder, {key}); }

  static std::string read(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static void overwrite(const fs::path& file, const std::string& bytes) {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
  }
  std::string bytes() const { return read(segments(folder).front().path); }
  void put_first(const std::string& text) const { overwrite(segment_path(folder, 1), text); }
  void put(const std::string& text) const { overwrite(segments(folder).front().path, text); }

  static constexpr Instant at{1'775'000'000'000'000};
  SigningKey key;
  fs::path root, folder;
};

TEST_F(Audit, WhatWasWrittenIsReadInItsOrder) {
  {
    auto log = open();
    for (int i = 0; i < 10; ++i) write(*log, "{\"who\":\"staff:" + std::to_string(i) + "\"}");
  }
  std::vector<std::string> seen;
  const auto report =
      verify_audit(folder, {key}, {.pinned = {}, .each = [&](const Line& line, RecordReader&) { seen.emplace_back(line.json); }});
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->records, 10u);
  EXPECT_EQ(report->checkpoints, 2u);  // at the beginning and at the end
  EXPECT_EQ(report->behind_checkpoint, 0u);
  EXPECT_EQ(seen.size(), 10u);
  EXPECT_EQ(seen[3], "{\"who\":\"staff:3\"}");
}

TEST_F(Audit, EveryAlteredByteIsFound) {
  {
    auto log = open();
    write(*log, R"({"subject":"urn:ngsi-ld:Resident:7","purpose":"care"})");
  }
  const std::string whole = bytes();
  ASSERT_TRUE(verify());
  for (std::size_t i = 0; i + 1 < whole.size();
       ++i) {  // the last byte is the line end: without it the line counts as torn
    std::string changed = whole;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    put(changed);
    EXPECT_FALSE(verify()) << "byte " << i << ": " << whole.substr(i > 20 ? i - 20 : 0, 40);
  }
}

TEST_F(Audit, RemovedAndReorderedAndInsertedLinesAreFound) {
  {
    auto log = open();
    for (int i = 0; i < 5; ++i) write(*log, "{\"i\":" + std::to_string(i) + "}");
  }
  std::vector<std::string> lines;
  std::istringstream whole(bytes());
  for (std::string line; std::getline(whole, line);) lines.push_back(line + "\n");
  ASSERT_EQ(lines.size(), 7u);
  const auto joined = [](const std::vector<std::string>& parts) {
    std::string text;
    for (const auto& part : parts) text += part;
    return text;
  };
  for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
    auto removed = lines;
    removed.erase(removed.begin() + static_cast<std::ptrdiff_t>(i));
    put(joined(removed));
    EXPECT_FALSE(verify()) << "without line " << i;
    auto swapped = lines;
    std::swap(swapped[i], swapped[i + 1]);
    put(joined(swapped));
    EXPECT_FALSE(verify()) << "lines " << i << " and " << i + 1 << " swapped";
    auto twice = lines;
    twice.insert(twice.begin() + static_cast<std::ptrdiff_t>(i), lines[i]);
    put(joined(twice));
    EXPECT_FALSE(verify()) << "line " << i << " twice";
  }
}

TEST_F(Audit, ALogWrittenAnewWithAnotherKeyIsFound) {
  { write(*open(), R"({"who":"nobody"})"); }
  EXPECT_TRUE(verify());
  EXPECT_FALSE(verify_audit(folder, {*SigningKey::make()}));
  EXPECT_FALSE(verify_audit(folder, {}));
}

TEST_F(Audit, GoesOnAfterARestart) {
  for (int i = 0; i < 4; ++i) write(*open(), "{}");
  const auto report = verify();
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->records, 4u);
}

TEST_F(Audit, ATornLastLineIsCutOffAtTheStart) {
  { write(*open(), "{}"); }
  const std::string whole = bytes();
  put(whole + whole.substr(whole.size() - 80, 60));
  const auto torn = verify();
  ASSERT_TRUE(torn) << torn.error().detail;
  EXPECT_TRUE(torn->torn);
  { write(*open(), "{}"); }
  const auto report = verify();
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_FALSE(report->torn);
  EXPECT_EQ(report->records, 2u);
}

TEST_F(Audit, ACrashWhileAFileIsBegunLosesNothing) {
  { write(*open(), "{}"); }
  const auto before = verify();
  overwrite(segment_path(folder, before->last + 1), "{\"n\":");
  { write(*open(), "{}"); }
  const auto report = verify();
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->records, 2u);
}

TEST_F(Audit, RefusesToGoOnBehindAChangedEnd) {
  { write(*open(), "{}"); }
  put(bytes() + "something else\n");
  const auto log = AuditLog::open(folder, key);
  ASSERT_FALSE(log);
  EXPECT_NE(log.error().detail.find("changed"), std::string::npos);
}

TEST_F(Audit, FilesFollowOneAnotherAndOldOnesCanBeForgotten) {
  AuditLog::Options options;
  options.segment_bytes = 1000;
  options.checkpoint_every = 3;
  auto log = open(options);
  for (int i = 0; i < 50; ++i) write(*log, "{\"i\":" + std::to_string(i) + "}");
  ASSERT_GT(segments(folder).size(), 5u);
  const auto forgotten = log->forget(Instant{at.us + 1});
  ASSERT_TRUE(forgotten);
  EXPECT_GT(*forgotten, 3u);
  EXPECT_FALSE(segments(folder).empty());
  log.reset();
  const auto report = verify();
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_GT(report->first, 1u);
  EXPECT_LT(report->records, 50u);
  fs::remove(segments(folder).front().path);
  const auto removed = verify();  // nothing in the log says that it was forgotten
  ASSERT_FALSE(removed);
  EXPECT_NE(removed.error().detail.find("removed"), std::string::npos);
}

TEST_F(Audit, AMissingFileInTheMiddleIsFound) {
  AuditLog::Options options;
  options.segment_bytes = 1000;
  {
    auto log = open(options);
    for (int i = 0; i < 30; ++i) write(*log, "{}");
  }
  fs::remove(segments(folder)[1].path);
  EXPECT_FALSE(verify());
}

TEST_F(Audit, ManyWritersShareTheLog) {
  constexpr int kThreads = 4, kEach = 500;
  {
    auto log = open();
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&log, t] {
        std::vector<std::promise<void>> done(kEach);
        for (int i = 0; i < kEach; ++i) {
          const auto place = log->append(at, {"", "\"t\":" + std::to_string(t)});
          EXPECT_TRUE(place);
          log->when_written(*place, [&done, i](const Result<void>& written) {
            EXPECT_TRUE(written);
            done[static_cast<std::size_t>(i)].set_value();
          });
        }
        for (auto& one : done) one.get_future().wait();
      });
    }
    for (auto& thread : threads) thread.join();
  }
  const auto report = verify();
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->records, static_cast<std::uint64_t>(kThreads * kEach));
}

TEST_F(Audit, AFullDiskRefusesAndLosesNothing) {
  AuditLog::Options options;
  options.segment_bytes = 64u << 20;
  auto log = open(options);
  write(*log, "{}");
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const auto was = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit full{1u << 20, before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &full);
  std::optional<ErrorCode> code;
  std::uint64_t written = 1;
  const std::string json = "{\"text\":\"" + std::string(10'000, 'x') + "\"}";
  for (int i = 0; i < 200 && !code; ++i) {
    const auto place = log->append(at, text_of(json));
    if (place) {
      ++written;
    } else {
      code = place.error().code;
    }
  }
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, was);
  EXPECT_EQ(code, ErrorCode::kStorageFull);
  EXPECT_GT(written, 50u);
  write(*log, json);  // there is space again
  log.reset();
  const auto report = verify();
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->records, written + 1);
}

TEST_F(Audit, WhatWasToldWrittenIsThereWithoutAnEnd) {
  const pid_t child = ::fork();
  if (child == 0) {  // ends as by kill -9: no destructor, no sync
    AuditLog::Options options;
    options.sync = std::chrono::hours(1);
    auto log = AuditLog::open(folder, key, options);
    if (!log) ::_exit(1);
    for (int i = 0; i < 1000; ++i) (*log)->append(at, {});
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  auto report = verify();
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->records, 1000u);
  EXPECT_FALSE(report->torn);
  write(*open(), "{}");
  report = verify();
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->records, 1001u);
}

TEST_F(Audit, LinesBehindAGapOfALossOfPowerAreSetAside) {
  std::string mark;
  {
    auto log = open();
    mark = read(folder / kEndMark);
    for (int i = 0; i < 9; ++i) write(*log, "{\"i\":" + std::to_string(i) + "}");
  }
  std::string whole = bytes();
  const auto at_five = whole.find("{\"i\":5}");
  whole.replace(at_five - 20, 40, 40, '\0');
  put(whole);
  overwrite(folder / kEndMark, mark);  // nothing behind was known to be on disk
  EXPECT_FALSE(verify());
  write(*open(), "{}");
  const auto report = verify();
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->records, 6u);
  EXPECT_NE(read(fs::path(segments(folder).front().path).replace_extension(".torn")).find("{\"i\":8}"),
            std::string::npos);
}

TEST_F(Audit, ACutTailIsFoundByACheckpointKeptElsewhere) {
  Checkpoint kept;
  {
    auto log = open();
    write(*log, "{}");
    kept = *log->checkpoint();
    write(*log, "{}");
  }
  const ChainEnd pin{kept.number, kept.hash};
  EXPECT_TRUE(verify_audit(folder, {key}, {.pinned = pin, .each = {}}));
  EXPECT_FALSE(verify_audit(folder, {key}, {.pinned = ChainEnd{kept.number, {}}, .each = {}}));
  const std::string whole = bytes();
  std::size_t end = 0;
  for (int line = 0; line < 2; ++line) end = whole.find('\n', end) + 1;  // before the checkpoint that was kept
  put(whole.substr(0, end));
  EXPECT_FALSE(verify());
  fs::remove(folder / kEndMark);
  const auto cut = verify_audit(folder, {key}, {.pinned = pin, .each = {}});
  ASSERT_FALSE(cut);
  EXPECT_NE(cut.error().detail.find("cut off"), std::string::npos);
}

TEST_F(Audit, ACutTailIsFoundByTheMarkOfTheEnd) {
  { write(*open(), "{}"); }
  const std::string first = read(folder / kEndMark);
  { write(*open(), R"({"who":"nurse"})"); }
  EXPECT_TRUE(verify());
  const std::string whole = bytes(), mark = read(folder / kEndMark);
  const auto says = [this](std::string_view part) {
    const auto report = verify();
    ASSERT_FALSE(report);
    EXPECT_NE(report.error().detail.find(part), std::string::npos) << report.error().detail;
    const auto log = AuditLog::open(folder, key);
    ASSERT_FALSE(log) << "goes on behind what is missing";
    EXPECT_NE(log.error().detail.find("missing"), std::string::npos) << log.error().detail;
  };
  for (std::size_t cut = whole.find('\n'); cut + 1 < whole.size(); cut = whole.find('\n', cut + 1)) {
    put(whole.substr(0, cut + 1));
    says("cut off");
    put(whole.substr(0, cut + 9));
    says("cut off");
  }
  fs::remove(segments(folder).front().path);
  says("all its files were removed");
  put_first(whole);
  fs::remove(folder / kEndMark);
  says("was removed");
  for (std::size_t i = 0; i < mark.size() - 4; ++i) {  // the last digit of Base64 has bits that count for nothing
    std::string other = mark;
    other[i] = other[i] == '1' ? '2' : '1';
    overwrite(folder / kEndMark, other);
    EXPECT_FALSE(verify()) << i;
  }
  overwrite(folder / kEndMark, first);  // an older one is weaker, but signed
  EXPECT_TRUE(verify());
  overwrite(folder / kEndMark, mark);
  EXPECT_TRUE(verify());
}

TEST_F(Audit, EachRecordCanWaitForItsSync) {
  AuditLog::Options options;
  options.sync = std::chrono::milliseconds(0);
  auto log = open(options);
  for (int i = 0; i < 3; ++i) write(*log, "{}");
  log.reset();
  EXPECT_EQ(verify()->records, 3u);
}

TEST_F(Audit, TheKeyIsKept) {
  fs::create_directories(folder);
  const fs::path file = root / "audit.pem";
  const auto first = SigningKey::open_or_make(file);
  const auto second = SigningKey::open_or_make(file);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->id(), second->id());
  EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  const auto open_half = SigningKey::from_pem(first->public_pem());
  ASSERT_TRUE(open_half);
  EXPECT_TRUE(open_half->verify("text", second->sign("text")));
  EXPECT_FALSE(open_half->verify("texT", second->sign("text")));
  overwrite(file, "no key");
  EXPECT_FALSE(SigningKey::open_or_make(file));
}

}  // namespace
}  // namespace tsunagu::trust
