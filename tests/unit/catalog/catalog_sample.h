// A store, a broker and files in a folder of their own, for tests of the catalogue.
#pragma once
#include <gtest/gtest.h>

#include <filesystem>
#include <future>
#include <string>
#include <string_view>

#include "broker/entities.h"
#include "catalog/datasets.h"
#include "ngsi/body.h"
#include "store/embedded.h"

namespace tsunagu::catalog {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "tsunagu-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

class Sample {
 public:
  Sample() : store_(open(folder_.path())), contexts_(*store_, nullptr, {}), broker{*store_, contexts_, nullptr} {}
  ~Sample() { store_->stop(); }

  /// Creates entities from a JSON array.
  void put(std::string_view json) {
    const auto body = ngsi::Body::parse(json);
    ASSERT_TRUE(body) << body.error().detail;
    std::vector<store::Write> writes;
    for (std::size_t i = 0; i < body->size(); ++i) {
      auto entity = body->entity(i, *ngsi::core_context(), ngsi::BodyRule::kWhole);
      ASSERT_TRUE(entity) << entity.error().detail;
      std::string id = entity->id;
      writes.emplace_back(store::EntityWrite{{}, std::move(id), broker::upsert_entity(std::move(*entity))});
    }
    std::promise<void> done;
    store_->submit(std::move(writes), [&done](const std::vector<store::Outcome>& outcomes) {
      for (const store::Outcome& outcome : outcomes) EXPECT_TRUE(outcome.result);
      done.set_value();
    });
    done.get_future().wait();
  }

  FileId keep(std::string_view bytes) {
    auto writer = files.create();
    EXPECT_TRUE(writer && writer->write(bytes));
    return *writer->finish();
  }

  /// A data set of one file.
  Dataset save_file(const std::string& name, std::string_view csv, std::vector<std::string> key = {}) {
    Dataset dataset;
    dataset.name = name;
    dataset.title = {{"en", "Title of " + name}, {"ja", name + "の題名"}};
    Distribution distribution;
    distribution.id = distribution_id(name, 1);
    distribution.format = "CSV";
    distribution.content = FileContent{keep(csv), name + ".csv", 0, 1, std::move(key), std::nullopt, ""};
    const auto saved = datasets.save({}, dataset, {distribution});
    EXPECT_TRUE(saved) << saved.error().detail;
    return dataset;
  }

 private:
  static std::unique_ptr<store::Store> open(const std::filesystem::path& folder) {
    store::EmbeddedOptions options;
    options.folder = folder / "data";
    return std::move(*store::open_embedded(std::move(options)));
  }
  TemporaryFolder folder_;
  std::unique_ptr<store::Store> store_;
  broker::Contexts contexts_;

 public:
  broker::Broker broker;
  Files files{folder_.path() / "files"};
  Datasets datasets{broker, files};
};

}  // namespace tsunagu::catalog
