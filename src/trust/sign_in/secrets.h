// Ids, and comparing secrets. What is kept of a secret that is random and long is its SHA-256 (trust/audit/chain.h);
// for secrets themselves see trust/keys.h (random_text).
#pragma once
#include <string>
#include <string_view>

namespace tsunagu::trust {

/// 16 random hex digits: an id to tell, and to write on a command line.
std::string random_id();

/// `n` random bytes.
std::string random_bytes(std::size_t n);

/// Takes the same time wherever they differ; of different lengths: false.
bool same_secret(std::string_view a, std::string_view b);

}  // namespace tsunagu::trust
