// @context documents: refused, or compiled into names that go both ways.
#include "ngsi/context.h"

#include <cstdlib>
#include <string>
#include <string_view>

#include "base/json.h"

using namespace tsunagu;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size), canonical;
  if (!append_canonical_json(canonical, text)) return 0;
  // One remote document: the input itself, so that loops are tried.
  auto document = [&](std::string_view url) -> const std::string* {
    return url == "http://x.example/c" ? &canonical : nullptr;
  };
  std::vector<std::string> missing;
  auto context = ngsi::compile_context(canonical, document, missing);
  if (!context) return 0;
  for (const char* name : {"name", "a", "a:b", "type", "location", "http://x.example/y"}) {
    auto term = (*context)->intern(name);
    if (term == ngsi::kNoTerm) continue;
    // What compaction says must mean the same again.
    std::string shown((*context)->compact(term));
    if ((*context)->expand(shown) != ngsi::terms().text(term)) std::abort();
  }
  return 0;
}
