#include "catalog/files.h"

#include <gtest/gtest.h>

#include <fstream>

#include "catalog_sample.h"

namespace tsunagu::catalog {
namespace {

namespace fs = std::filesystem;

FileId keep(Files& files, std::string_view bytes) {
  auto writer = files.create();
  EXPECT_TRUE(writer && writer->write(bytes));
  return *writer->finish();
}

std::string read_back(const Files& files, const FileId& id) {
  auto reader = files.open(id);
  std::string all;
  while (reader) {
    const auto part = reader->read(3);
    if (!part || part->empty()) break;
    all += *part;
  }
  return all;
}

TEST(Files, AreKeptByTheirSha256) {
  const TemporaryFolder folder;
  Files files(folder.path());
  const FileId id = keep(files, "abc");
  EXPECT_EQ(id.hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(read_back(files, id), "abc");
  EXPECT_EQ(files.open(id)->size(), 3u);
  EXPECT_EQ(keep(files, "abc"), id);
  EXPECT_EQ(list_files(folder.path()), std::vector<FileId>{id});
}

TEST(Files, OneThatIsNotFinishedLeavesNothing) {
  const TemporaryFolder folder;
  Files files(folder.path());
  {
    auto writer = files.create();
    ASSERT_TRUE(writer && writer->write("half"));
  }
  EXPECT_TRUE(list_files(folder.path()).empty());
  EXPECT_TRUE(fs::is_empty(folder.path() / "unfinished"));
}

TEST(Files, OnlyAHashNamesOne) {
  const TemporaryFolder folder;
  const Files files(folder.path());
  for (const char* name :
       {"", "../../etc/passwd", "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"}) {
    EXPECT_FALSE(FileId::parse(name)) << name;
    EXPECT_EQ(files.open(FileId{name}).error().code, ErrorCode::kResourceNotFound);
  }
}

TEST(Files, ACopyIsCheckedAndDamageIsFound) {
  const TemporaryFolder folder;
  Files files(folder.path() / "a");
  const FileId id = keep(files, "content");
  ASSERT_TRUE(copy_files(folder.path() / "a", folder.path() / "b"));
  EXPECT_EQ(read_back(Files(folder.path() / "b"), id), "content");
  EXPECT_TRUE(check_files(folder.path() / "b").empty());
  std::ofstream(folder.path() / "b" / id.hex.substr(0, 2) / id.hex) << "other";
  ASSERT_EQ(check_files(folder.path() / "b").size(), 1u);
  EXPECT_FALSE(copy_files(folder.path() / "b", folder.path() / "c"));
}

}  // namespace
}  // namespace tsunagu::catalog
