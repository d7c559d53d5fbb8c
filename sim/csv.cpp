#include "sim/csv.h"

#include <algorithm>
#include <fstream>

namespace tsunagu::sim {
namespace {

void cut(std::string_view line, std::vector<std::string>& fields) {
  fields.assign(1, {});
  bool quoted = false;
  for (const char c : line) {
    if (c == '"')
      quoted = !quoted;
    else if (c == ',' && !quoted)
      fields.emplace_back();
    else
      fields.back() += c;
  }
}

}  // namespace

bool rows(const std::filesystem::path& file, const std::vector<std::string>& columns,
          const std::function<void(const std::vector<std::string>&)>& see) {
  std::ifstream in(file);
  std::string line;
  if (!std::getline(in, line)) return false;
  std::string_view head = line;
  if (head.starts_with("\xEF\xBB\xBF")) head.remove_prefix(3);
  if (head.ends_with('\r')) head.remove_suffix(1);
  std::vector<std::string> fields, wanted(columns.size());
  cut(head, fields);
  std::vector<std::size_t> where;
  for (const std::string& column : columns)
    where.push_back(static_cast<std::size_t>(std::find(fields.begin(), fields.end(), column) - fields.begin()));
  const std::size_t none = fields.size();
  while (std::getline(in, line)) {
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty()) continue;
    cut(line, fields);
    for (std::size_t i = 0; i < columns.size(); ++i)
      wanted[i] = where[i] < none && where[i] < fields.size() ? fields[where[i]] : std::string();
    see(wanted);
  }
  return true;
}

}  // namespace tsunagu::sim
