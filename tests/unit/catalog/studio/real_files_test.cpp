#include "catalog/studio/publication.h"
#include "unit/catalog/studio/studio_files.h"

namespace tsunagu::catalog {
namespace {

struct Expected {
  const char* file;
  std::size_t rows;
  const char* standard;
  std::size_t header_row;
};
class RealFiles : public ::testing::TestWithParam<Expected> {};

TEST_P(RealFiles, AreReadWhole) {
  NEEDS_SHARED_DATA();
  const auto& [file, rows, standard, header_row] = GetParam();
  const Uploaded up(shared_data() / file);
  ASSERT_EQ(up.upload->now().state, Upload::State::kReady) << up.upload->now().error;
  EXPECT_EQ(up.table().rows(), rows);
  EXPECT_EQ(up.standard(), standard);
  EXPECT_EQ(up.table().header_row(), header_row);
  if (std::getenv("TSUNAGU_SHOW") != nullptr) {
    std::printf("== %s: %s %.2f\n", file, up.standard().c_str(), up.table().confidence());
    for (const Match& m : up.table().candidates()) std::printf("   %s %.3f\n", m.standard->key.c_str(), m.confidence);
    for (const WorkColumn& c : up.table().columns()) {
      std::printf("   %s [%s] -> %s\n", c.name.c_str(), to_string(c.rule.type),
                  c.standard == WorkColumn::kNone ? "-" : up.table().standard()->columns[c.standard].name.c_str());
    }
    for (const Finding& f : up.analysis().findings) {
      std::printf("   %s %s: %zu %s => %s | %s\n", to_string(f.severity), f.id().c_str(), f.count,
                  f.example.substr(0, 60).c_str(), f.after.substr(0, 60).c_str(), finding_message(f).second.c_str());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Shared, RealFiles,
                         ::testing::Values(Expected{"opendata/0002.csv", 514, "aed", 7},
                                           Expected{"opendata/0013.csv", 121, "childcare", 7},
                                           Expected{"opendata/0060.csv", 193, "evacuation-sites", 7},
                                           Expected{"opendata/0060.xlsx", 193, "evacuation-sites", 7},
                                           Expected{"opendata/0062.csv", 635, "medical-institutions", 2},
                                           Expected{"opendata/0066_202001.csv", 235, "population", 7},
                                           Expected{"opendata/0066_202002.csv", 235, "population", 7},
                                           Expected{"opendata/0066_202003.csv", 235, "population", 7},
                                           Expected{"opendata/0081.csv", 943, "events", 7},
                                           Expected{"opendata/0084_202201.csv", 451, "", 7},
                                           Expected{"opendata/0099.csv", 96, "open-data", 7},
                                           Expected{"opendata/aed_location.xlsx", 450, "aed", 1},
                                           Expected{"opendata/public_toilet.csv", 169, "public-toilets", 1},
                                           Expected{"region/localgovjp-sjis-20200104.csv", 1916, "", 1}));

}  // namespace
}  // namespace tsunagu::catalog
