// Bodies that came compressed, as line-protocol clients send them.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"

namespace tsunagu::gateway::iot {

/// What a gzip file (RFC 1952) holds. InvalidRequest when it is damaged or cut off, ContentTooLarge beyond `most`
/// bytes: found while it is read, so that a small body cannot fill the memory.
Result<std::string> gunzip(std::string_view bytes, std::size_t most);

}  // namespace tsunagu::gateway::iot
