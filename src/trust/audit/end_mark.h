// How far an audit log got, kept beside it: FOLDER/end. Without it nobody could tell that the newest lines, or all
// files, were taken away. Internal to the log.
//
//   NUMBER:HASH KEY SIGNATURE
//
// Number and hash of a line that is on disk, usually the newest checkpoint (0 and zeros before there is one); the
// signature (Ed25519, Base64) of the key KEY is over "tsunagu audit end NUMBER HASH".
#pragma once
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "trust/audit/chain.h"
#include "trust/keys.h"

namespace tsunagu::trust {

inline constexpr std::string_view kEndMark = "end";  ///< name of the file

/// Empty when there is none. BadRequestData: it is not what one of `keys` signed.
Result<std::optional<ChainEnd>> read_end_mark(const std::filesystem::path& folder, const std::vector<SigningKey>& keys);

/// Replaces it; the former one stays when this fails (StorageFull, ReadOnly). `end` has to be on disk. Syncs.
Result<void> write_end_mark(const std::filesystem::path& folder, const SigningKey& key, const ChainEnd& end);

}  // namespace tsunagu::trust
