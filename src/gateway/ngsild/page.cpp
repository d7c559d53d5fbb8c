#include "gateway/ngsild/page.h"

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

#include "gateway/ngsild/link.h"

namespace tsunagu::gateway::ngsild {
namespace {

constexpr std::size_t kChunkBytes = 64 << 10;
constexpr std::size_t kMaxNested = 20;  ///< entities, each with those it links to inside, that are written in one go

/// Entities that are sent while they are found.
class FoundStream final : public BodyStream {
 public:
  FoundStream(CallPtr call, std::unique_ptr<broker::PageQuery> query, ListWriter writer)
      : call_(std::move(call)),
        linked_(call_->view, call_->tenant, call_->disclosed),
        query_(std::move(query)),
        writer_(std::move(writer)) {}

  bool next(std::string& chunk) override {
    if (!begun_) {
      writer_.begin(chunk);
      begun_ = true;
    }
    std::vector<ngsi::RecordPtr>& page = query_->page();
    if (place_ == page.size()) {
      page.clear();
      place_ = 0;
      const Result<bool> unfinished = query_->turn();
      if (page.empty() && (!unfinished || !*unfinished)) {
        writer_.end(chunk);
        return false;
      }
    }
    while (place_ < page.size() && chunk.size() < kChunkBytes) {
      call_->note(*page[place_]);
      writer_.add(chunk, *page[place_], &linked_);
      page[place_++] = nullptr;
    }
    if (call_->write_down()) return true;
    chunk.clear();
    return false;
  }

 private:
  CallPtr call_;
  NotingLinked linked_;
  std::unique_ptr<broker::PageQuery> query_;
  ListWriter writer_;
  std::size_t place_ = 0;
  bool begun_ = false;
};

/// Entities that were found before.
class CollectedStream final : public BodyStream {
 public:
  CollectedStream(CallPtr call, std::vector<ngsi::LinkedEntity> entities, ListWriter writer)
      : call_(std::move(call)),
        linked_(call_->view, call_->tenant, call_->disclosed),
        entities_(std::move(entities)),
        writer_(std::move(writer)) {}

  bool next(std::string& chunk) override {
    if (place_ == 0) writer_.begin(chunk);
    while (place_ < entities_.size() && chunk.size() < kChunkBytes) {
      call_->note(*entities_[place_].record);
      writer_.add(chunk, entities_[place_], &linked_);
      entities_[place_++] = {};
    }
    if (!call_->write_down()) {
      chunk.clear();
      return false;
    }
    if (place_ < entities_.size()) return true;
    writer_.end(chunk);
    return false;
  }

 private:
  CallPtr call_;
  NotingLinked linked_;
  std::vector<ngsi::LinkedEntity> entities_;
  ListWriter writer_;
  std::size_t place_ = 0;
};

struct PageRun {
  CallPtr call;
  Selections selections;
  ngsi::Representation how;
  Paging paging;
  std::unique_ptr<broker::PageQuery> query;
  std::optional<std::uint64_t> total;
  bool more = false;
};
using PageRunPtr = std::shared_ptr<PageRun>;

Result<std::unique_ptr<broker::PageQuery>> start(const PageRun& run, std::uint64_t offset, std::uint64_t limit,
                                                 bool count, std::uint64_t max_examined) {
  auto selections = run.selections();
  if (!selections) return tl::unexpected(selections.error());
  return std::make_unique<broker::PageQuery>(
      run.call->store(), run.call->tenant,
      broker::PageRequest{std::move(*selections), offset, limit, count, max_examined});
}

/// Steps `run->query` to its end, letting others work in between, then calls `then`.
void step_to_end(const PageRunPtr& run, void (*then)(const PageRunPtr&)) {
  if (run->call->reply.client_gone()) return;
  const Result<bool> unfinished = run->query->turn();
  if (!unfinished) return run->call->send(unfinished.error());
  if (!*unfinished) return then(run);
  run->call->reply.defer([run, then] { step_to_end(run, then); });
}

std::vector<Header> page_headers(const PageRun& run) {
  std::vector<Header> headers;
  const Paging& paging = run.paging;
  if (paging.count && run.total) headers.emplace_back("NGSILD-Results-Count", std::to_string(*run.total));
  if (paging.limit > 0) add_page_links(*run.call, paging, run.more, headers);
  return headers;
}

void explain(PageRun& run) {
  if (run.call->wants_plan()) run.call->plan = run.query->plan().as_json(*run.call->context);
}

void send_collected(const PageRunPtr& run) {
  Call& call = *run->call;
  explain(*run);
  const NotingLinked linked(call.view, call.tenant, call.disclosed);
  ListWriter writer(std::move(run->how), call.context);
  auto entities = with_links(std::move(run->query->page()), writer.how(), linked);
  if (!entities) return call.send(entities.error());
  const bool nested = writer.how().join == ngsi::Representation::Join::kInline && entities->size() > kMaxNested;
  if (nested || entities->size() > call.api.options.max_collected) {
    Response head = call.head(200, page_headers(*run));
    return call.reply.stream(std::move(head),
                             std::make_unique<CollectedStream>(run->call, std::move(*entities), std::move(writer)));
  }
  std::string body;
  std::size_t bytes = 64;
  for (const ngsi::LinkedEntity& entity : *entities) bytes += 2 * entity.record->bytes().size();
  body.reserve(bytes);
  writer.begin(body);
  for (const ngsi::LinkedEntity& entity : *entities) {
    call.note(*entity.record);
    writer.add(body, entity, &linked);
  }
  writer.end(body);
  call.send(200, std::move(body), page_headers(*run));
}

void send_streamed(const PageRunPtr& run) {
  Call& call = *run->call;
  auto query = start(*run, run->paging.offset, run->paging.limit, false, 0);
  if (!query) return call.send(query.error());
  Response head = call.head(200, page_headers(*run));
  call.reply.stream(std::move(head), std::make_unique<FoundStream>(run->call, std::move(*query),
                                                                   ListWriter(std::move(run->how), call.context)));
}

/// After the look whether there is a match behind the last of a streamed page.
void after_probe(const PageRunPtr& run) {
  run->more = !run->query->page().empty();
  send_streamed(run);
}

void after_collecting(const PageRunPtr& run) {
  run->total = run->query->total();
  run->more = run->query->more();
  const Paging& paging = run->paging;
  const std::uint64_t end = paging.offset + paging.limit;
  if (!run->more || run->query->page().size() == paging.limit) return send_collected(run);
  explain(*run);
  if (run->total) {
    run->more = end < *run->total;
    return send_streamed(run);
  }
  if (end >= run->call->store().stats().entities) {
    run->more = false;
    return send_streamed(run);
  }
  auto probe = start(*run, end, 1, false, run->call->api.options.max_examined);
  if (!probe) return run->call->send(probe.error());
  run->query = std::move(*probe);
  step_to_end(run, after_probe);
}

}  // namespace

void add_page_links(const Call& call, const Paging& paging, bool more, std::vector<Header>& headers) {
  const std::string_view target = call.request->target();
  const std::string_view media = name(call.answer_media);
  if (more) {
    const std::string url = page_target(target, paging.limit, paging.offset + paging.limit);
    headers.emplace_back("Link", print_page_link(url, "next", media));
  }
  if (paging.offset > 0) {
    const std::uint64_t before = std::min(paging.limit, paging.offset);
    const std::string url = page_target(target, paging.limit, paging.offset - before);
    headers.emplace_back("Link", print_page_link(url, "prev", media));
  }
}

ListWriter::ListWriter(ngsi::Representation how, ngsi::ContextPtr context)
    : how_(std::move(how)), context_(std::move(context)) {
  if (how_.geojson) collection_context_ = std::exchange(how_.body_context, {});
}

void ListWriter::begin(std::string& out) {
  if (!how_.geojson) {
    out += '[';
    return;
  }
  out += "{";
  if (!collection_context_.empty()) out.append("\"@context\":").append(collection_context_).append(",");
  out += R"("type":"FeatureCollection","features":[)";
}

void ListWriter::add(std::string& out, const ngsi::Record& record, const ngsi::Linked* linked) {
  if (!first_) out += ',';
  first_ = false;
  ngsi::append_entity(out, record, *context_, how_, linked);
}

void ListWriter::add(std::string& out, const ngsi::LinkedEntity& entity, const ngsi::Linked* linked) {
  if (!entity.how) return add(out, *entity.record, linked);
  if (!first_) out += ',';
  first_ = false;
  ngsi::append_entity(out, *entity.record, *context_, *entity.how, linked);
}

void ListWriter::end(std::string& out) const {
  out += how_.geojson ? "]}" : "]";
}

Result<std::vector<ngsi::LinkedEntity>> with_links(std::vector<ngsi::RecordPtr> records,
                                                   const ngsi::Representation& how, const ngsi::Linked& linked) {
  std::vector<ngsi::LinkedEntity> targets;
  if (how.join == ngsi::Representation::Join::kFlat) {
    auto found = ngsi::linked_entities(records, how, linked);
    if (!found) return found;
    targets = std::move(*found);
  }
  std::vector<ngsi::LinkedEntity> entities;
  entities.reserve(records.size() + targets.size());
  for (ngsi::RecordPtr& record : records) entities.push_back({std::move(record), nullptr});
  entities.insert(entities.end(), std::make_move_iterator(targets.begin()), std::make_move_iterator(targets.end()));
  return entities;
}

void send_page(const CallPtr& call, Selections selections, ngsi::Representation how, Paging paging) {
  auto run = std::make_shared<PageRun>();
  run->call = call;
  run->selections = std::move(selections);
  run->how = std::move(how);
  run->paging = paging;
  auto wanted = run->selections();
  if (!wanted) return call->send(wanted.error());
  // What needs all of the page at once is collected whatever its size.
  const bool whole = !wanted->front().order.empty() || run->how.join == ngsi::Representation::Join::kFlat;
  const std::uint64_t limit = whole ? paging.limit : std::min(paging.limit, call->api.options.max_collected);
  run->query = std::make_unique<broker::PageQuery>(
      call->store(), call->tenant,
      broker::PageRequest{std::move(*wanted), paging.offset, limit, paging.count, call->api.options.max_examined});
  step_to_end(run, after_collecting);
}

}  // namespace tsunagu::gateway::ngsild
