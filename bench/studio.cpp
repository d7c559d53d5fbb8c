// How fast the studio reads a table and looks at it: a made list of public facilities (24 columns, 200,000 rows unless
// told), from CSV bytes to findings, on one thread. Usage: bench_studio [ROWS]
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>

#include "catalog/studio/upload.h"

namespace {

using namespace tsunagu::catalog;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begun) {
  return std::chrono::duration<double>(Clock::now() - begun).count();
}

// One row of fifty has something to repair.
std::string row(int i) {
  const bool odd = i % 50 == 0;
  return fmt::format(
      "{},{},北海道,札幌市,第{}地区センター,ダイ{}チクセンター,,,北海道札幌市中央区北{}条西{}丁目,,{:.6f},{:.6f},011-"
      "211-{:04},,,札幌市,月火水木金,{},17:00,{},"
      "体育室・会議室があります,多目的トイレ;スロープ,https://www.city.sapporo.jp/{},\n",
      i, odd ? "11002" : "011002", i, i, i % 30 + 1, i % 20 + 1, 43.0 + i % 1000 * 1e-4, 141.3 + i % 997 * 1e-4,
      i % 10000, odd ? "9:00" : "09:00", odd ? "祝日は休み　" : "祝日は休み", i);
}

}  // namespace

int main(int argc, char** argv) {
  const int rows = argc > 1 ? std::atoi(argv[1]) : 200'000;
  const std::filesystem::path folder = std::filesystem::temp_directory_path() /
                                       fmt::format("tsunagu-bench-studio-{}", Clock::now().time_since_epoch().count());
  std::filesystem::create_directories(folder);
  {
    std::ofstream out(folder / "original", std::ios::binary);
    out << "都道府県コード又は市区町村コード,NO,都道府県名,市区町村名,名称,名称_カナ,名称_通称,POIコード,住所,方書,"
           "緯度,経度,電話番号,内線番号,法人番号,団体名,"
           "利用可能曜日,開始時間,終了時間,利用可能日時特記事項,説明,バリアフリー情報,URL,備考\n";
    for (int i = 0; i < rows; ++i) {
      const std::string line = row(i);
      const std::size_t comma = line.find(',');  // NO and code the other way round
      const std::size_t second = line.find(',', comma + 1);
      out << line.substr(comma + 1, second - comma - 1) << ',' << line.substr(0, comma) << line.substr(second);
    }
  }
  UploadDraft draft;
  draft.file_name = "facilities.csv";
  const auto places = std::make_shared<const Places>(Places::shipped());
  const std::clock_t cpu = std::clock();
  const auto begun = Clock::now();
  Upload upload("bench", folder, draft);
  upload.load(places);
  const double load = seconds_since(begun);
  const double load_cpu = static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC;
  const auto view = upload.view();
  if (view == nullptr) {
    std::fprintf(stderr, "%s\n", upload.error().c_str());
    return 1;
  }
  const auto again = Clock::now();
  if (auto repaired = upload.repair_all(places); !repaired) return 1;
  const double repair = seconds_since(again);
  std::printf("%d rows, %.1f MB, standard %s, %zu findings\n", rows,
              static_cast<double>(std::filesystem::file_size(folder / "original")) / 1e6,
              view->table->standard() != nullptr ? view->table->standard()->key.c_str() : "none",
              view->analysis.findings.size());
  std::printf("read and validated: %.2f s, %.2f s of CPU: %.0f rows/s of one core\n", load, load_cpu, rows / load_cpu);
  std::printf("all repairs, looked at anew: %.2f s, %zu findings left\n", repair,
              upload.view()->analysis.findings.size());
  std::filesystem::remove_all(folder);
  return 0;
}
