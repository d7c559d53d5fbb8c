// GET /catalog.jsonld, .ttl, .rdf; one data set as RDF.
#include "catalog/dcat.h"
#include "gateway/catalog/describe.h"

namespace tsunagu::gateway::opendata {
namespace {

using catalog::IndexedDatasetPtr;
using catalog::RdfForm;

/// The whole catalogue, data set by data set.
class CatalogueStream final : public BodyStream {
 public:
  CatalogueStream(const OpenData& parts, store::TenantId tenant, RdfForm form)
      : parts_(parts), tenant_(tenant), datasets_(parts.index.all(tenant)), writer_(catalog::rdf_writer(form)) {}

  bool next(std::string& chunk) override {
    constexpr std::size_t kAtOnce = 16;
    if (place_ == 0 && !begun_) {
      begun_ = true;
      writer_->begin(chunk);
      writer_->add(chunk, catalog::describe_catalog(parts_.site));
    }
    for (std::size_t n = 0; n < kAtOnce && place_ < datasets_.size(); ++n) {
      const IndexedDatasetPtr dataset = std::move(datasets_[place_++]);
      writer_->add(chunk, catalog::describe_dataset(*dataset, parts_.store(), tenant_, parts_.site, true));
    }
    if (place_ < datasets_.size()) return true;
    writer_->end(chunk);
    return false;
  }

 private:
  const OpenData& parts_;
  const store::TenantId tenant_;
  std::vector<IndexedDatasetPtr> datasets_;
  std::unique_ptr<catalog::RdfWriter> writer_;
  std::size_t place_ = 0;
  bool begun_ = false;
};

}  // namespace

void send_dataset_rdf(const AskPtr& ask, const catalog::IndexedDataset& dataset, RdfForm form) {
  const auto writer = catalog::rdf_writer(form);
  Response response;
  response.content_type = catalog::media_type(form);
  writer->begin(response.body);
  writer->add(response.body,
              catalog::describe_dataset(dataset, ask->parts.store(), ask->tenant, ask->parts.site, false));
  writer->end(response.body);
  ask->reply.send(std::move(response));
}

void add_dcat_routes(Router& router, openapi::Document& document, const OpenData& parts) {
  struct Form {
    std::string_view path, id, type;
    RdfForm form;
  };
  for (const Form& each : {Form{"/catalog.jsonld", "getCatalogJsonLd", "application/ld+json", RdfForm::kJsonLd},
                           Form{"/catalog.ttl", "getCatalogTurtle", "text/turtle", RdfForm::kTurtle},
                           Form{"/catalog.rdf", "getCatalogRdfXml", "application/rdf+xml", RdfForm::kXml}}) {
    add_route(router, document, parts,
              {.method = "GET",
               .path = each.path,
               .id = each.id,
               .summary = "The whole catalogue as DCAT 3",
               .parameters = {},
               .answers = {{200, "The catalogue", "Text", {each.type}}},
               .handle = [form = each.form](const AskPtr& ask) {
                 Response head;
                 head.content_type = catalog::media_type(form);
                 ask->reply.stream(std::move(head), std::make_unique<CatalogueStream>(ask->parts, ask->tenant, form));
               }});
  }
}

}  // namespace tsunagu::gateway::opendata
