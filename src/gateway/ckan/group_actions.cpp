// Organizations (publishers), groups (themes), tags (keywords), licences.
#include <algorithm>

#include "base/json_object.h"
#include "base/text.h"
#include "catalog/fold.h"
#include "catalog/publisher.h"
#include "catalog/vocabulary.h"
#include "gateway/ckan/call.h"
#include "gateway/ckan/package_json.h"

namespace tsunagu::gateway::opendata {
namespace {

using catalog::DatasetQuery;
using catalog::Facet;

using Counts = std::map<std::string, std::uint64_t>;

Counts counts_of(const CkanCall& call, Facet facet) {
  DatasetQuery query;
  query.limit = 0;
  return call.parts.index.search(call.tenant, query).facets[static_cast<std::size_t>(facet)];
}

/// A list of names, or with all_fields of what `append` writes.
template <class Name, class Append>
void send_list(const CkanCallPtr& call, const Counts& counts, Name name, Append append) {
  const auto all_fields = call->truth("all_fields", false);
  const auto limit = call->natural("limit", 100'000, 100'000), offset = call->natural("offset", 0, 1'000'000'000);
  if (!all_fields) return call->send(all_fields.error());
  if (!limit) return call->send(limit.error());
  if (!offset) return call->send(offset.error());
  std::vector<std::string> out;
  std::uint64_t place = 0;
  for (const auto& [key, count] : counts) {
    const std::uint64_t at = place++;
    if (at < *offset || at - *offset >= *limit) continue;
    std::string& one = out.emplace_back();
    if (*all_fields) {
      append(one, key, count);
    } else {
      append_json_string(one, name(key));
    }
  }
  call->send(json_list(out));
}

void organization_list(const CkanCallPtr& call) {
  send_list(
      call, counts_of(*call, Facet::kPublisher), [](const std::string& id) { return catalog::publisher_slug(id); },
      [&call](std::string& out, const std::string& id, std::uint64_t count) {
        append_organization(out, call->parts, call->tenant, id, count);
      });
}

/// What organization_show and group_show add: the data sets.
std::string with_packages(const CkanCall& call, std::string shown, Facet facet, const std::string& value) {
  DatasetQuery query;
  query.has.emplace_back(facet, std::vector<std::string>{value});
  query.limit = 1000;
  shown.pop_back();
  shown += ",\"packages\":[";
  bool any = false;
  for (const auto& each : call.parts.index.search(call.tenant, query).page) {
    if (std::exchange(any, true)) shown += ',';
    append_package(shown, call.parts, call.tenant, *each);
  }
  return shown + "]}";
}

void organization_show(const CkanCallPtr& call) {
  const auto include = call->truth("include_datasets", false);
  if (!include) return call->send(include.error());
  const std::string slug = call->text("id");
  if (slug.empty()) return call->send(CkanError::invalid("id", "Missing value"));
  const std::string id = catalog::publisher_of_slug(call->parts.store(), call->tenant, slug);
  const Counts counts = counts_of(*call, Facet::kPublisher);
  const auto count = counts.find(id);
  if (id.empty() || (count == counts.end() && !id.starts_with("urn:ngsi-ld:Organization:") &&
                     !id.starts_with("urn:ngsi-ld:Municipality:"))) {
    return call->send(CkanError::not_found());
  }
  std::string out;
  append_organization(out, call->parts, call->tenant, id, count == counts.end() ? 0 : count->second);
  call->send(*include ? with_packages(*call, std::move(out), Facet::kPublisher, id) : out);
}

void group_list(const CkanCallPtr& call) {
  send_list(
      call, counts_of(*call, Facet::kTheme), [](const std::string& key) { return key; },
      [](std::string& out, const std::string& key, std::uint64_t count) { append_group(out, key, count); });
}

void group_show(const CkanCallPtr& call) {
  const auto include = call->truth("include_datasets", false);
  if (!include) return call->send(include.error());
  const std::string key = call->text("id");
  if (key.empty()) return call->send(CkanError::invalid("id", "Missing value"));
  const Counts counts = counts_of(*call, Facet::kTheme);
  const auto count = counts.find(key);
  if (count == counts.end() && catalog::find_theme(key) == nullptr) return call->send(CkanError::not_found());
  std::string out;
  append_group(out, key, count == counts.end() ? 0 : count->second);
  call->send(*include ? with_packages(*call, std::move(out), Facet::kTheme, key) : out);
}

void tag_list(const CkanCallPtr& call) {
  Counts counts = counts_of(*call, Facet::kKeyword);
  const std::string query = catalog::fold(call->text("query"));
  std::erase_if(counts, [&](const auto& tag) { return catalog::fold(tag.first).find(query) == std::string::npos; });
  send_list(
      call, counts, [](const std::string& keyword) { return keyword; },
      [](std::string& out, const std::string& keyword, std::uint64_t) { append_tag(out, keyword); });
}

void tag_show(const CkanCallPtr& call) {
  const auto include = call->truth("include_datasets", false);
  if (!include) return call->send(include.error());
  const std::string keyword = call->text("id");
  if (keyword.empty()) return call->send(CkanError::invalid("id", "Missing value"));
  if (!counts_of(*call, Facet::kKeyword).contains(keyword)) return call->send(CkanError::not_found());
  std::string out;
  append_tag(out, keyword);
  call->send(*include ? with_packages(*call, std::move(out), Facet::kKeyword, keyword) : out);
}

void license_list(const CkanCallPtr& call) {
  std::vector<std::string> all;
  for (const catalog::License& license : catalog::licenses()) {
    JsonObject(all.emplace_back())
        .text("id", license.key)
        .text("title", license.title)
        .text("url", license.uri)
        .text("status", "active")
        .text("od_conformance", license.open ? "approved" : "rejected")
        .truth("is_okd_compliant", license.open)
        .truth("domain_data", true)
        .end();
  }
  call->send(json_list(all));
}

}  // namespace

std::vector<CkanAction> group_actions() {
  return {
      {"organization_list", "Who publishes. all_fields, limit, offset.", organization_list},
      {"organization_show", "One publisher. id; include_datasets.", organization_show},
      {"group_list", "The themes in use. all_fields, limit, offset.", group_list},
      {"group_show", "One theme. id; include_datasets.", group_show},
      {"tag_list", "The keywords in use. query, all_fields, limit, offset.", tag_list},
      {"tag_show", "One keyword. id; include_datasets.", tag_show},
      {"license_list", "The licences that are known.", license_list},
  };
}

}  // namespace tsunagu::gateway::opendata
