// TLS as a client: certificates are checked against the system's authorities, and a file of more.
#pragma once
#include <memory>
#include <string>

#include "base/error.h"
#include "gateway/http/tls.h"
#include "gateway/notify/target.h"

namespace tsunagu::gateway::notify {

/// TLS 1.2 or later. `ca_file` (PEM; "" for none) is trusted besides the system's. InvalidRequest when it cannot be
/// read.
Result<SslContextPtr> make_client_context(const std::string& ca_file);
/// A session over the connected socket `fd` that must show a certificate for the host of `target`. Null: out of memory.
SslPtr make_session(ssl_ctx_st* context, int fd, const Target& target);
/// Why the last handshake of `ssl` failed, for a person.
std::string handshake_failure(ssl_st* ssl);

}  // namespace tsunagu::gateway::notify
