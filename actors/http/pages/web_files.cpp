#include "actors/http/pages/web_files.hpp"

namespace hawkeye {

namespace {

/// No content from other sites, no inline code, no text that becomes markup, no framing.
constexpr const char* policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'";

const char* type_of(std::string_view name) {
  return name.ends_with(".html")  ? "text/html; charset=utf-8"
         : name.ends_with(".css") ? "text/css; charset=utf-8"
         : name.ends_with(".svg") ? "image/svg+xml"
                                  : "text/javascript; charset=utf-8";
}

/// A browser may cache a file but must revalidate it each time: after an update the page and its
/// script must not be of different versions.
http_answer serve(const web_file& file, const http_request& asked) {
  http_answer result{200, std::string{file.bytes}, type_of(file.name)};
  result.headers = {{"Cache-Control", "no-cache"},
                    {"ETag", file.tag},
                    {"Cross-Origin-Opener-Policy", "same-origin"},
                    {"Content-Security-Policy", policy}};
  if (asked.header("If-None-Match").find(file.tag) != std::string::npos)
    result.status = 304; // whose Content-Length is that of the file; the library sends no body
  return result;
}

} // namespace

std::vector<http_route> web_pages() {
  std::vector<http_route> result;
  for (const auto& file : web_files())
    result.push_back({"GET", file.name == "index.html" ? "/" : '/' + file.name,
                      [&file](const http_request& asked, const http_reply& reply) {
                        reply(serve(file, asked));
                      }});
  return result;
}

} // namespace hawkeye
