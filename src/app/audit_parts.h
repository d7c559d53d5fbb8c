// The audit log as a part of `serve`: the log, the alerts made of it, their routes.
#pragma once
#include <memory>
#include <string>

#include "app/command_line.h"
#include "gateway/http/http.h"
#include "gateway/openapi/document.h"
#include "gateway/trust/log_routes.h"
#include "store/store.h"
#include "trust/alerts/alerts.h"
#include "trust/audit/trail.h"
#include "trust/authority.h"

namespace tsunagu::app {

struct AuditSettings {
  std::string sync = "50";  ///< "each", or milliseconds
  std::string keep;         ///< "10y"; "": for ever
};
void add_audit_settings(CommandLine& command, AuditSettings& settings);

/// The store outlives it; it outlives the server.
class AuditParts {
 public:
  /// The log of the data folder `data`. InvalidRequest for settings that mean nothing.
  static Result<std::unique_ptr<AuditParts>> open(store::Store& store, const std::string& data,
                                                  const AuditSettings& settings);

  trust::AuditTrail& trail() { return *trail_; }
  void add_routes(gateway::Router& router, gateway::openapi::Document& document, const trust::Authority& authority,
                  gateway::LogPeople people);

 private:
  explicit AuditParts(store::Store& store);
  store::Store& store_;
  trust::Alerts alerts_;
  trust::Detector detector_;
  std::unique_ptr<trust::AuditTrail> trail_;  // its thread uses the others
};

}  // namespace tsunagu::app
