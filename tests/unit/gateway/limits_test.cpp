// Rates and quotas.
#include "gateway/guard/limits.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <future>

#include "store/embedded.h"

namespace tsunagu::gateway {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class AskedBy final : public Request {
 public:
  AskedBy(trust::Subject subject, std::string peer, std::string tenant = "")
      : peer_(std::move(peer)), tenant_(std::move(tenant)) {
    set_caller(std::make_shared<const Caller>(Caller{std::make_shared<const trust::Subject>(std::move(subject)), ""}));
  }
  std::string_view method() const override { return "GET"; }
  std::string_view target() const override { return "/"; }
  std::string_view path() const override { return "/"; }
  std::string_view body() const override { return {}; }
  std::string_view header(std::string_view name) const override {
    return name == "NGSILD-Tenant" ? std::string_view(tenant_) : std::string_view();
  }
  bool has_header(std::string_view name) const override { return !header(name).empty(); }
  std::string_view peer() const override { return peer_; }

 private:
  std::string peer_, tenant_;
};

trust::Subject subject(trust::SubjectKind kind, std::string id = "") {
  trust::Subject s;
  s.kind = kind;
  s.id = std::move(id);
  return s;
}

class LimitsTest : public testing::Test {
 protected:
  LimitsTest() {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    store::EmbeddedOptions options;
    options.folder = folder_;
    store_ = std::move(*store::open_embedded(std::move(options)));
  }
  ~LimitsTest() override {
    store_->stop();
    std::filesystem::remove_all(folder_);
  }
  unsigned status(Limits& limits, const Request& request, std::string_view method = "GET",
                  std::string_view pattern = "/ngsi-ld/v1/entities") {
    const auto refused = limits.admit(request, method, pattern);
    return refused ? refused->status : 0;
  }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("tsunagu_limits_" + std::to_string(::getpid()));
  std::unique_ptr<store::Store> store_;
  trust::QuotaBook quotas_;
};

TEST(Rates, LetAMinutesWorthThroughAndThenTheirRate) {
  Rates rates;
  const auto start = Rates::Clock::now();
  for (int i = 0; i < 60; ++i) EXPECT_EQ(rates.take(1, 60, start), seconds(0)) << i;
  EXPECT_EQ(rates.take(1, 60, start), seconds(1));
  EXPECT_EQ(rates.take(2, 60, start), seconds(0));
  EXPECT_EQ(rates.take(1, 60, start + milliseconds(999)), milliseconds(1));
  EXPECT_EQ(rates.take(1, 60, start + seconds(1)), seconds(0));
  EXPECT_GT(rates.take(1, 60, start + seconds(1)), seconds(0));
  EXPECT_EQ(rates.take(1, 0, start), seconds(0));
}

TEST(Rates, ForgetKeysThatAreFullAgain) {
  Rates rates;
  const auto start = Rates::Clock::now();
  for (std::uint64_t key = 0; key < 200'000; ++key) rates.take(key, 6000, start + milliseconds(key));
  EXPECT_LT(rates.size(), 140'000u);
}

TEST_F(LimitsTest, CountEverybodyByThemselves) {
  Limits limits(*store_, quotas_, {.subject = 3, .device = 2, .address = 1});
  const AskedBy resident(subject(trust::SubjectKind::kResident, "urn:r"), "127.0.0.1:1");
  const AskedBy device(subject(trust::SubjectKind::kDevice, "urn:d"), "127.0.0.1:2");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(status(limits, resident), 0u);
  EXPECT_EQ(status(limits, resident), 429u);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(status(limits, device), 0u);
  const auto refused = limits.admit(device, "GET", "/");
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 429u);
  EXPECT_TRUE(std::ranges::any_of(refused->headers, [](const Header& h) { return h.first == "Retry-After"; }));
  EXPECT_EQ(status(limits, AskedBy(subject(trust::SubjectKind::kAnonymous), "127.0.0.1:3")), 0u);
  EXPECT_EQ(status(limits, AskedBy(subject(trust::SubjectKind::kAnonymous), "127.0.0.1:4")), 429u);
  EXPECT_EQ(status(limits, AskedBy(subject(trust::SubjectKind::kAnonymous), "[2001:db8:1:2::1]:4")), 0u);
  EXPECT_EQ(status(limits, AskedBy(subject(trust::SubjectKind::kAnonymous), "[2001:db8:1:2:3::9]:4")), 429u);
  EXPECT_EQ(status(limits, AskedBy(subject(trust::SubjectKind::kAnonymous), "[2001:db8:1:3::1]:4")), 0u);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(status(limits, AskedBy(subject(trust::SubjectKind::kSystem), "")), 0u);
}

TEST_F(LimitsTest, HoldTenantsToTheirQuotas) {
  Limits limits(*store_, quotas_, {});
  const auto otaru = store_->make_tenant("otaru"), rishiri = store_->make_tenant("rishiri");
  ASSERT_TRUE(otaru && rishiri);
  quotas_.set(*otaru, {.requests_per_minute = 2, .entities = 0, .bytes = 0});
  const auto staff = [](std::string tenant) {
    return AskedBy(subject(trust::SubjectKind::kStaff, "urn:s"), "127.0.0.1:1", std::move(tenant));
  };
  EXPECT_EQ(status(limits, staff("otaru")), 0u);
  EXPECT_EQ(status(limits, staff("otaru")), 0u);
  EXPECT_EQ(status(limits, staff("otaru")), 429u);
  EXPECT_EQ(status(limits, staff("rishiri")), 0u);
  EXPECT_EQ(status(limits, staff("")), 0u);
  EXPECT_EQ(status(limits, staff("nowhere")), 0u);

  quotas_.set(*rishiri, {.requests_per_minute = 0, .entities = 1, .bytes = 1});
  EXPECT_EQ(status(limits, staff("rishiri"), "POST"), 0u);
  std::vector<store::Write> writes;
  writes.emplace_back(store::EntityWrite{*rishiri, "urn:ngsi-ld:A:1", [](const ngsi::Record*, Instant) {
                                           ngsi::Entity entity;
                                           entity.id = "urn:ngsi-ld:A:1";
                                           entity.types = {ngsi::terms().intern("https://example.org/A")};
                                           return Result<store::Decision>(store::Put{*ngsi::encode(std::move(entity))});
                                         }});
  std::promise<void> written;
  store_->submit(std::move(writes), [&written](std::vector<store::Outcome>) { written.set_value(); });
  written.get_future().wait();
  EXPECT_EQ(store_->usage(*rishiri).entities, 1u);
  EXPECT_GT(store_->usage(*rishiri).bytes, 0u);
  EXPECT_EQ(store_->usage(*otaru).entities, 0u);
  EXPECT_EQ(status(limits, staff("rishiri"), "POST"), 403u);
  EXPECT_EQ(status(limits, staff("rishiri"), "POST", "/ngsi-ld/v1/entityOperations/upsert"), 403u);
  EXPECT_EQ(status(limits, staff("rishiri"), "PATCH", "/ngsi-ld/v1/entities/{id}/attrs"), 507u);
  EXPECT_EQ(status(limits, staff("rishiri"), "DELETE", "/ngsi-ld/v1/entities/{id}"), 0u);
  EXPECT_EQ(status(limits, staff("rishiri"), "POST", "/ngsi-ld/v1/entityOperations/query"), 0u);
  EXPECT_EQ(status(limits, staff("rishiri")), 0u);
}

}  // namespace
}  // namespace tsunagu::gateway
