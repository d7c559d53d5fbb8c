// Data sets as the portal and assistants read them: JSON.
#pragma once
#include <string>

#include "catalog/rdf/rdf.h"
#include "gateway/catalog/open_data.h"

namespace tsunagu::gateway::opendata {

/// {"ja":…,"en":…}
std::string texts_json(const catalog::Texts& texts);
std::string quality_json(const catalog::Quality& quality);
/// One result of the list.
void append_summary(std::string& out, const OpenData& parts, store::TenantId tenant,
                    const catalog::IndexedDataset& dataset);
/// The same with contact and distributions.
void append_details(std::string& out, const OpenData& parts, store::TenantId tenant,
                    const catalog::IndexedDataset& dataset);
/// Downloads of a data set, those not written to the graph yet included.
std::uint64_t downloads_of(const OpenData& parts, store::TenantId tenant, const catalog::IndexedDataset& dataset);

/// The routes under /catalog, see docs/open-data.md.
void add_catalog_routes(Router& router, openapi::Document& document, const OpenData& parts);
// Parts of them.
void add_dataset_routes(Router& router, openapi::Document& document, const OpenData& parts);
void add_download_routes(Router& router, openapi::Document& document, const OpenData& parts);
void add_version_routes(Router& router, openapi::Document& document, const OpenData& parts);
void add_dcat_routes(Router& router, openapi::Document& document, const OpenData& parts);
/// Answers with one data set as RDF.
void send_dataset_rdf(const AskPtr& ask, const catalog::IndexedDataset& dataset, catalog::RdfForm form);

}  // namespace tsunagu::gateway::opendata
