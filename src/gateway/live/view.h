// What one live stream shows: which changes, and how.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/live/ring.h"
#include "gateway/ngsild/query_input.h"

namespace tsunagu::gateway::live {

enum class Event : unsigned char { kNone, kCreated, kUpdated, kDeleted };
/// "entityCreated", …
std::string_view name(Event event);

/// Used by one thread at a time. Streams of one caller and thread that ask for the same share one: it remembers what it
/// said of the last changes, so that each is tested and printed once.
class View {
 public:
  /// From the parameters of the request, which it keeps.
  static Result<View> open(const ngsild::CallPtr& call);

  /// What the change is to the stream. An entity is told of when it meets the selection before the change or after it,
  /// an update only when it changes something that the stream shows or that selects. ~20 ns when the tenant or the type
  /// differs.
  Event event(const Change& change);

  /// Appends {"id","type","at","entity","changed"} (and "selected":false when it does not meet the selection any more);
  /// nothing when it was hidden from the caller since event().
  void append(std::string& out, const Change& change, Event event);

  /// Has the session, token or key ended with which it was asked for? It shows nothing any more then.
  bool caller_left() const;

  /// Equal for views that say the same.
  const std::string& key() const { return key_; }
  /// From now on several streams use it.
  void share() { said_.resize(kSaid); }

  /// Some of its names were not in use when it looked them up, and others have come into use since.
  bool stale() const { return unknown_ && names_ != ngsi::terms().size(); }
  void renew();

  store::TenantId tenant() const { return call_->tenant; }
  const ngsi::Selection& selection() const { return selection_; }

 private:
  View(ngsild::CallPtr call, ngsild::QueryInput input) : call_(std::move(call)), input_(std::move(input)) {}
  Result<void> make();
  /// What of the change the caller may see, now.
  Change shown(const Change& change) const;
  Event test(const Change& change) const;
  Event judge(const Change& change) const;
  void print(std::string& out, const Change& change, Event event);
  bool selects(const ngsi::RecordPtr& record) const;
  bool changes_something(const Change& change) const;

  static constexpr std::size_t kSaid = 64;
  struct Said {
    Instant at;  // of the change: no other has the same
    Event event = Event::kNone;
    std::string text;  // as soon as it was printed
  };

  ngsild::CallPtr call_;
  ngsild::QueryInput input_;
  ngsi::Selection selection_;
  ngsi::Representation how_;
  std::uint32_t names_ = 0;  // that there were when it looked them up
  std::string key_;
  std::vector<Said> said_;  // by id % kSaid; empty: not shared
  bool unknown_ = false;    // some of its names were not among them
};

}  // namespace tsunagu::gateway::live
