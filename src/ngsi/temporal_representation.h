// Writing temporal evolutions (clauses 4.5.6 to 4.5.9, 4.5.19): instances as they are met, put together when it is
// known which of them the answer holds.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ngsi/representation.h"
#include "ngsi/temporal_query.h"

namespace tsunagu::ngsi {

enum class TemporalFormat : unsigned char { kNormalized, kTemporalValues, kAggregatedValues };

struct TemporalRepresentation {
  TemporalFormat format = TemporalFormat::kNormalized;
  /// Projection, datasetId, lang, sysAttrs and @context; its own format is kSimplified but for kNormalized.
  Representation basic;
  Aggregation aggregation;  ///< for kAggregatedValues
  /// temporalValues: an attribute of which nothing was selected is there without values (a retrieval), else not at all.
  bool keep_empty = false;
};
bool shows_attribute(const TemporalRepresentation& how, TermId name);
bool shows_member(const TemporalRepresentation& how, std::string_view member);
bool wants_dataset(const TemporalRepresentation& how, std::string_view dataset_id);
/// Is the attribute named by attrs or pick?
bool is_requested(const TemporalRepresentation& how, TermId name);

/// What was met of one series: the texts of its instances one behind the other, or its aggregates.
struct SeriesText {
  std::string dataset_id;
  AttrKind kind = AttrKind::kProperty;
  struct Mark {
    Instant at;
    std::size_t end;  ///< in `text`
  };
  std::string text;
  std::vector<Mark> marks;              ///< one for each instance
  std::vector<std::string> aggregates;  ///< rows by method of the Aggregation
};
struct AttributeText {
  TermId name;
  std::vector<SeriesText> series;
};
struct EvolutionText {
  std::string id;
  std::vector<TermId> types;
  Instant created_at, modified_at, deleted_at;
  std::optional<SeriesText> scope;
  std::vector<AttributeText> attributes;
};

/// Writes the instances of one series, in whatever order they are met; in temporalValues with a new SeriesText when the
/// attribute changes its kind. ~100 ns per number, ~300 ns per instance.
class SeriesWriter {
 public:
  SeriesWriter(AttributeText& into, std::string_view entity, std::string_view dataset_id, const Context& context,
               const TemporalRepresentation& how);
  /// Can instances be given as bare numbers (Properties)?
  bool takes_numbers() const { return how_.format == TemporalFormat::kTemporalValues; }
  void add(Instant at, double number);
  /// `deleted`: kNoInstant unless this is when the attribute was deleted.
  void add(Instant at, Instant written, Instant deleted, AttributeView instance);
  /// There is such an attribute, even if none of its instances is written.
  void note(AttrKind kind);
  std::size_t bytes() const { return bytes_; }  ///< of text written
  Instant last() const { return last_; }        ///< the time of the instance that was written last

 private:
  void end(SeriesText& series, Instant at);
  SeriesText& text_for(AttrKind kind);
  void tombstone(std::string& out, AttrKind kind, Instant deleted, AttributeView instance);

  AttributeText& into_;
  std::string dataset_id_;
  const Context& context_;
  const TemporalRepresentation& how_;
  std::uint64_t hash_;
  std::size_t bytes_ = 0;
  Instant last_;
  std::size_t first_;  ///< of into_.series: what is written here begins there
};

/// One state of the scope (clause 4.5.6).
void append_scope(SeriesText& into, Instant at, const std::vector<std::string>& scopes, bool deleted,
                  const TemporalRepresentation& how);

/// The stretch of time that an answer holds, both ends included; kNoInstant: open.
struct TimeSpan {
  Instant first, last;
  bool contains(Instant t) const { return (first == kNoInstant || t >= first) && (last == kNoInstant || t <= last); }
};

/// Appends the evolution of one entity, oldest instances first; only what lies in `kept`. An attribute that has nothing
/// left there stays, empty.
void append_evolution(std::string& out, const EvolutionText& evolution, const Context& context,
                      const TemporalRepresentation& how, const TimeSpan& kept);

}  // namespace tsunagu::ngsi
