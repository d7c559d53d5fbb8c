// Sending the entities that a query selects: a page collected and sent, or a long one streamed in constant memory.
#pragma once
#include <functional>
#include <vector>

#include "broker/query.h"
#include "gateway/ngsild/call.h"
#include "gateway/ngsild/query_input.h"
#include "ngsi/representation.h"

namespace tsunagu::gateway::ngsild {

/// Makes the selections anew: they are used up by a query, and a streamed page needs two.
using Selections = std::function<Result<std::vector<ngsi::Selection>>()>;

/// Runs the query in steps and answers with the page.
void send_page(const CallPtr& call, Selections selections, ngsi::Representation how, Paging paging);

/// Adds the Link headers of the next and the previous page (6.3.10). `more`: there is a next one. paging.limit is not
/// 0.
void add_page_links(const Call& call, const Paging& paging, bool more, std::vector<Header>& headers);

/// Appends a list of entities, a JSON array or a GeoJSON FeatureCollection, piece by piece.
class ListWriter {
 public:
  ListWriter(ngsi::Representation how, ngsi::ContextPtr context);
  void begin(std::string& out);
  void add(std::string& out, const ngsi::Record& record, const ngsi::Linked* linked);
  void add(std::string& out, const ngsi::LinkedEntity& entity, const ngsi::Linked* linked);
  void end(std::string& out) const;
  const ngsi::Representation& how() const { return how_; }

 private:
  ngsi::Representation how_;
  ngsi::ContextPtr context_;
  std::string collection_context_;
  bool first_ = true;
};

/// `records`, and with join=flat what they link to. Those without a representation of their own are written as the
/// others.
Result<std::vector<ngsi::LinkedEntity>> with_links(std::vector<ngsi::RecordPtr> records,
                                                   const ngsi::Representation& how, const ngsi::Linked& linked);

}  // namespace tsunagu::gateway::ngsild
