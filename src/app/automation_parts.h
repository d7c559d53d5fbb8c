// Rules and alarms, put together for `serve`: the engine, the people who are called, mail.
#pragma once
#include <memory>
#include <string>

#include "app/command_line.h"
#include "app/trust_parts.h"
#include "automation/alarms.h"
#include "automation/automation.h"
#include "base/workbench.h"
#include "gateway/http/http.h"
#include "gateway/mail/mail.h"
#include "gateway/openapi/document.h"
#include "gateway/push/push.h"
#include "store/store.h"

namespace tsunagu::app {

struct AutomationSettings {
  gateway::MailOptions mail;
  std::string mail_password_file;
};
void add_automation_options(CommandLine& command, AutomationSettings& settings);

/// The store, `trust` and `push` outlive it; it outlives the server.
class AutomationParts {
 public:
  /// InvalidRequest says which option is wrong.
  static Result<std::unique_ptr<AutomationParts>> make(store::Store& store, TrustParts& trust, gateway::Push& push,
                                                       AutomationSettings settings);
  void add_routes(gateway::Router& router, gateway::openapi::Document& document, store::Store& store, TrustParts& trust,
                  Workbench& workbench);
  void start();
  /// After the server has stopped, before the store does.
  void stop();

 private:
  AutomationParts(store::Store& store, TrustParts& trust, gateway::Push& push, gateway::MailOptions mail);

  gateway::Mailer mailer_;
  automation::Alarms alarms_;
  automation::Automation automation_;
};

}  // namespace tsunagu::app
