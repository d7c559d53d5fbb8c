#include "gateway/page/page.h"

#include "base/hash.h"
#include "gateway/page/embedded.h"

namespace tsunagu::gateway {
namespace {

struct PageFile {
  std::string_view path, type, text;
};

void add_file(Router& router, PageFile file) {
  std::string etag = fmt::format("\"{:016x}\"", hash64(file.text));
  router.add("GET", file.path, [file, etag](RequestPtr request, PathParameters, Reply reply) {
    Response response;
    response.headers = {{"ETag", etag},
                        {"Cache-Control", "no-cache"},
                        {"Content-Security-Policy", "default-src 'self'; img-src 'self' data:"},
                        {"X-Content-Type-Options", "nosniff"}};
    if (request->header("if-none-match") == etag) {
      response.status = 304;
    } else {
      response.content_type = file.type;
      response.body = file.text;
    }
    reply.send(std::move(response));
  });
}

}  // namespace

void add_page_routes(Router& router) {
  add_file(router, {"/", "text/html; charset=utf-8", embedded::index_html()});
  add_file(router, {"/page.css", "text/css; charset=utf-8", embedded::page_css()});
  add_file(router, {"/page.js", "text/javascript; charset=utf-8", embedded::page_js()});
  add_file(router, {"/map.js", "text/javascript; charset=utf-8", embedded::map_js()});
  add_file(router, {"/chart.js", "text/javascript; charset=utf-8", embedded::chart_js()});
  add_file(router, {"/live.js", "text/javascript; charset=utf-8", embedded::live_js()});
  add_file(router, {"/text.js", "text/javascript; charset=utf-8", embedded::text_js()});
  add_file(router, {"/icon.svg", "image/svg+xml", embedded::icon_svg()});
}

}  // namespace tsunagu::gateway
