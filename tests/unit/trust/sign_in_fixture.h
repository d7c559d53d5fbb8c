// A store in a folder of its own, an auditor that remembers, and waiting for answers.
#pragma once
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "store/embedded.h"
#include "trust/sign_in/sign_in.h"

namespace tsunagu::trust {

class Remembering final : public Auditor {
 public:
  void record(AuditRecord record, Done done) override {
    {
      const std::lock_guard lock(mutex_);
      records_.push_back(std::move(record));
    }
    if (done) done({});
  }
  std::vector<AuditRecord> records() {
    const std::lock_guard lock(mutex_);
    return records_;
  }
  AuditRecord last() {
    const auto all = records();
    return all.empty() ? AuditRecord() : all.back();
  }

 private:
  std::mutex mutex_;
  std::vector<AuditRecord> records_;
};

class SignInTest : public ::testing::Test {
 protected:
  SignInTest() {
    std::string name = (std::filesystem::temp_directory_path() / "tsunagu-sign-in-XXXXXX").string();
    folder = ::mkdtemp(name.data());
    open_store();
  }
  ~SignInTest() override {
    close();
    std::filesystem::remove_all(folder);
  }
  void open_store() {
    store::EmbeddedOptions options;
    options.folder = folder / "data";
    store = std::move(*store::open_embedded(std::move(options)));
  }
  virtual SignInOptions options() {
    SignInOptions o;
    o.public_url = "http://127.0.0.1:1026";
    o.password_cost = {1, 8192};
    return o;
  }
  SignIn& make() {
    sign_in = std::make_unique<SignIn>(*store, auditor, options());
    return *sign_in;
  }
  void close() {
    if (sign_in) sign_in->stop();
    store->stop();
    sign_in.reset();
    store.reset();
  }
  SignIn& restart() {
    close();
    open_store();
    return make();
  }

  /// What `call` gives to the function that it is handed.
  template <class Answer, class Call>
  static Answer wait(Call call) {
    std::promise<Answer> promise;
    call([&promise](Answer answer) { promise.set_value(std::move(answer)); });
    return promise.get_future().get();
  }
  using In = tl::expected<SignedIn, Refusal>;
  AccountPtr add(std::string account, std::string password, bool demonstration = false) {
    Account made;
    made.name = std::move(account);
    made.kind = SubjectKind::kResident;
    made.subject = "urn:ngsi-ld:Resident:" + made.name;
    made.title = "Demo resident A";
    made.demonstration = demonstration;
    const auto added = wait<Result<AccountPtr>>(
        [&](auto done) { sign_in->add(everybody(), visitor, std::move(made), std::move(password), done); });
    EXPECT_TRUE(added) << added.error().detail;
    return added.value_or(nullptr);
  }
  In password(const std::string& account, const std::string& text, const std::string& code = {}, Visitor from = {}) {
    if (from.peer.empty()) from = visitor;
    return wait<In>([&](auto done) { sign_in->password(from, account, text, code, done); });
  }

  std::filesystem::path folder;
  std::unique_ptr<store::Store> store;
  Remembering auditor;
  std::unique_ptr<SignIn> sign_in;
  Visitor visitor{"203.0.113.7:5000", "Firefox", "", "POST /auth/password"};
};

}  // namespace tsunagu::trust
