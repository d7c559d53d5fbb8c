#include "gateway/page/page.h"

#include <fmt/format.h>

#include "gateway/http/compression.h"
#include "gateway/page/portal.h"

namespace tsunagu::gateway {
namespace {

constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src "
    "'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

constexpr std::string_view kPermissions = "geolocation=(self), camera=(self), microphone=(), payment=(), usb=()";

void answer(const portal::File& file, const Request& request, Reply reply) {
  struct Choice {
    std::string_view coding;
    portal::Range range;
  };
  const std::string_view accepted = request.header("accept-encoding");
  Choice choice{"", file.identity};
  for (const Choice& c : {Choice{"br", file.brotli}, Choice{"gzip", file.gzip}}) {
    if (c.range.size == 0 || !accepts_coding(accepted, c.coding)) continue;
    choice = c;
    break;
  }
  const std::string etag = fmt::format("\"{}{}{}\"", file.etag, choice.coding.empty() ? "" : "-", choice.coding);
  Response response;
  response.headers = {{"ETag", etag},
                      {"Vary", file.hashed ? "Accept-Encoding" : "Accept, Accept-Encoding"},
                      {"Cache-Control", file.hashed ? "public, max-age=31536000, immutable" : "no-cache"},
                      {"Content-Security-Policy", std::string(kPolicy)},
                      {"Cross-Origin-Opener-Policy", "same-origin"},
                      {"Permissions-Policy", std::string(kPermissions)}};
  if (request.header("if-none-match") == etag) {
    response.status = 304;
  } else {
    if (!choice.coding.empty()) response.headers.emplace_back("Content-Encoding", choice.coding);
    response.content_type = file.type;
    response.body = portal::bytes(choice.range);
  }
  reply.send(std::move(response));
}

}  // namespace

void add_page_routes(Router& router) {
  const auto handler = [](const portal::File& file) {
    return [&file](RequestPtr request, PathParameters, Reply reply) { answer(file, *request, std::move(reply)); };
  };
  for (const portal::File& file : portal::files()) {
    if (file.path != "/index.html") {
      router.add_page(file.path, handler(file));
      continue;
    }
    for (const std::string_view page : portal::pages()) router.add_page(page, handler(file));
  }
}

}  // namespace tsunagu::gateway
