// The stores that keep the contract.
#include <unistd.h>

#include "contract/contract.h"
#include "store/embedded.h"

namespace tsunagu::store {
namespace {

class FolderPlace final : public Place {
 public:
  FolderPlace(Durability durability, bool fold_at_once) : durability_(durability), fold_at_once_(fold_at_once) {
    std::string pattern = (std::filesystem::temp_directory_path() / "tsunagu-contract-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~FolderPlace() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  std::unique_ptr<Store> open() override {
    EmbeddedOptions options;
    options.folder = folder_;
    options.durability = durability_;
    if (fold_at_once_) {
      options.fold_journal_bytes = 0;
      options.leaf_points = 8;
    }
    auto store = open_embedded(options);
    EXPECT_TRUE(store.has_value()) << (store ? "" : store.error().detail);
    return store ? std::move(*store) : nullptr;
  }
  std::vector<std::string> problems() override {
    const auto report = check_folder(folder_);
    return report ? report->problems : std::vector<std::string>{report.error().detail};
  }

 private:
  Durability durability_;
  bool fold_at_once_;
  std::filesystem::path folder_;
};

StoreKind embedded(std::string kind_name, Durability durability, bool fold_at_once = false) {
  return {std::move(kind_name), [=] { return std::make_unique<FolderPlace>(durability, fold_at_once); }};
}

}  // namespace

std::vector<StoreKind> store_kinds() {
  return {embedded("EmbeddedFsync", Durability::kFsync), embedded("EmbeddedInterval", Durability::kInterval),
          embedded("EmbeddedFolding", Durability::kInterval, true)};
}

}  // namespace tsunagu::store
