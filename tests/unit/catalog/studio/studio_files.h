// Files for tests of the studio: written from text, or real ones from the shared data.
#pragma once
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "catalog/studio/upload.h"
#include "unit/catalog/shared_data.h"

namespace tsunagu::catalog {

/// A folder that is gone with the object.
class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "tsunagu-studio-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path write(const std::string& name, std::string_view bytes) const {
    std::ofstream(path_ / name, std::ios::binary) << bytes;
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

/// An upload that has been read.
struct Uploaded {
  Folder folder;
  std::shared_ptr<const Places> places = std::make_shared<const Places>(Places::shipped());
  std::unique_ptr<Upload> upload;

  explicit Uploaded(const std::filesystem::path& file) {
    std::filesystem::copy_file(file, folder.path() / "original");
    start(file.filename().string());
  }
  Uploaded(const std::string& name, std::string_view bytes) {
    folder.write("original", bytes);
    start(name);
  }
  void start(const std::string& name) {
    UploadDraft draft;
    draft.file_name = name;
    draft.byte_size = std::filesystem::file_size(folder.path() / "original");
    upload = std::make_unique<Upload>("test", folder.path(), draft);
    upload->load(places);
  }
  std::shared_ptr<const UploadView> view() const { return upload->view(); }
  const WorkTable& table() const { return *upload->view()->table; }
  const Analysis& analysis() const { return upload->view()->analysis; }
  const Finding* finding(std::string_view id) const {
    for (const Finding& each : upload->view()->analysis.findings) {
      if (each.id() == id) return &each;
    }
    return nullptr;
  }
  std::string standard() const { return table().standard() == nullptr ? "" : table().standard()->key; }
  /// Does the repair of a finding.
  Result<void> repair(const std::string& id) {
    return upload->change(places, [&id](UploadDraft& draft, const UploadView& view) -> Result<void> {
      for (const Finding& each : view.analysis.findings) {
        if (each.id() != id || !each.repair) continue;
        draft.steps.push_back(*each.repair);
        draft.steps.back().id = id;
        return {};
      }
      return bad("no repair " + id);
    });
  }
  std::string cell(std::size_t row, std::string_view column) const {
    WorkRow out;
    table().row(row, out);
    const std::size_t at = table().find(column);
    return at == WorkColumn::kNone ? "no such column" : out.cells[at];
  }
};

}  // namespace tsunagu::catalog
