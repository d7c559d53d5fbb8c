#include "app/audit_parts.h"

#include <chrono>
#include <filesystem>

#include "base/text.h"
#include "gateway/trust/alert_routes.h"

namespace tsunagu::app {
namespace {

constexpr std::int64_t kAlertBack = 10 * 60'000'000LL;  // µs: alerts that a stop or crash may have kept from being told
constexpr int kLongestSync = 60'000;                    // ms

}  // namespace

void add_audit_settings(CommandLine& command, AuditSettings& settings) {
  command.option("--audit-sync", settings.sync,
                 "Milliseconds between syncs of the audit log (a crash of the program loses nothing); each: a record "
                 "counts as written when it is on disk");
  command.option("--audit-keep", settings.keep,
                 "How long the audit log is kept: 10y, 18m (months), 90d; without it for ever");
}

AuditParts::AuditParts(store::Store& store)
    : store_(store),
      alerts_(store),
      detector_({}, Instant{now().us - kAlertBack}, [this](const trust::Alert& alert) { alerts_.tell(alert); }) {}

Result<std::unique_ptr<AuditParts>> AuditParts::open(store::Store& store, const std::string& data,
                                                     const AuditSettings& settings) {
  trust::AuditTrail::Options options;
  if (settings.sync == "each") {
    options.log.sync = std::chrono::milliseconds(0);
  } else {
    const auto ms = parse_number<int>(settings.sync);
    if (!ms || *ms < 1 || *ms > kLongestSync) {
      return fail(ErrorCode::kInvalidRequest, "--audit-sync takes milliseconds (1 to 60000), or the word each");
    }
    options.log.sync = std::chrono::milliseconds(*ms);
  }
  if (!settings.keep.empty()) {
    const auto keep = trust::parse_keep(settings.keep);
    if (!keep) return fail(ErrorCode::kInvalidRequest, "--audit-keep: " + keep.error().detail);
    options.keep = *keep;
  }
  std::unique_ptr<AuditParts> parts(new AuditParts(store));
  options.each = [raw = parts.get()](const trust::AuditEvent& event) { raw->detector_.take(event); };
  options.altered = [raw = parts.get()](const std::string& fault) {
    raw->alerts_.tell(trust::log_altered(fault, now()));
  };
  auto trail = trust::AuditTrail::open(std::filesystem::path(data) / "trust", std::move(options));
  if (!trail) return tl::unexpected(trail.error());
  parts->trail_ = std::move(*trail);
  return parts;
}

void AuditParts::add_routes(gateway::Router& router, gateway::openapi::Document& document,
                            const trust::Authority& authority, gateway::LogPeople people) {
  gateway::add_log_routes(router, document, {*trail_, authority, store_, std::move(people)});
  gateway::add_alert_routes(router, document, {alerts_, *trail_, authority, store_});
}

}  // namespace tsunagu::app
