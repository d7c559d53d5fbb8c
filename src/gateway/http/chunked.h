// Chunked transfer coding (RFC 9112 clause 7.1), as it comes in: sizes, extensions and trailers are read and dropped.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace tsunagu::gateway {

class ChunkedDecoder {
 public:
  /// Takes what it can use of `bytes`, appends the data to `out` (which never grows beyond `max_bytes`) and tells how
  /// much it took. ContentTooLarge beyond `max_bytes`, InvalidRequest for anything that is not chunked coding.
  Result<std::size_t> feed(std::string_view bytes, std::string& out, std::size_t max_bytes);
  bool done() const { return state_ == State::kDone; }

 private:
  enum class State : unsigned char {
    kSize,
    kExtension,
    kSizeNewline,
    kData,
    kDataReturn,
    kDataNewline,
    kTrailer,
    kDone
  };
  Result<void> take(char c);

  State state_ = State::kSize;
  std::uint64_t left_ = 0;     // bytes of this chunk still to come
  unsigned digits_ = 0;        // of the size
  std::size_t overhead_ = 0;   // bytes of extensions and trailers so far
  std::size_t line_ = 0;       // bytes of this trailer line
  bool after_return_ = false;  // the byte before was CR
};

}  // namespace tsunagu::gateway
