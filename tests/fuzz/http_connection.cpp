// What comes in over a connection to the pages, and then no more.
#include <algorithm>
#include <array>
#include <string>

#include <sys/socket.h>
#include <unistd.h>

#include "actors/http/server.hpp"
#include "messages/base/json.hpp"
#include "tests/fuzz/promises.hpp"
#include "tests/fuzz/targets.hpp"

namespace hawkeye::fuzz {

namespace {

using nlohmann::json;

/// What the pages were asked with, since this was last set to zero.
struct {
  std::size_t handled = 0;
  std::string method;
} seen;

http_answer take(const http_request& x) {
  ++seen.handled;
  seen.method = x.method;
  demand(x.body.size() <= max_http_body_bytes, "a body is no longer than its limit");
  std::string echo;
  append_json_string(echo, x.path + x.tail + x.header("X-Asked") + x.body);
  for (const auto& [name, value] : x.parameters)
    append_json_string(echo += ',', name + value);
  demand(is_valid_json("[" + echo + "]"), "whatever is asked with, an answer can quote it");
  return {200, "[" + echo + "]"};
}

/// A connection of which all that the other side sends is there already.
std::string exchange(std::string_view bytes) {
  static const auto serve =
      serve_http({{"GET", "/read", take}, {"POST", "/post", take}, {"GET", "/below/", take}});
  std::array<int, 2> ends{};
  demand(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0, "there are sockets");
  const auto sent = ::send(ends[0], bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  ::shutdown(ends[0], SHUT_WR);
  std::string answer;
  if (sent >= 0 || bytes.empty())
    serve(ends[1]);
  else
    ::close(ends[1]);
  std::array<char, 65'536> part{};
  for (ssize_t got = 1; got > 0; answer.append(part.data(), static_cast<std::size_t>(got)))
    got = std::max<ssize_t>(::recv(ends[0], part.data(), part.size(), 0), 0);
  ::close(ends[0]);
  return answer;
}

/// Those that we and the library write; a foreign one would be a header that the client wrote.
void check_header(std::string_view line) {
  constexpr std::array<std::string_view, 13> ours{"Allow",
                                                  "Accept-Ranges",
                                                  "Cache-Control",
                                                  "Connection",
                                                  "Content-Encoding",
                                                  "Content-Length",
                                                  "Content-Type",
                                                  "Content-Security-Policy",
                                                  "Cross-Origin-Resource-Policy",
                                                  "Referrer-Policy",
                                                  "Keep-Alive",
                                                  "X-Content-Type-Options",
                                                  "Vary"};
  const auto name = line.substr(0, line.find(": "));
  demand(std::find(ours.begin(), ours.end(), name) != ours.end(), "an answer has headers of ours");
}

void check_answer(std::string_view answer) {
  constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
  if (answer.starts_with(go_on))
    answer.remove_prefix(go_on.size());
  if (answer.empty()) // it was cut off
    return;
  demand(answer.starts_with("HTTP/1.1 ") && answer.size() > 12, "an answer is one of HTTP");
  const bool good = answer.substr(9, 3) == "200";
  demand(good == (seen.handled == 1), "a page answers with 200, and nothing else does");
  const auto head = answer.substr(0, answer.find("\r\n\r\n"));
  demand(head.size() + 4 <= answer.size(), "an answer's head has an end");
  demand(head.find("nosniff") != std::string_view::npos
             && head.find("Content-Security-Policy: default-src 'none'") != std::string_view::npos,
         "every answer says that nothing in it is to be run");
  for (auto rest = head.substr(std::min(head.find('\n'), head.size() - 1) + 1); !rest.empty();) {
    const auto end = std::min(rest.find("\r\n"), rest.size());
    check_header(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 2, rest.size()));
  }
  const auto body = answer.substr(head.size() + 4);
  if (head.find("\r\nContent-Encoding: ") == std::string_view::npos)
    demand(body.empty() || is_valid_json(body), "what an answer holds is valid JSON");
}

} // namespace

void http_connection(std::string_view bytes) {
  seen = {};
  const auto answer = exchange(bytes);
  demand(seen.handled <= 1, "a connection carries one request");
  check_answer(answer);
  if (seen.handled == 0)
    return;
  const auto& method = seen.method;
  demand(bytes.find(method + ' ') < bytes.find('\n')
             && (method == "GET" || method == "HEAD" || method == "POST"),
         "a page is asked by the methods that it takes");
}

} // namespace hawkeye::fuzz
