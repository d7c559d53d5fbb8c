#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "base/text.h"
#include "trust/audit/end_mark.h"
#include "trust/audit/files.h"
#include "trust/audit/log.h"

namespace tsunagu::trust {
namespace {

constexpr std::string_view kForgotten = R"({"kind":"operation","action":"retention","count":)";

/// The text of member `name` of `json`, an object of texts without escapes.
std::string_view member(std::string_view json, std::string_view name) {
  const std::string key = fmt::format("\"{}\":\"", name);
  const auto at = json.find(key);
  if (at == std::string_view::npos) return {};
  json.remove_prefix(at + key.size());
  return json.substr(0, json.find('"'));
}

Result<void> check_signature(const Line& line, const Digest& before, const std::vector<SigningKey>& keys) {
  const std::string_view id = member(line.json, "key");
  const auto key = std::find_if(keys.begin(), keys.end(), [&](const SigningKey& k) { return k.id() == id; });
  if (key == keys.end())
    return bad(fmt::format("checkpoint {} is signed with key {}, which is not at hand", line.number, id));
  const auto signature = from_base64(member(line.json, "signature"));
  if (!signature || !key->verify(signed_text(line.number, before), *signature)) {
    return bad(fmt::format("the signature of checkpoint {} is wrong: the log was written anew", line.number));
  }
  return {};
}

class Verifier {
 public:
  Verifier(const std::vector<SigningKey>& keys, const VerifyOptions& options, const std::optional<ChainEnd>& mark)
      : keys_(keys), options_(options), mark_(mark) {}

  Result<void> take(std::string_view text, RecordReader& reader) {
    if (report.first == 0) begin(text);
    const Digest before = end_.hash;
    const auto line = read_line(text, end_);
    if (!line) return tl::unexpected(line.error());
    if (report.first == 0) {
      report.first = line->number;
      if (!line->checkpoint)
        return bad(fmt::format("the log begins with line {}, which is no checkpoint", line->number));
    }
    report.last = line->number;
    report.end = end_.hash;
    if (options_.pinned && options_.pinned->number == line->number && options_.pinned->hash != end_.hash) {
      return bad(fmt::format("line {} is not the one that was kept elsewhere: the log was written anew", line->number));
    }
    if (mark_ && mark_->number == line->number && mark_->hash != end_.hash) {
      return bad(fmt::format("line {} is not the one that the log got to: it was written anew", line->number));
    }
    if (line->checkpoint) {
      ++report.checkpoints;
      report.behind_checkpoint = 0;
      return check_signature(*line, before, keys_);
    }
    ++report.records;
    ++report.behind_checkpoint;
    if (line->json.starts_with(kForgotten)) {
      std::string_view rest = line->json.substr(kForgotten.size());
      forgotten_ = std::max(forgotten_, parse_number<std::uint64_t>(take_until(rest, '}')).value_or(0));
    }
    if (options_.each) options_.each(*line, reader);
    return {};
  }

  /// What can be told only at the end.
  Result<void> finish() const {
    if (report.first > 1 && forgotten_ < report.first - 1) {
      return bad(
          fmt::format("the log begins with line {}, and nothing in it says that lines before it were forgotten: "
                      "a file was removed",
                      report.first));
    }
    if (mark_ && mark_->number > report.last) {
      return bad(
          fmt::format("the log ends with line {}, but it got to line {} (as the file {} tells): its end was cut off",
                      report.last, mark_->number, kEndMark));
    }
    if (!options_.pinned) return {};
    if (options_.pinned->number > report.last) {
      return bad(
          fmt::format("line {}, which was kept elsewhere, is not there; the log ends with line {}: its end was "
                      "cut off",
                      options_.pinned->number, report.last));
    }
    if (options_.pinned->number < report.first) {
      return bad(
          fmt::format("line {}, which was kept elsewhere, is older than what is kept; take a newer one, at least "
                      "{}",
                      options_.pinned->number, report.first));
    }
    return {};
  }

  AuditReport report;

 private:
  // What came before the first line that is kept is told by that line, a checkpoint.
  void begin(std::string_view text) {
    const auto claimed = claimed_end(text);
    const auto after = digest_of(member(text, "after"));
    if (claimed && after && claimed->number > 1) end_ = {claimed->number - 1, *after};
  }

  const std::vector<SigningKey>& keys_;
  const VerifyOptions& options_;
  const std::optional<ChainEnd> mark_;
  ChainEnd end_;
  std::uint64_t forgotten_ = 0;  // lines up to this one
};

}  // namespace

Result<AuditReport> verify_audit(const std::filesystem::path& folder, const std::vector<SigningKey>& keys,
                                 const VerifyOptions& options) {
  const auto mark = read_end_mark(folder, keys);  // before the log, which may be growing
  if (!mark) return tl::unexpected(mark.error());
  const auto all = segments(folder);
  if (all.empty() && *mark) return bad(folder.string() + ": a log was begun here, but all its files were removed");
  if (all.empty()) return bad(folder.string() + ": there is no audit log here");
  if (!*mark && !options.pinned) {
    return bad(
        fmt::format("{}: the mark of its end was removed. Without it only a line that was kept elsewhere "
                    "(--pinned) tells whether the end was cut off",
                    (folder / kEndMark).string()));
  }
  Verifier verifier(keys, options, *mark);
  for (const Segment& segment : all) {
    std::ifstream in(segment.path, std::ios::binary);
    if (!in) return fail(ErrorCode::kReadOnly, segment.path.string() + ": cannot be read");
    const auto wrong = [&](std::size_t row, const std::string& what) {
      return bad(fmt::format("{}:{}: {}", segment.path.string(), row, what));
    };
    RecordReader reader(segment.path);
    std::size_t row = 0;
    for (std::string text; std::getline(in, text);) {
      ++row;
      if (in.eof() && &segment == &all.back()) {  // no line end behind it: torn, or room for what comes
        verifier.report.torn = text.find_first_not_of('\0') != std::string::npos;
        break;
      }
      if (auto taken = verifier.take(text, reader); !taken) return wrong(row, taken.error().detail);
      if (row == 1 && verifier.report.last != segment.first) {
        return wrong(row, fmt::format("the file begins with line {}: it was given another name", verifier.report.last));
      }
    }
  }
  if (auto finished = verifier.finish(); !finished) {
    return bad(fmt::format("{}: {}", folder.string(), finished.error().detail));
  }
  return verifier.report;
}

}  // namespace tsunagu::trust
