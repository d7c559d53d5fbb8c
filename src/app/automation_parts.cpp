#include "app/automation_parts.h"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <utility>

#include "base/text.h"
#include "gateway/automation/alarm_routes.h"
#include "gateway/automation/routes.h"

namespace tsunagu::app {
namespace {

using Told = std::function<void(std::string fault)>;

/// POST of JSON to where the server may connect.
std::function<void(std::string, std::string, Told)> webhook_by(gateway::HttpClient& client) {
  return [&client](std::string address, std::string body, Told told) {
    gateway::FetchOptions call;
    call.method = "POST";
    call.headers = {{"Content-Type", "application/json"}};
    call.body = std::move(body);
    call.max_redirects = 0;
    client.fetch(std::move(address), std::move(call), [told = std::move(told)](gateway::FetchResult got) {
      if (!got) return told(got.error().detail);
      told(got->status < 300 ? std::string() : fmt::format("it answers with status {}", got->status));
    });
  };
}

constexpr std::chrono::hours kWorthTelling{4};

gateway::PushMessage push_message(const automation::Calling& calling) {
  gateway::PushMessage out;
  out.title = {calling.subject.ja, {}, calling.subject.en};
  out.text = {calling.brief.ja, {}, calling.brief.en};
  out.page = calling.alarms.size() == 1 ? "/alarms?id=" + calling.alarms[0] : "/alarms";
  out.topic = calling.alarms.size() == 1 ? calling.alarms[0] : "alarms";
  out.urgency = automation::severity_rank(calling.severity) <= 1 ? gateway::Urgency::kHigh : gateway::Urgency::kNormal;
  out.ttl = kWorthTelling;
  return out;
}

automation::AlarmOptions alarm_options(gateway::Mailer& mailer, bool mail, gateway::HttpClient& client, store::Store& store,
                                       gateway::Push& push) {
  automation::AlarmOptions out;
  out.push = [&store, &push](store::TenantId id, std::string account, const automation::Calling& calling, Told told) {
    for (const auto& [tenant, name] : store.tenants()) {
      if (tenant == id) return push.send({name, std::move(account)}, push_message(calling), std::move(told));
    }
    told("the tenant is gone");
  };
  out.webhook = webhook_by(client);
  if (mail) {
    out.mail = [&mailer](std::string to, automation::Words subject, automation::Words text, Told told) {
      mailer.send({std::move(to), subject.ja + " / " + subject.en, text.ja + "\n\n" + text.en + "\n"}, std::move(told));
    };
  }
  return out;
}

automation::AutomationOptions rule_options(automation::Alarms& alarms, gateway::HttpClient& client) {
  automation::AutomationOptions out;
  out.webhook = webhook_by(client);
  out.alarm = [&alarms](const automation::Call& call) { alarms.take(call); };
  return out;
}

}  // namespace

void add_automation_options(CommandLine& command, AutomationSettings& s) {
  command.option("--smtp", s.mail.server, "Server that takes mail to people who are called: smtp://HOST:PORT or smtps://HOST:PORT");
  command.option("--smtp-from", s.mail.from, "Address of the sender of mail");
  command.option("--smtp-user", s.mail.user, "Name by which the mail server knows this one; needs TLS");
  command.option("--smtp-password-file", s.mail_password_file, "File with the password to it");
}

Result<std::unique_ptr<AutomationParts>> AutomationParts::make(store::Store& store, TrustParts& trust, gateway::Push& push,
                                                               AutomationSettings s) {
  if (!s.mail.server.empty()) {
    if (!s.mail.server.starts_with("smtp://") && !s.mail.server.starts_with("smtps://")) {
      return fail(ErrorCode::kInvalidRequest, "--smtp takes smtp://HOST:PORT or smtps://HOST:PORT");
    }
    if (s.mail.from.find('@') == std::string::npos) {
      return fail(ErrorCode::kInvalidRequest, "--smtp needs --smtp-from, the sender's address");
    }
  }
  if (!s.mail_password_file.empty()) {
    std::ifstream in(s.mail_password_file, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    if (!in) return fail(ErrorCode::kInvalidRequest, "--smtp-password-file: " + s.mail_password_file + " cannot be read");
    s.mail.password = std::string(trim(text));
  }
  return std::unique_ptr<AutomationParts>(new AutomationParts(store, trust, push, std::move(s.mail)));
}

AutomationParts::AutomationParts(store::Store& store, TrustParts& trust, gateway::Push& push, gateway::MailOptions mail)
    : mailer_(mail),
      alarms_(store, alarm_options(mailer_, !mail.server.empty(), trust.client(), store, push)),
      automation_(store, trust.authority(), rule_options(alarms_, trust.client())) {}

void AutomationParts::add_routes(gateway::Router& router, gateway::openapi::Document& document, store::Store& store,
                                 TrustParts& trust, Workbench& workbench) {
  gateway::add_automation_routes(router, document,
                                 {automation_, store, trust.authority(), trust.auditor(), workbench});
  gateway::add_alarm_routes(router, document, {alarms_, store, trust.auditor()});
}

void AutomationParts::start() {
  alarms_.start();
  automation_.start();
}

void AutomationParts::stop() {
  automation_.stop();
  alarms_.stop();
  mailer_.stop();
}

}  // namespace tsunagu::app
