// On-boarding of tenants.
#include "trust/tenants/tenants.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <future>

#include "ngsi/context.h"
#include "store/embedded.h"
#include "trust/audit/chain.h"
#include "trust/sign_in/totp.h"

namespace tsunagu::trust {
namespace {

class TenantsTest : public testing::Test {
 protected:
  TenantsTest() {
    std::filesystem::remove_all(folder_);
    open();
  }
  ~TenantsTest() override {
    close();
    std::filesystem::remove_all(folder_);
  }
  void open() {
    store::EmbeddedOptions options;
    options.folder = folder_;
    store_ = std::move(*store::open_embedded(std::move(options)));
    accounts_ = std::make_unique<Accounts>(*store_);
    tenants_ = std::make_unique<Tenants>(*store_, *accounts_);
  }
  void close() {
    store_->stop();
    tenants_.reset();
    accounts_.reset();
    store_.reset();
  }
  static TenantSheet otaru() {
    TenantSheet sheet;
    sheet.name = "otaru";
    sheet.title = "小樽市";
    sheet.admin = "Otaru-Admin";
    sheet.colour = "#0055aa";
    sheet.quotas.entities = 5;
    return sheet;
  }
  Result<Tenants::Made> add(TenantSheet sheet) {
    std::promise<Result<Tenants::Made>> made;
    tenants_->add(std::move(sheet), [&made](Result<Tenants::Made> result) { made.set_value(std::move(result)); });
    return made.get_future().get();
  }
  Result<TenantPtr> change(std::string_view name, const TenantChange& change) {
    std::promise<Result<TenantPtr>> changed;
    tenants_->change(name, change, [&changed](Result<TenantPtr> result) { changed.set_value(std::move(result)); });
    return changed.get_future().get();
  }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("tsunagu_tenants_" + std::to_string(::getpid()));
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<Accounts> accounts_;
  std::unique_ptr<Tenants> tenants_;
};

TEST_F(TenantsTest, MakesEverythingATenantNeeds) {
  const auto made = add(otaru());
  ASSERT_TRUE(made) << made.error().detail;
  const auto tenant = store_->find_tenant("otaru");
  ASSERT_TRUE(tenant);
  EXPECT_EQ(store_->usage(*tenant).entities, 3u);
  EXPECT_TRUE(store_->find(*tenant, "urn:ngsi-ld:Municipality:otaru"));
  EXPECT_TRUE(store_->find(*tenant, "urn:ngsi-ld:Staff:otaru:otaru-admin"));
  EXPECT_TRUE(store_->find(*tenant, "urn:ngsi-ld:AccessRelation:otaru:otaru-admin:admin"));
  EXPECT_EQ(store_->usage({}).entities, 0u);
  EXPECT_EQ(tenants_->quotas().of(*tenant).entities, 5u);

  const AccountPtr account = accounts_->find("otaru-admin");
  ASSERT_TRUE(account);
  EXPECT_EQ(account->tenant, "otaru");
  EXPECT_EQ(account->kind, SubjectKind::kStaff);
  EXPECT_EQ(account->subject, "urn:ngsi-ld:Staff:otaru:otaru-admin");
  EXPECT_EQ(account->password, "");
  ASSERT_EQ(account->recovery.size(), 1u);
  EXPECT_EQ(account->recovery[0].digest, recovery_digest("otaru-admin", made->code));
}

TEST_F(TenantsTest, IsThereAfterARestart) {
  ASSERT_TRUE(add(otaru()));
  close();
  open();
  const TenantPtr sheet = tenants_->find("otaru");
  ASSERT_TRUE(sheet);
  EXPECT_EQ(sheet->title, "小樽市");
  EXPECT_EQ(sheet->colour, "#0055aa");
  EXPECT_EQ(tenants_->quotas().of(*store_->find_tenant("otaru")), sheet->quotas);
}

TEST_F(TenantsTest, RefusesWhatIsThereOrCannotBe) {
  ASSERT_TRUE(add(otaru()));
  EXPECT_EQ(add(otaru()).error().code, ErrorCode::kAlreadyExists);
  TenantSheet other = otaru();
  other.name = "rishiri";  // the account is Otaru's
  EXPECT_EQ(add(other).error().code, ErrorCode::kAlreadyExists);
  EXPECT_FALSE(store_->find_tenant("rishiri"));
  other.admin = "rishiri-admin";
  for (const auto& spoil : std::initializer_list<std::function<void(TenantSheet&)>>{
           [](TenantSheet& s) { s.name = "Rishiri"; }, [](TenantSheet& s) { s.name = "../x"; },
           [](TenantSheet& s) { s.name = ""; }, [](TenantSheet& s) { s.title = ""; },
           [](TenantSheet& s) { s.title = "a\nb"; }, [](TenantSheet& s) { s.admin = "a b"; },
           [](TenantSheet& s) { s.colour = "red"; }, [](TenantSheet& s) { s.logo = "javascript:alert(1)"; },
           [](TenantSheet& s) { s.logo = "//evil.example/x"; }}) {
    TenantSheet bad = other;
    spoil(bad);
    EXPECT_EQ(add(bad).error().code, ErrorCode::kBadRequestData) << bad.name << bad.title << bad.logo;
  }
  EXPECT_EQ(tenants_->all().size(), 1u);
  EXPECT_TRUE(add(other));
}

TEST_F(TenantsTest, CompletesWhatWasBegun) {
  // As after a crash: the sheet is there, the account is not.
  ASSERT_TRUE(add(otaru()));
  std::promise<void> gone;
  accounts_->remove("otaru-admin", [&gone](const Result<AccountPtr>&) { gone.set_value(); });
  gone.get_future().wait();
  const auto again = add(otaru());
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_TRUE(accounts_->find("otaru-admin"));
  TenantSheet stranger = otaru();
  stranger.admin = "somebody-else";
  EXPECT_EQ(add(stranger).error().code, ErrorCode::kAlreadyExists);
}

TEST_F(TenantsTest, ChangesBrandingAndQuotas) {
  ASSERT_TRUE(add(otaru()));
  TenantChange more;
  more.entities = 9;
  more.title_en = "Otaru City";
  ASSERT_TRUE(change("otaru", more));
  EXPECT_EQ(tenants_->quotas().of(*store_->find_tenant("otaru")).entities, 9u);
  EXPECT_EQ(tenants_->find("otaru")->title_en, "Otaru City");
  EXPECT_EQ(tenants_->find("otaru")->title, "小樽市");
  more.colour = "blue";
  EXPECT_EQ(change("otaru", more).error().code, ErrorCode::kBadRequestData);
  EXPECT_EQ(change("nowhere", {}).error().code, ErrorCode::kResourceNotFound);
}

}  // namespace
}  // namespace tsunagu::trust
