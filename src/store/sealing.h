// Encryption at rest: a sealed data folder can be read only with its key. Every page of the data file and of its
// write-ahead log is sealed by itself with XChaCha20-Poly1305 under a fresh random nonce, bound to its place; nothing
// of what is stored is left open, names and ids included. docs/store-format.md has the bytes.
#pragma once
#include <filesystem>
#include <string>

#include "base/error.h"

namespace tsunagu::store {

/// Takes the data keys of this process from `file`, before any folder is opened: lines of 32 bytes as Base64; what is
/// written is sealed with the first, the others are kept for reading; empty lines and those that begin with '#' are
/// passed over. InvalidRequest when there is none, or one is not a key. Folders that are made from now on are sealed.
Result<void> use_data_keys(const std::filesystem::path& file);

/// A new key as a line of such a file.
std::string new_data_key();
/// Puts a new key first into `file`, for its owner only; the others stay behind it. It is there whole or not at all.
Result<void> add_data_key(const std::filesystem::path& file);

/// Seals everything in a folder that nobody uses anew with the first key of the process, whether it was sealed before
/// (with a key that the process has) or not. A copy is made, proved and then put in the place of the file, so that a
/// crash at any time leaves the one or the other; needs as much space again. Conflict when the folder is in use.
Result<void> seal_folder(const std::filesystem::path& folder);
/// The same, but nothing is sealed then.
Result<void> unseal_folder(const std::filesystem::path& folder);

}  // namespace tsunagu::store
