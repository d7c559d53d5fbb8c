// What the routes of the catalogue share: the parts, and how a request is opened.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/workbench.h"
#include "catalog/dataset_index.h"
#include "catalog/datasets.h"
#include "catalog/download_counts.h"
#include "gateway/http/http.h"
#include "gateway/openapi/document.h"

namespace tsunagu::gateway::opendata {

/// All outlive the router.
struct OpenData {
  catalog::Datasets& datasets;  ///< what a visitor may see of them
  catalog::Datasets& editor;    ///< all of them: to change them
  catalog::DatasetIndex& index;
  catalog::DownloadCounts& downloads;
  Workbench& workbench;
  std::string site;  ///< public address, without a slash at the end

  broker::Broker& broker() const { return datasets.broker(); }
  store::Store& store() const { return datasets.broker().store; }
};

/// One request on its way.
struct Ask {
  const OpenData& parts;
  RequestPtr request;
  PathParameters path;
  Reply reply;
  QueryString query;
  store::TenantId tenant;

  std::optional<std::string_view> get(std::string_view name) const { return query.get(name); }
  /// A whole number between two; `absent` when the parameter is not there. InvalidRequest.
  Result<std::uint64_t> natural(std::string_view name, std::uint64_t least, std::uint64_t most,
                                std::uint64_t absent) const;
  void send_json(std::string body);
  void send(const Error& error) { reply.send(error); }
};
using AskPtr = std::shared_ptr<Ask>;

struct Route {
  std::string_view method, path, id, summary;
  std::vector<openapi::Parameter> parameters;  ///< of the query; others are refused
  std::vector<openapi::Answer> answers;
  std::function<void(const AskPtr&)> handle;
};
/// Adds a route and describes it. The tenant is that of the header NGSILD-Tenant or, for links, the parameter tenant.
void add_route(Router& router, openapi::Document& document, const OpenData& parts, Route route);
/// The tenant a request means.
Result<store::TenantId> tenant_of(const OpenData& parts, const Request& request);

}  // namespace tsunagu::gateway::opendata
