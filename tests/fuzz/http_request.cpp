// Bytes from a client: request line, headers, chunked body. Whatever comes, nothing is read outside the input, and what
// is accepted can be taken apart.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "gateway/http/chunked.h"
#include "gateway/http/http.h"
#include "gateway/http/request_head.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tsunagu::gateway;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);

  HeadScanner whole;
  HeadScanner pieces;
  const auto found = whole.scan(bytes);
  auto found_in_pieces = HeadScanner::Found::kNothing;
  for (std::size_t i = 1; i <= size && found_in_pieces == HeadScanner::Found::kNothing; ++i) {
    found_in_pieces = pieces.scan(bytes.substr(0, i));
  }
  if (found != found_in_pieces) std::abort();

  const std::size_t head_size = found == HeadScanner::Found::kEnd ? whole.size() : size;
  RequestHead head;
  if (head.read(bytes.substr(0, head_size))) {
    if (head.view(head.method).empty() || head.view(head.target).empty()) std::abort();
    for (const auto& field : head.fields) {
      if (!head.field(head.view(field.name))) std::abort();
    }
    (void)QueryString::parse(head.view(head.target));
  }

  constexpr std::size_t kMaxBody = 1000;
  const std::string_view rest = bytes.substr(head_size);
  for (const std::string_view body : {rest, bytes}) {
    ChunkedDecoder at_once;
    ChunkedDecoder one_by_one;
    std::string out;
    std::string out_of_pieces;
    const auto taken = at_once.feed(body, out, kMaxBody);
    bool fine = true;
    for (std::size_t i = 0; i < body.size() && fine && !one_by_one.done(); ++i) {
      fine = one_by_one.feed(body.substr(i, 1), out_of_pieces, kMaxBody).has_value();
    }
    if (taken.has_value() != fine || at_once.done() != one_by_one.done() || out.size() > kMaxBody) std::abort();
    if (fine && out != out_of_pieces) std::abort();
  }
  return 0;
}
