#include "trust/audit/end_mark.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "base/text.h"
#include "trust/audit/files.h"

namespace tsunagu::trust {
namespace {

std::string marked_text(const ChainEnd& end) {
  return fmt::format("tsunagu audit end {} {}", end.number, to_hex(end.hash));
}

}  // namespace

Result<std::optional<ChainEnd>> read_end_mark(const std::filesystem::path& folder,
                                              const std::vector<SigningKey>& keys) {
  const auto path = folder / kEndMark;
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    std::error_code problem;
    if (!std::filesystem::exists(path, problem) && !problem) return std::nullopt;
    return fail(ErrorCode::kReadOnly, path.string() + ": cannot be read");
  }
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  std::string_view rest = std::string_view(text).substr(0, text.find('\n'));
  const auto number = parse_number<std::uint64_t>(take_until(rest, ':'));
  const auto hash = digest_of(take_until(rest, ' '));
  const std::string_view id = take_until(rest, ' ');
  const auto signature = from_base64(rest);
  if (!number || !hash || !signature) return bad(path.string() + ": this is no mark of a log's end; it was changed");
  const auto key = std::find_if(keys.begin(), keys.end(), [id](const SigningKey& k) { return k.id() == id; });
  if (key == keys.end()) return bad(fmt::format("{}: signed with key {}, which is not at hand", path.string(), id));
  const ChainEnd end{*number, *hash};
  if (!key->verify(marked_text(end), *signature))
    return bad(path.string() + ": its signature is wrong; it was changed");
  return end;
}

Result<void> write_end_mark(const std::filesystem::path& folder, const SigningKey& key, const ChainEnd& end) {
  return replace_file(folder / kEndMark, fmt::format("{}:{} {} {}\n", end.number, to_hex(end.hash), key.id(),
                                                     to_base64(key.sign(marked_text(end)))));
}

}  // namespace tsunagu::trust
