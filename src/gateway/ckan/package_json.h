// Data sets as CKAN's packages, distributions as its resources, publishers as organizations.
#pragma once
#include <string>

#include "gateway/catalog/open_data.h"

namespace tsunagu::gateway::opendata {

void append_package(std::string& out, const OpenData& parts, store::TenantId tenant,
                    const catalog::IndexedDataset& dataset);
void append_resource(std::string& out, const OpenData& parts, const catalog::IndexedDataset& dataset,
                     std::size_t position);
/// `packages`: how many data sets it publishes.
void append_organization(std::string& out, const OpenData& parts, store::TenantId tenant, const std::string& id,
                         std::uint64_t packages);
void append_group(std::string& out, std::string_view key, std::uint64_t packages);
void append_tag(std::string& out, const std::string& keyword);

}  // namespace tsunagu::gateway::opendata
