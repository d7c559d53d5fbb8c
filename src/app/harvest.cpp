// `tsunagu harvest`: the data sets of another catalogue, CKAN or DCAT, into a running Tsunagu.
#include "catalog/harvest/harvest.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <set>

#include "app/administration.h"
#include "app/commands.h"
#include "app/load_calls.h"
#include "app/load_upload.h"
#include "base/json.h"
#include "base/json_object.h"
#include "broker/subscriptions/endpoint_address.h"
#include "catalog/import/json_walk.h"
#include "gateway/http/client.h"
#include "gateway/notify/resolver.h"

namespace tsunagu::app {
namespace {

using catalog::Harvested;

struct HarvestOptions {
  std::string from, kind, publisher, key_file;
  bool dry_run = false;
  int timeout_s = 60;
  UploadSettings to;
};

constexpr std::size_t kPage = 100, kBatch = 200, kShownFaults = 20;
constexpr std::size_t kMaxDocument = 256u << 20, kMaxRecords = 1'000'000;

/// What the run has found out.
struct Run {
  const HarvestOptions& options;
  std::vector<Harvested> records{};
  std::set<std::string> seen{};  ///< harvested_from of every record at the source, good or bad
  std::size_t faults = 0;
  std::string incomplete{};  ///< why not everything was read; "": it was

  std::mutex reporting{};

  /// From any thread.
  void fault(const std::string& key, const std::string& reason) {
    const std::lock_guard lock(reporting);
    if (!key.empty()) seen.insert(key);
    if (++faults <= kShownFaults) {
      std::fprintf(stderr, "%s: %s\n", key.empty() ? options.from.c_str() : key.c_str(), reason.c_str());
    }
  }
};

/// A public source leads to public addresses only, wherever it redirects to; one inside the network to itself too.
gateway::AddressRules rules_for(const std::string& from) {
  for (const char* proxy : {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}) {
    if (std::getenv(proxy) != nullptr) return {};  // the proxy connects, and decides
  }
  const auto source = broker::split_endpoint(from);
  if (!source) return {};
  return gateway::AddressRules::public_and(gateway::notify::look_up(source->host)).value_or(gateway::AddressRules());
}

Result<gateway::FetchResponse> fetch(const HarvestOptions& options, const std::string& url, std::string_view accept) {
  gateway::FetchOptions how;
  how.timeout = std::chrono::seconds(options.timeout_s);
  how.max_bytes = kMaxDocument;
  how.headers.push_back({"Accept", std::string(accept)});
  static const gateway::AddressRules rules = rules_for(options.from);
  auto answer = gateway::fetch_now(url, how, rules);
  if (answer && answer->status != 200) {
    return fail(ErrorCode::kUnavailable, fmt::format("{} answers with status {}", url, answer->status));
  }
  return answer;
}

catalog::HarvestHandlers handlers_of(Run& run) {
  return {.record =
              [&run](Harvested record) {
                const std::string key = record.dataset.harvested_from;
                if (!run.seen.insert(key).second) {
                  run.incomplete = key + " came twice: the pages of the source do not fit together";
                  return;
                }
                run.records.push_back(std::move(record));
              },
          .fault = [&run](const std::string& key, const std::string& reason) { run.fault(key, reason); }};
}

/// The address of package_search of a CKAN: of its root, of its API, or as given.
std::string search_address(std::string from) {
  while (from.ends_with('/')) from.pop_back();
  if (from.ends_with("/package_search")) return from;
  if (from.ends_with("/api/3/action")) return from + "/package_search";
  return from + "/api/3/action/package_search";
}

void read_ckan(Run& run) {
  const std::string address = search_address(run.options.from);
  const auto handlers = handlers_of(run);
  std::uint64_t read = 0;
  for (;;) {
    const std::string url = fmt::format("{}?rows={}&start={}&sort={}", address, kPage, read, "name%20asc");
    const auto answer = fetch(run.options, url, "application/json");
    const auto page = answer ? catalog::read_ckan_page(answer->body, run.options.from, handlers)
                             : Result<catalog::CkanPage>(tl::unexpected(answer.error()));
    if (!page) {
      run.incomplete = fmt::format("{}: {}", url, page.error().detail);
      return;
    }
    read += page->records;
    if (!run.incomplete.empty()) return;
    if (read >= page->count) return;
    if (page->records == 0 || read > kMaxRecords) {
      run.incomplete = fmt::format("the source speaks of {} records, but gives {}", page->count, read);
      return;
    }
  }
}

/// By what the server says, else by the name, else by how it begins.
catalog::RdfForm form_of(const gateway::FetchResponse& answer, const std::string& url) {
  using catalog::RdfForm;
  const std::string_view type = answer.header("Content-Type").value_or("");
  if (type.find("turtle") != std::string_view::npos || type.find("n-triples") != std::string_view::npos)
    return RdfForm::kTurtle;
  if (type.find("rdf+xml") != std::string_view::npos) return RdfForm::kXml;
  if (type.find("json") != std::string_view::npos) return RdfForm::kJsonLd;
  const std::string path = url.substr(0, url.find_first_of("?#"));
  if (path.ends_with(".ttl") || path.ends_with(".nt")) return RdfForm::kTurtle;
  if (path.ends_with(".rdf") || path.ends_with(".xml")) return RdfForm::kXml;
  const std::size_t first = answer.body.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  const char begin = first == std::string::npos ? ' ' : answer.body[first];
  if (begin == '{' || begin == '[') return RdfForm::kJsonLd;
  return begin == '<' && answer.body.find("rdf:RDF") != std::string::npos ? RdfForm::kXml : RdfForm::kTurtle;
}

void read_dcat(Run& run) {
  const std::string& url = run.options.from;
  const auto answer =
      fetch(run.options, url, "application/ld+json, text/turtle;q=0.9, application/rdf+xml;q=0.8, */*;q=0.1");
  if (!answer) {
    run.incomplete = answer.error().detail;
    return;
  }
  const auto graph = catalog::read_rdf(form_of(*answer, url), answer->body, answer->url.empty() ? url : answer->url);
  const auto read =
      graph ? catalog::read_dcat(*graph, url, handlers_of(run)) : Result<std::size_t>(tl::unexpected(graph.error()));
  if (!read) run.incomplete = fmt::format("{}: {}", url, read.error().detail);
}

/// What the target has: name → harvestedFrom ("" for what was not harvested), distributions of each.
struct Known {
  std::map<std::string, std::string> harvested_from;
  std::map<std::string, std::vector<std::string>> distributions;
};

Result<Known> ask_target(const Calls& calls) {
  Known known;
  constexpr std::size_t kAtOnce = 1000;
  for (std::size_t offset = 0;; offset += kAtOnce) {
    const auto answer = calls.get(fmt::format(
        "/ngsi-ld/v1/entities?type=Dataset&format=simplified&pick=id,harvestedFrom,distribution&limit={}&offset={}",
        kAtOnce, offset));
    if (!answer) return tl::unexpected(answer.error());
    if (answer->status == 404) return known;  // a tenant that does not exist yet
    const std::string json = canonical(answer->body);
    if (answer->status != 200 || !json.starts_with('[')) {
      return fail(ErrorCode::kInternalError,
                  "the target cannot be asked what it has: " + problem_text(answer->status, answer->body));
    }
    std::size_t count = 0;
    catalog::for_each_element(json, [&](std::string_view entity) {
      ++count;
      const std::string id = catalog::text_member(entity, "id");
      const std::string name(catalog::name_in(id));
      if (name.empty()) return;
      known.harvested_from[name] = catalog::text_member(entity, "harvestedFrom");
      catalog::for_each_member(entity, [&](const std::string& member, std::string_view value) {
        if (member != "distribution") return;
        auto& list = known.distributions[name];
        if (value.starts_with('"')) list.push_back(json_string_text(value));
        if (!value.starts_with('[')) return;
        catalog::for_each_element(value, [&](std::string_view each) { list.push_back(json_string_text(each)); });
      });
    });
    if (count < kAtOnce) return known;
  }
}

/// Gives each record the name it has here: the one of the last time, else its own, else one made of both.
void give_names(Run& run, const Known& known) {
  std::map<std::string, std::string> of_record;  // harvestedFrom → name
  std::set<std::string> taken;
  for (const auto& [name, from] : known.harvested_from) {
    taken.insert(name);
    if (!from.empty()) of_record.emplace(from, name);
  }
  for (Harvested& record : run.records) {
    catalog::Dataset& dataset = record.dataset;
    const auto before = of_record.find(dataset.harvested_from);
    if (before != of_record.end()) {
      dataset.name = before->second;
    } else if (!taken.insert(dataset.name).second) {
      dataset.name = catalog::other_name(dataset.name, dataset.harvested_from);
      taken.insert(dataset.name);
    }
  }
}

std::string publisher_json(const catalog::HarvestedPublisher& publisher) {
  std::string names, out;
  JsonObject map(names);
  for (const auto& [tag, text] : publisher.name) {
    std::string name;
    append_json_string(name, tag);
    append_json_string(map.member(std::string_view(name).substr(1, name.size() - 2)), text);
  }
  map.end();
  JsonObject object(out);
  object.text("id", publisher.id).text("type", "Organization");
  JsonObject(object.member("name")).text("type", "LanguageProperty").json("languageMap", names).end();
  if (!publisher.url.empty()) {
    JsonObject(object.member("url")).text("type", "Property").text("value", publisher.url).end();
  }
  object.end();
  return out;
}

/// All entities of the records, publishers first.
std::vector<Sending> make_entities(Run& run) {
  std::vector<Sending> all;
  std::set<std::string> publishers;
  const auto add = [&](const Result<std::string>& json, const std::string& place) {
    auto entity =
        json ? catalog::entity_of_json(canonical(*json)) : Result<catalog::Entity>(tl::unexpected(json.error()));
    if (!entity) {
      run.fault(place, entity.error().detail);
      return false;
    }
    all.push_back({std::move(*entity), place});
    return true;
  };
  for (Harvested& record : run.records) {
    catalog::Dataset& dataset = record.dataset;
    const std::string& place = dataset.harvested_from;
    dataset.publisher = run.options.publisher.empty() ? record.publisher.id : run.options.publisher;
    const std::size_t before = all.size();
    bool good = true;
    for (std::size_t i = 0; good && i < record.distributions.size(); ++i) {
      record.distributions[i].id = catalog::distribution_id(dataset.name, i + 1);
      dataset.distribution.push_back(record.distributions[i].id);
      good = add(catalog::to_json(record.distributions[i]), place);
    }
    good = good && add(catalog::to_json(dataset), place);
    if (!good) {
      all.resize(before);
    } else if (run.options.publisher.empty() && !record.publisher.id.empty() &&
               publishers.insert(record.publisher.id).second) {
      add(publisher_json(record.publisher), place);
    }
  }
  return all;
}

/// Ids of what the source had and does not have any more: data sets, and distributions of those it has.
std::vector<std::string> what_went(const Run& run, const Known& known) {
  std::vector<std::string> ids;
  std::map<std::string, std::set<std::string>> stay;
  for (const Harvested& record : run.records) {
    stay[record.dataset.name] = {record.dataset.distribution.begin(), record.dataset.distribution.end()};
  }
  const std::string ours = run.options.from + "#";
  for (const auto& [name, from] : known.harvested_from) {
    const auto lists = known.distributions.find(name);
    const bool gone = from.starts_with(ours) && !run.seen.contains(from);
    const auto kept = stay.find(name);
    if (gone) ids.push_back(catalog::dataset_id(name));
    if (lists == known.distributions.end() || (!gone && kept == stay.end())) continue;
    for (const std::string& id : lists->second) {
      if (catalog::name_in(id) == name && (gone || !kept->second.contains(id))) ids.push_back(id);
    }
  }
  return ids;
}

Result<std::size_t> remove(const Calls& calls, const std::vector<std::string>& ids) {
  std::size_t removed = 0;
  for (std::size_t begin = 0; begin < ids.size(); begin += kBatch) {
    const std::size_t end = std::min(begin + kBatch, ids.size());
    std::string body;
    append_json_texts(body, std::vector<std::string>(ids.begin() + static_cast<std::ptrdiff_t>(begin),
                                                     ids.begin() + static_cast<std::ptrdiff_t>(end)));
    const auto answer = calls.post("/ngsi-ld/v1/entityOperations/delete", std::move(body), false);
    if (!answer) return tl::unexpected(answer.error());
    if (answer->status != 204 && answer->status != 207) {
      return fail(ErrorCode::kInternalError, problem_text(answer->status, answer->body));
    }
    removed += end - begin;
  }
  return removed;
}

int fail_with(const std::string& why) {
  std::printf("FAILED: %s. The same call goes on where it stopped.\n", why.c_str());
  return 1;
}

int write_all(Run& run) {
  UploadSettings settings = run.options.to;
  const Calls calls(settings);
  const auto known = ask_target(calls);
  if (!known) return fail_with(known.error().detail);
  give_names(run, *known);
  const std::vector<Sending> entities = make_entities(run);
  // Nothing is removed when the source was not read to its end, or says that it is empty: that is a fault of its.
  const bool may_remove = run.incomplete.empty() && !run.seen.empty();
  const std::vector<std::string> gone = may_remove ? what_went(run, *known) : std::vector<std::string>();
  if (run.options.dry_run) {
    for (const Sending& each : entities) std::printf("%s\n", catalog::to_json(each.entity).c_str());
    for (const std::string& id : gone) std::printf("remove %s\n", id.c_str());
    return run.incomplete.empty() && run.faults == 0 ? 0 : 1;
  }
  // What the source does not say any more is taken away; what is measured here stays.
  settings.owned = {"title",        "description",        "publisher",    "theme",         "keyword",
                    "license",      "accrualPeriodicity", "contactPoint", "issued",        "modified",
                    "distribution", "temporal",           "landingPage",  "harvestedFrom", "format",
                    "mediaType",    "byteSize",           "content"};
  Uploader uploader(
      settings,
      {[&run](const std::string& place, const std::string& reason) { run.fault(place, reason); }, [](std::size_t) {}});
  for (std::size_t begin = 0; begin < entities.size(); begin += kBatch) {
    const auto first = entities.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto last = entities.begin() + static_cast<std::ptrdiff_t>(std::min(begin + kBatch, entities.size()));
    if (!uploader.submit({first, last})) return fail_with(uploader.error());
  }
  if (!uploader.drain()) return fail_with(uploader.error());
  const auto removed = remove(calls, gone);
  if (!removed) return fail_with(removed.error().detail);
  const UploadCounts counts = uploader.counts();
  std::printf("%zu data sets; entities: %zu created, %zu updated, %zu unchanged, %zu removed\n", run.records.size(),
              counts.created, counts.updated, counts.unchanged, *removed);
  if (!run.incomplete.empty()) {
    std::printf("INCOMPLETE: %s. Nothing was removed.\n", run.incomplete.c_str());
    return 1;
  }
  if (run.faults > 0) {
    std::printf("INCOMPLETE: %zu records were left out.\n", run.faults);
    return 1;
  }
  std::printf("Complete.\n");
  return 0;
}

int harvest(const HarvestOptions& options) {
  Run run{.options = options};
  const bool document =
      options.kind == "dcat" ||
      (options.kind.empty() &&
       std::ranges::any_of(std::initializer_list<std::string_view>{".jsonld", ".ttl", ".rdf", ".xml", ".nt"},
                           [&](std::string_view end) { return options.from.ends_with(end); }));
  if (document) {
    read_dcat(run);
  } else {
    read_ckan(run);
  }
  if (run.records.empty() && run.faults == 0 && !run.incomplete.empty()) return fail_with(run.incomplete);
  return write_all(run);
}

}  // namespace

void add_harvest(CommandLine& program) {
  CommandLine command = program.command("harvest", "Take over the data sets of another catalogue (CKAN or DCAT)");
  auto options = std::make_shared<HarvestOptions>();
  command.option("--from", options->from, "Address of a CKAN, or of a DCAT document (JSON-LD, Turtle, RDF/XML)")
      .required();
  command.option("--kind", options->kind, "What is there; by default dcat when the address ends like a document")
      .one_of({"ckan", "dcat"});
  command.option("--to", options->to.url, "Address of a running Tsunagu").required();
  command.option("--key-file", options->key_file,
                 "File with a key (tsunagu key add; DATA/trust/operator.key), when sign-in is on");
  command.option("--tenant", options->to.tenant, "Tenant to write into");
  command.option("--publisher", options->publisher,
                 "Id of the entity that publishes all of it; by default organizations as the source has them");
  command.option("--timeout", options->timeout_s, "Seconds for one answer of the source", 1, 3600);
  command.flag("--dry-run", options->dry_run, "Print the entities instead of sending them");
  command.footer(
      "Examples:\n"
      "  tsunagu harvest --from https://data.bodik.jp --to http://127.0.0.1:1026\n"
      "  tsunagu harvest --from https://www.example.lg.jp/catalog.ttl --to http://127.0.0.1:1026\n"
      "Again, nothing changes but what changed there; what went there goes here.\n"
      "Exit status 0: complete. 1: something was left out or could not be read. 2: the call is wrong.");
  command.run([options] { return use_key(options->key_file, options->to.key) ? harvest(*options) : 2; });
}

}  // namespace tsunagu::app
