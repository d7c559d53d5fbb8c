// The stores that keep the contract.
#include <unistd.h>

#include "contract/contract.h"
#include "store/embedded.h"

namespace tsunagu::store {
namespace {

class FolderPlace final : public Place {
 public:
  explicit FolderPlace(Durability durability) : durability_(durability) {
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
  std::filesystem::path folder_;
};

StoreKind embedded(std::string kind_name, Durability durability) {
  return {std::move(kind_name), [durability] { return std::make_unique<FolderPlace>(durability); }};
}

}  // namespace

std::vector<StoreKind> store_kinds() {
  return {embedded("EmbeddedFsync", Durability::kFsync), embedded("EmbeddedInterval", Durability::kInterval)};
}

}  // namespace tsunagu::store
