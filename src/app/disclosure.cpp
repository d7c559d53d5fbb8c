// disclosure check, suppress: may rows about persons be published, and what may be published instead.
#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <memory>

#include "app/commands.h"
#include "base/text.h"
#include "catalog/disclosure/suppression.h"
#include "catalog/import/source.h"

namespace tsunagu::app {
namespace {

struct DisclosureOptions {
  std::string file, by, list = "data";
  std::uint32_t smallest = 3;
};

int refuse_disclosure(const Error& error) {
  std::fprintf(stderr, "tsunagu: %s: %s\n", info(error.code).title, error.detail.c_str());
  return 1;
}

std::vector<std::string> split_names(std::string_view text) {
  std::vector<std::string> names;
  while (!text.empty()) names.emplace_back(trim(take_until(text, ',')));
  return names;
}

/// Counts the rows of a CSV or JSON file.
Result<catalog::FrequencyCounter> count_rows(const DisclosureOptions& options, std::size_t& rows) {
  std::ifstream in(options.file, std::ios::binary);
  char first = ' ';
  while (in && (first == ' ' || first == '\n' || first == '\r' || first == '\t')) in.get(first);
  if (!in) return bad(options.file + ": there is nothing in it");
  in.seekg(0);
  const std::vector<std::string> names = split_names(options.by);
  catalog::SourceSpec spec;
  spec.format = first == '{' || first == '[' ? catalog::Format::kJson : catalog::Format::kCsv;
  if (first == '{') spec.list = options.list;
  catalog::FrequencyCounter counter(names);
  std::string wrong;
  std::vector<bool> found(names.size());
  catalog::RowReader::Handlers handlers;
  handlers.row = [&](const catalog::Row& row) {
    ++rows;
    std::vector<std::string_view> values;
    for (std::size_t i = 0; i < names.size(); ++i) {
      const catalog::Cell* cell = row.find(names[i]);
      found[i] = found[i] || cell != nullptr;
      values.push_back(cell ? std::string_view(cell->text) : std::string_view());
    }
    counter.add(values);
  };
  handlers.fault = [&](const catalog::Fault& fault) {
    if (wrong.empty()) wrong = fmt::format("{}:{}: {}", options.file, fault.line, catalog::to_string(fault));
  };
  handlers.note = [](const std::string&) {};
  catalog::RowReader reader(spec, std::move(handlers));
  std::string bytes(1u << 16, '\0');
  while (in.read(bytes.data(), static_cast<std::streamsize>(bytes.size())) || in.gcount() > 0) {
    reader.feed(std::string_view(bytes).substr(0, static_cast<std::size_t>(in.gcount())));
  }
  reader.finish();
  if (!wrong.empty()) return bad(wrong);
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!found[i]) return bad(options.file + ": there is no column \"" + names[i] + "\"");
  }
  return counter;
}

int check_rows(const DisclosureOptions& options) {
  std::size_t rows = 0;
  const auto counter = count_rows(options, rows);
  if (!counter) return refuse_disclosure(counter.error());
  const auto small = counter->small(options.smallest);
  std::printf("%s\n", fmt::format("{} rows, {} combinations of {}; {} of them have fewer than {} rows, {} just one",
                                  rows, small.combinations, options.by, small.small, options.smallest, small.unique)
                          .c_str());
  if (small.small == 0) return 0;
  std::printf(
      "Published as they are, these rows tell of single persons. Publish counts instead: tsunagu disclosure "
      "suppress\n");
  return 1;
}

int suppress_rows(const DisclosureOptions& options) {
  std::size_t rows = 0;
  const auto counter = count_rows(options, rows);
  if (!counter) return refuse_disclosure(counter.error());
  const auto table = counter->finish();
  if (!table) return refuse_disclosure(table.error());
  const catalog::SuppressionRule rule{options.smallest, options.smallest};
  const auto suppression = catalog::suppress(*table, rule);
  if (!suppression) return refuse_disclosure(suppression.error());
  if (auto proof = catalog::check_suppression(*table, *suppression, rule); !proof)
    return refuse_disclosure(proof.error());
  const std::string csv = catalog::suppressed_csv(*table, *suppression);
  if (std::fwrite(csv.data(), 1, csv.size(), stdout) != csv.size()) {
    return refuse_disclosure({ErrorCode::kStorageFull, "the output could not be written"});
  }
  std::fprintf(stderr, "%s\n",
               fmt::format("{} persons, {} cells with all margins: {} hidden because they are small, {} more so that "
                           "nobody can compute these (checked)",
                           table->persons(), table->cells(), suppression->small, suppression->others)
                   .c_str());
  return 0;
}

void add_disclosure_options(CommandLine& command, const std::shared_ptr<DisclosureOptions>& o) {
  command.option("file", o->file, "CSV or JSON, a row for each person").required().existing_file();
  command.option("--by", o->by, "Columns that together may tell who somebody is, with commas between").required();
  command.option("--smallest", o->smallest, "Persons that a group has at least to be shown", 2, 1000);
  command.option("--list", o->list, "Member of a JSON object that holds the rows");
}

}  // namespace

void add_disclosure(CommandLine& program) {
  CommandLine disclosure =
      program.command("disclosure", "Rows about persons: may they be published, and what may be instead");
  disclosure.needs_command();
  {
    CommandLine command = disclosure.command("check", "Count groups that are too small to be published (status 1)");
    auto o = std::make_shared<DisclosureOptions>();
    add_disclosure_options(command, o);
    command.footer("Example:\n  tsunagu disclosure check patients.json --by 居住地,年代,性別");
    command.run([o] { return check_rows(*o); });
  }
  {
    CommandLine command = disclosure.command(
        "suppress", "Write the table of counts with margins in which nothing small can be seen or computed");
    auto o = std::make_shared<DisclosureOptions>();
    add_disclosure_options(command, o);
    command.footer("Example:\n  tsunagu disclosure suppress patients.json --by 居住地,年代,性別 > counts.csv");
    command.run([o] { return suppress_rows(*o); });
  }
}

}  // namespace tsunagu::app
