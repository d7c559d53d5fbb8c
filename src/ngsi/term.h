// Interned terms: every expanded name (type, attribute, sub-attribute IRI) has one small number for the life of a data
// folder.
#pragma once
#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/strong.h"

namespace tsunagu::ngsi {

struct TermTag;
using TermId = StrongId<TermTag>;  ///< numbers start at 1
inline constexpr TermId kNoTerm{0};

/// Text ↔ number. Grows only; text of a number is stable in memory. `text` is lock-free (one array access),
/// `find`/`intern` take a shared lock, `intern` of a new text an exclusive one. Thread-safe. Cost per term: its text +
/// ~64 bytes. Reads of user input that only *search* use `find`, so that a query never makes the table grow.
class TermTable {
 public:
  TermTable();
  ~TermTable();
  TermTable(const TermTable&) = delete;
  TermTable& operator=(const TermTable&) = delete;

  TermId intern(std::string_view text);      ///< kNoTerm only when the table is full (kMaxTerms)
  TermId find(std::string_view text) const;  ///< kNoTerm when unknown
  std::string_view text(TermId id) const;    ///< id must come from this table
  std::uint32_t size() const;                ///< ids 1..size() exist

  static constexpr std::uint32_t kMaxTerms = 1u << 24;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The table of this process (one store per process). Set up before anything else; never destroyed.
TermTable& terms();

}  // namespace tsunagu::ngsi
