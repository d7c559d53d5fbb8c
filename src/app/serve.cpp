// `tsunagu serve`: puts the parts together and runs until SIGTERM or SIGINT.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "app/automation_parts.h"
#include "app/commands.h"
#include "app/things_parts.h"
#include "app/trust_parts.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/version.h"
#include "broker/broker.h"
#include "broker/subscriptions/notices.h"
#include "broker/subscriptions/subscriptions.h"
#include "catalog/dataset_index.h"
#include "catalog/datasets.h"
#include "catalog/download_counts.h"
#include "catalog/plan/keeper.h"
#include "catalog/studio/studio.h"
#include "gateway/catalog/describe.h"
#include "gateway/ckan/ckan.h"
#include "gateway/http/server.h"
#include "gateway/live/live.h"
#include "gateway/mcp/mcp.h"
#include "gateway/ngsild/api.h"
#include "gateway/notify/notice_routes.h"
#include "gateway/notify/notifier.h"
#include "gateway/page/page.h"
#include "gateway/plan/routes.h"
#include "gateway/push/routes.h"
#include "gateway/service.h"
#include "gateway/studio/routes.h"
#include "store/embedded.h"
#include "store/history/retention.h"
#include "store/sealing.h"
#include "trust/view.h"

namespace tsunagu::app {
namespace {

struct ServeOptions {
  std::string listen = "127.0.0.1:1026";
  std::string data, data_key_file;
  std::string durability = "fsync";
  int sync_interval_ms = 200;
  int checkpoint_interval_s = 60;
  std::uint64_t fold_bytes = store::EmbeddedOptions{}.fold_journal_bytes;
  std::uint64_t max_unfolded_bytes = 1u << 30;
  std::string retention;
  std::string public_url, push_contact;
  TrustOptions trust;
  AutomationSettings automation;
  ThingsOptions things;
  std::string log_level = "info";
  bool log_json = false;
  bool fixed_tenants = false;
  int grace_s = 30;
  int context_timeout_s = 5;
  int notice_retry_for_s = 24 * 3600;
  std::size_t notice_max_dead = broker::NoticeOptions().dead_letters;
  gateway::NotifyOptions notify;
  gateway::ServerOptions server;
  std::uint64_t max_upload_bytes = 1ULL << 30;
  gateway::ApiOptions api;
  gateway::live::LiveOptions live;
  int live_buffer_mib = 32;
  int sign_of_life_ms = 15'000;
};

int refuse(const Error& error) {
  std::fprintf(stderr, "tsunagu: %s: %s\n", info(error.code).title, error.detail.c_str());
  return 1;
}

/// Connections of clients and to endpoints are many: as many files as the system allows.
void raise_file_limit() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == files.rlim_max) return;
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
}

std::string host_in_url(const std::string& host) {
  if (host == "0.0.0.0" || host == "::") return "127.0.0.1";
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

Result<std::vector<store::RetentionRule>> read_rules(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in || in.bad()) return fail(ErrorCode::kInvalidRequest, file + ": " + std::strerror(errno));
  return store::read_retention(text, file);
}

int serve(ServeOptions o) {
  auto level = log::parse_level(o.log_level);
  if (!level) return refuse({ErrorCode::kInvalidRequest, "--log-level is one of debug, info, warn, error, off"});
  log::configure(*level, o.log_json ? log::Format::kJson : log::Format::kText);
  if (!split_address(o.listen, o.server.host, o.server.port)) {
    return refuse({ErrorCode::kInvalidRequest, "--listen takes HOST:PORT, for example 127.0.0.1:1026"});
  }
  if (o.server.port == 0) o.server.port = free_port();
  if (o.server.tls.certificate.empty() != o.server.tls.key.empty() ||
      (!o.server.tls.client_ca.empty() && !o.server.tls.used())) {
    return refuse({ErrorCode::kInvalidRequest, "TLS takes both --tls-cert and --tls-key; --client-ca needs them"});
  }
  const char* scheme = o.server.tls.used() ? "https" : "http";
  std::string url = fmt::format("{}://{}:{}", scheme, host_in_url(o.server.host), o.server.port);
  if (o.public_url.empty()) o.public_url = url;
  while (o.public_url.ends_with('/')) o.public_url.pop_back();
  o.api.body.max_bytes = o.server.max_body_bytes;

  // Every thread made from here on leaves these two to the wait below.
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  raise_file_limit();
  std::signal(SIGXFSZ, SIG_IGN);  // a limit on file size is an error of the write, not the end of the program

  if (!o.data_key_file.empty()) {
    if (auto used = store::use_data_keys(o.data_key_file); !used) return refuse(used.error());
  }
  store::EmbeddedOptions embedded;
  embedded.folder = o.data;
  embedded.durability = o.durability == "interval" ? store::Durability::kInterval : store::Durability::kFsync;
  embedded.sync_interval = std::chrono::milliseconds(o.sync_interval_ms);
  embedded.fold_journal_bytes = o.fold_bytes;
  embedded.max_unfolded_bytes = o.max_unfolded_bytes;
  if (!o.retention.empty()) {
    auto rules = read_rules(o.retention);
    if (!rules) return refuse(rules.error());
    embedded.retention.rules = std::move(*rules);
  }
  embedded.checkpoint_interval = std::chrono::seconds(o.checkpoint_interval_s);
  embedded.progress = [](std::string_view line) { log::info("{}", line); };
  auto opened = store::open_embedded(std::move(embedded));
  if (!opened) return refuse(opened.error());
  std::unique_ptr<store::Store> store = std::move(*opened);

  o.trust.data = o.data;
  o.trust.public_url = o.public_url;
  o.trust.origins = {o.public_url};
  o.trust.loopback = is_loopback(o.server.host);
  auto trust = TrustParts::make(*store, o.trust);
  if (!trust) {
    store->stop();
    return refuse(trust.error());
  }

  gateway::HttpClient& client = (*trust)->client();
  broker::ContextOptions context_options;
  context_options.own_url = o.public_url + "/ngsi-ld/v1/jsonldContexts/";
  gateway::FetchOptions fetch;
  fetch.timeout = std::chrono::seconds(o.context_timeout_s);
  fetch.max_bytes = context_options.limits.max_bytes;
  fetch.headers = {{"Accept", "application/ld+json, application/json;q=0.9"}};
  broker::Contexts contexts(
      *store,
      [&client, fetch](std::string address, std::function<void(Result<std::string>)> done) {
        client.fetch(std::move(address), fetch, [done = std::move(done)](Result<gateway::FetchResponse> got) {
          if (!got) return done(tl::unexpected(got.error()));
          if (got->status != 200)
            return done(fail(ErrorCode::kLdContextNotAvailable, fmt::format("it answers with status {}", got->status)));
          done(std::move(got->body));
        });
      },
      context_options);
  std::vector<broker::EndpointAddress> own;
  for (const std::string& address : {url, o.public_url}) {
    if (auto split = broker::split_endpoint(address)) own.push_back(std::move(*split));
  }
  broker::Subscriptions subscriptions(*store, contexts, std::move(own));
  subscriptions.load();
  broker::Broker broker{*store, contexts, &subscriptions};

  MetricRegistry metrics;
  broker::NoticeOptions keep;
  keep.dead_letters = o.notice_max_dead;
  keep.in_force = [&trust](const trust::Subject& subject) { return (*trust)->in_force(subject); };
  broker::Notices notices(*store, subscriptions, (*trust)->authority(), (*trust)->auditor(), keep);
  o.notify.metrics = &metrics;
  o.notify.rules = (*trust)->rules();
  o.notify.retry_for = std::chrono::seconds(o.notice_retry_for_s);
  auto notifier = gateway::Notifier::start(o.notify, notices);
  if (!notifier) {
    store->stop();
    return refuse(notifier.error());
  }
  o.things.data = o.data;
  auto things = ThingsParts::make(*store, o.things, **trust, metrics);
  if (!things) {
    store->stop();
    return refuse(things.error());
  }
  o.live.ring_bytes = std::size_t(o.live_buffer_mib) << 20;
  o.live.sign_of_life = std::chrono::milliseconds(o.sign_of_life_ms);
  o.live.origins = {o.public_url, o.server.cors_origin};
  gateway::live::Live live(*store, o.live, metrics);
  catalog::Files files(std::filesystem::path(o.data) / "files");
  files.clean();
  catalog::Datasets datasets(broker, files);
  datasets.set_personal(
      [&parts = **trust](store::TenantId tenant, ngsi::TermId type) { return parts.personal(tenant, type); });
  catalog::DatasetIndex dataset_index(broker);
  catalog::DownloadCounts downloads(*store);
  Workbench workbench;
  // Open data is what everybody may see, whoever asks.
  trust::View public_view(*store, (*trust)->authority(), trust::nobody(), "");
  broker::Broker public_broker{public_view, contexts};
  catalog::Datasets public_datasets(public_broker, files);
  const gateway::opendata::OpenData open_data{public_datasets, datasets,  dataset_index,
                                              downloads,       workbench, o.public_url};
  catalog::IndicatorKeeper indicators(*store, public_view);
  catalog::Studio studio({.folder = std::filesystem::path(o.data) / "uploads"}, datasets);
  studio.start();
  gateway::PushOptions devices;
  devices.key_file = std::filesystem::path(o.data) / "trust" / "push.key";
  devices.contact = !o.push_contact.empty() ? o.push_contact : o.public_url.starts_with("https://") ? o.public_url : "";
  devices.known = [&parts = **trust](const gateway::PushPerson& who) { return parts.known(who.account, who.tenant); };
  auto push = gateway::Push::open(*store, client, std::move(devices));
  if (!push) {
    studio.stop();
    store->stop();
    return refuse(push.error());
  }
  auto automation = AutomationParts::make(*store, **trust, **push, o.automation);
  if (!automation) {
    studio.stop();
    store->stop();
    return refuse(automation.error());
  }
  gateway::Lifecycle lifecycle;
  gateway::Router router;
  gateway::openapi::Document document;
  if ((*trust)->on()) o.api.create_tenants = false;  // they are on-boarded (tsunagu tenant add)
  o.api.asks_device = [&commands = (*things)->commands()](store::TenantId tenant, const ngsi::Record* before,
                                                           const ngsi::Record& after) {
    return commands.asks(tenant, before, after);
  };
  const gateway::Guard& guard = (*trust)->guard();
  gateway::add_ngsild_routes(router, document, broker, guard, o.api);
  gateway::live::add_live_routes(router, document, broker, guard, o.api, live);
  gateway::add_notice_routes(router, document, **notifier, notices);
  gateway::opendata::add_catalog_routes(router, document, open_data);
  gateway::opendata::add_ckan_routes(router, document, open_data);
  gateway::add_studio_routes(router, document, studio, *store);
  o.server.receivers.push_back(gateway::upload_receiver(studio, *store, o.max_upload_bytes));
  gateway::mcp::add_routes(router, document, {.site = o.public_url, .origins = o.live.origins});
  gateway::plan::add_routes(router, document, *store, workbench);
  (*things)->add_routes(router, document, *store, **trust, workbench, files);
  (*automation)->add_routes(router, document, *store, **trust, workbench);
  gateway::add_push_routes(router, document, {**push, *store, (*trust)->auditor()});
  gateway::add_page_routes(router);
  (*trust)->add_routes(router, document, workbench);
  gateway::add_service_routes(router, document, *store, metrics, lifecycle);  // last: prints the document
  router.set_door([&guard](const gateway::Request& request, std::string_view method, std::string_view pattern) {
    return guard.admit(request, method, pattern);
  });
  for (gateway::ReceiverRoute& receiver : o.server.receivers) {
    receiver.door = [&guard, method = receiver.method, path = receiver.path](const gateway::Request& request) {
      return guard.admit(request, method, path);
    };
  }
  o.server.metrics = &metrics;
  auto started = gateway::Server::start(o.server, std::move(router));
  if (!started) {
    studio.stop();
    store->stop();
    return refuse(started.error());
  }
  notices.start(**notifier);
  indicators.start();
  (*automation)->start();
  log::info("Tsunagu {} serves {} (API: {}/ngsi-ld/v1), {} entities in {}", version(), url, url,
            store->stats().entities, o.data);

  int signal = 0;
  sigwait(&ends, &signal);
  log::info("{}: finishing what was accepted", signal == SIGTERM ? "SIGTERM" : "SIGINT");
  lifecycle.stopping = true;
  (*started)->stop(std::chrono::seconds(o.grace_s));
  things->reset();
  studio.stop();
  workbench.stop();
  downloads.stop();
  indicators.stop();
  (*automation)->stop();
  (*push)->stop();
  (*notifier)->stop(std::chrono::seconds(2));
  notices.stop();
  (*trust)->stop();
  store->stop();
  log::info("Stopped; everything acknowledged is on disk");
  return 0;
}

}  // namespace

std::uint16_t free_port() {
  int s = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ::bind(s, reinterpret_cast<sockaddr*>(&address), size);
  ::getsockname(s, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(s);
  return ntohs(address.sin_port);
}

bool is_loopback(const std::string& host) {
  return host.starts_with("127.") || host == "::1" || host == "localhost";
}

bool split_address(const std::string& text, std::string& host, unsigned short& port) {
  auto colon = text.rfind(':');
  if (colon == std::string::npos) return false;
  host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  if (host.empty()) host = "127.0.0.1";
  auto [end, error] = std::from_chars(text.data() + colon + 1, text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size();
}

void add_serve(CommandLine& program) {
  CommandLine command = program.command("serve", "Start the broker on a data folder");
  auto o = std::make_shared<ServeOptions>();
  command.option("--data", o->data, "Data folder; made when it does not exist").required();
  command.option("--data-key-file", o->data_key_file,
                 "File of data keys (tsunagu data-key): what is on disk is sealed with the first");
  command.option("--listen", o->listen, "HOST:PORT; port 0 takes a free one");
  command.option("--public-url", o->public_url,
                 "Address by which others reach this server (in URLs of hosted @contexts)");
  command.option("--push-contact", o->push_contact,
                 "Whom push services can ask about notices on devices: mailto:ADDRESS or https://… (else the public URL)");
  add_trust_options(command, o->trust);
  add_automation_options(command, o->automation);
  add_things_options(command, o->things);
  command
      .option("--durability", o->durability,
              "fsync: acknowledged means on disk. interval: fsync every --sync-interval ms")
      .one_of({"fsync", "interval"});
  command.option("--sync-interval", o->sync_interval_ms, "Milliseconds between syncs with --durability=interval", 1,
                 60000);
  command.option("--checkpoint-interval", o->checkpoint_interval_s, "Seconds between checkpoints", 1, 86400);
  command.option("--fold-bytes", o->fold_bytes,
                 "Bytes of journal after which history is folded into leaves (0: at once)");
  command.option("--max-unfolded-bytes", o->max_unfolded_bytes,
                 "Bytes of history in memory at which writes wait until it is folded", std::uint64_t{1} << 20,
                 std::uint64_t{1} << 40);
  command.option("--retention", o->retention, "File (TOML) of rules how long history is kept; without one: for ever");
  command.option("--tls-cert", o->server.tls.certificate,
                 "File (PEM) of the certificate to show, with those that lead to its authority; read again when it "
                 "changes. Without it: plain HTTP");
  command.option("--tls-key", o->server.tls.key, "File (PEM) of its private key");
  command.option("--client-ca", o->server.tls.client_ca,
                 "File (PEM) of authorities whose certificates clients may show to be known by");
  command.flag("--tls-1.2", o->server.tls.tls12, "Take TLS 1.2, too");
  command.option("--threads", o->server.threads, "Threads for connections", 1, 256);
  command.option("--max-body", o->server.max_body_bytes, "Largest request body in bytes");
  command.option("--max-upload", o->max_upload_bytes, "Largest table that may be uploaded, in bytes");
  command.option("--max-connections", o->server.max_connections, "Connections at once");
  command.option("--max-streams", o->live.max_streams, "Live streams at once (503 beyond)");
  command.option("--live-buffer", o->live_buffer_mib, "MiB of recent changes kept for live streams that come back", 1,
                 65536);
  command.option("--sign-of-life", o->sign_of_life_ms,
                 "Milliseconds without an event until a live stream shows that it is alive", 1, 600000);
  command.option("--max-limit", o->api.max_limit, "Largest page a query may ask for");
  command.option("--max-examined", o->api.max_examined, "Records one query may look at (403 beyond); 0: no limit");
  command.option("--temporal-page", o->api.temporal.page,
                 "Instances of one attribute in an answer about the past; more: 206 with Content-Range", 1, 10'000'000);
  command.option("--max-batch", o->api.max_batch, "Items in one batch request");
  command.option("--context-timeout", o->context_timeout_s, "Seconds to wait for a remote @context", 1, 300);
  command.option("--notice-retry-for", o->notice_retry_for_s, "Seconds after which a notification is given up", 1,
                 365 * 86400);
  command.option("--notice-connections", o->notify.connections, "Connections to one endpoint at once", 1, 64);
  command.option("--notice-max-waiting", o->notify.max_waiting, "Notifications that may wait for one endpoint", 1,
                 100'000'000);
  command.option("--notice-max-dead", o->notice_max_dead,
                 "Notifications kept that could not be delivered; beyond, the oldest are forgotten", 1, 100'000'000);
  command.option("--notice-threads", o->notify.threads, "Threads that send notifications", 1, 64);
  command.option("--notice-ca", o->notify.ca_file,
                 "File of certificates (PEM) that endpoints may be certified by, besides the system's");
  command.flag("--fixed-tenants", o->fixed_tenants, "Writes for an unknown tenant are refused instead of making it");
  command.option("--cors-origin", o->server.cors_origin,
                 "Access-Control-Allow-Origin for browsers of other sites (\"*\" or an origin)");
  command.option("--grace", o->grace_s, "Seconds given to running requests at the end");
  command.option("--log-level", o->log_level, "debug, info, warn, error, off");
  command.flag("--log-json", o->log_json, "Log as JSON lines");
  command.config_file("--config", "Read options from a TOML file: one per line, names as above");
  command.footer(
      "Examples:\n"
      "  tsunagu serve --data var/region\n"
      "  tsunagu serve --data /srv/tsunagu --listen 0.0.0.0:1026 --public-url https://data.example.lg.jp\n"
      "SIGTERM or Ctrl-C: finishes what it accepted, then ends with status 0.");
  command.run([o] {
    o->api.create_tenants = !o->fixed_tenants;
    o->api.temporal.max_examined = o->api.max_examined;
    return serve(*o);
  });
}

}  // namespace tsunagu::app
