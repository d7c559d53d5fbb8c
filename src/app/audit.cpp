// audit verify, search, export: reading the audit log of a stopped or running server, checking it on the way.
#include <fmt/format.h>

#include <cstdio>
#include <deque>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>

#include "app/commands.h"
#include "base/text.h"
#include "gateway/trust/log_writer.h"
#include "trust/audit/index.h"
#include "trust/audit/log.h"

namespace tsunagu::app {
namespace {

struct AuditOptions {
  std::string folder, data, pinned;
  std::vector<std::string> keys;
  std::string person, subject, kind, text, since, until, format = "ndjson";
  std::size_t limit = 100;
};
using AuditOptionsPtr = std::shared_ptr<AuditOptions>;

int refuse_audit(const Error& error) {
  std::fprintf(stderr, "tsunagu: %s: %s\n", info(error.code).title, error.detail.c_str());
  return 1;
}

struct LogFolder {
  std::filesystem::path log;
  std::vector<trust::SigningKey> keys;
};

Result<LogFolder> find_log(const AuditOptions& options) {
  if (options.folder.empty() == options.data.empty()) {
    return fail(ErrorCode::kInvalidRequest, "name the folder of the log, or the data folder with --data");
  }
  LogFolder found;
  found.log = options.data.empty() ? std::filesystem::path(options.folder)
                                   : std::filesystem::path(options.data) / "trust" / "audit";
  std::vector<std::string> files = options.keys;
  if (files.empty()) {
    const auto folder = std::filesystem::absolute(found.log).lexically_normal();
    files.push_back((folder.has_filename() ? folder.parent_path() : folder.parent_path().parent_path()) /
                    "signing.pem");
  }
  for (const std::string& file : files) {
    std::ifstream in(file, std::ios::binary);
    if (!in) return bad(file + ": the key cannot be read; name its file with --key (PEM, its public half is enough)");
    auto key = trust::SigningKey::from_pem(std::string{std::istreambuf_iterator<char>(in), {}});
    if (!key) return bad(file + ": " + key.error().detail);
    found.keys.push_back(std::move(*key));
  }
  return found;
}

Result<std::optional<trust::ChainEnd>> read_pin(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const auto number = parse_number<std::uint64_t>(take_until(text, ':'));
  const auto hash = trust::digest_of(text);
  if (!number || !hash) return bad("--pinned takes NUMBER:HASH, as GET /trust/log/proof and the program's log tell it");
  return trust::ChainEnd{*number, *hash};
}

Result<trust::AuditQuery> read_audit_query(const AuditOptions& options) {
  trust::AuditQuery query;
  query.person = options.person;
  query.subject = options.subject;
  query.text = options.text;
  if (!options.kind.empty()) {
    query.kind = trust::audit_kind(options.kind);
    if (!query.kind) return bad("there is no kind \"" + options.kind + "\"");
  }
  for (const auto& [name, text, to] :
       {std::tuple{"--since", &options.since, &query.since}, std::tuple{"--until", &options.until, &query.until}}) {
    if (text->empty()) continue;
    const auto at = parse_instant(*text);
    const auto day = at ? at : parse_date(*text);
    if (!day) return bad(std::string(name) + " takes an instant such as 2026-04-01T00:00:00Z, or a date");
    *to = *day;
  }
  return query;
}

/// Reads and checks the whole log, oldest first; `each` sees what the query finds.
Result<trust::AuditReport> scan(const AuditOptions& options,
                                const std::function<void(const trust::AuditEvent&)>& each) {
  const auto folder = find_log(options);
  if (!folder) return tl::unexpected(folder.error());
  const auto pin = read_pin(options.pinned);
  if (!pin) return tl::unexpected(pin.error());
  const auto query = read_audit_query(options);
  if (!query) return tl::unexpected(query.error());
  trust::VerifyOptions verify;
  verify.pinned = *pin;
  if (each) {
    verify.each = [&](const trust::Line& line, trust::RecordReader& reader) {
      auto record = reader.read(line.json, parse_instant(line.at).value_or(kNoInstant));
      if (record && trust::matches(*query, *record)) each({line.number, std::move(*record)});
    };
  }
  return trust::verify_audit(folder->log, folder->keys, verify);
}

int verify(const AuditOptions& options) {
  const auto report = scan(options, {});
  if (!report) return refuse_audit(report.error());
  std::printf("%s\n",
              fmt::format("Intact: lines {} to {}, {} records, {} signed checkpoints; {} records behind the last "
                          "checkpoint{}\nThe last line, to keep elsewhere: {}:{}",
                          report->first, report->last, report->records, report->checkpoints, report->behind_checkpoint,
                          report->torn ? "; the last line is being written, or torn by a crash" : "", report->last,
                          trust::to_hex(report->end))
                  .c_str());
  return 0;
}

/// Prints what is found; with a limit only the newest.
int print_found(const AuditOptions& options, std::size_t limit) {
  gateway::EventWriter writer(options.format == "csv" ? gateway::EventWriter::Form::kCsv
                                                      : gateway::EventWriter::Form::kLines);
  std::string out;
  bool good = true;
  const auto flush = [&](std::size_t from) {
    if (out.size() < from) return;
    good = good && std::fwrite(out.data(), 1, out.size(), stdout) == out.size();
    out.clear();
  };
  writer.begin(out);
  std::deque<trust::AuditEvent> newest;
  const auto report = scan(options, [&](const trust::AuditEvent& event) {
    if (limit == 0) {
      writer.event(out, event);
      return flush(1u << 16);
    }
    newest.push_back(event);
    if (newest.size() > limit) newest.pop_front();
  });
  for (const trust::AuditEvent& event : newest) writer.event(out, event);
  flush(0);
  if (!report) return refuse_audit(report.error());
  if (!good) return refuse_audit({ErrorCode::kStorageFull, "the output could not be written"});
  return 0;
}

void add_folder_options(CommandLine& command, const AuditOptionsPtr& o) {
  command.option("folder", o->folder, "Folder of the log");
  command.option("--data", o->data, "Data folder of the server (it may be running), instead");
  command.option("--key", o->keys, "File of the key that signed (PEM; its public half is enough); several: repeat");
  command.option("--pinned", o->pinned, "NUMBER:HASH of a line that was kept elsewhere: it has to be there, unchanged");
}

void add_query_options(CommandLine& command, const AuditOptionsPtr& o) {
  command.option("--person", o->person, "URN of a person: what was done with their data");
  command.option("--subject", o->subject, "URN or account of who did it");
  command.option("--kind", o->kind,
                 "access, denied, sign-in, sign-out, account, policy, consent, emergency, tenant, operation");
  command.option("--text", o->text, "Text in any member");
  command.option("--since", o->since, "At or after (2026-04-01T00:00:00Z, or a date)");
  command.option("--until", o->until, "Before");
  command.option("--format", o->format, "csv or ndjson").one_of({"csv", "ndjson"});
}

}  // namespace

void add_audit(CommandLine& program) {
  CommandLine audit = program.command("audit", "Check, search and export the audit log: who saw or did what");
  audit.needs_command();
  {
    CommandLine command =
        audit.command("verify", "Find any record that was removed, altered or put in another order (status 1)");
    auto o = std::make_shared<AuditOptions>();
    add_folder_options(command, o);
    command.footer(
        "Examples:\n"
        "  tsunagu audit verify --data var/region\n"
        "  tsunagu audit verify /mnt/backup/audit --key signing.public.pem --pinned 8192:0a1b…");
    command.run([o] { return verify(*o); });
  }
  {
    CommandLine command = audit.command("search", "The newest records that fit, oldest first; checked while reading");
    auto o = std::make_shared<AuditOptions>();
    add_folder_options(command, o);
    add_query_options(command, o);
    command.option("--limit", o->limit, "Records", 1);
    command.footer(
        "Example:\n  tsunagu audit search --data var/region --person urn:ngsi-ld:Resident:a --since 2026-04-01");
    command.run([o] { return print_found(*o, o->limit); });
  }
  {
    CommandLine command =
        audit.command("export", "All records that fit, as lines of JSON or CSV; checked while reading");
    auto o = std::make_shared<AuditOptions>();
    add_folder_options(command, o);
    add_query_options(command, o);
    command.footer("Example:\n  tsunagu audit export --data var/region --format csv --until 2026-04-01 > log.csv");
    command.run([o] { return print_found(*o, 0); });
  }
}

}  // namespace tsunagu::app
