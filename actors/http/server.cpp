#include "actors/http/server.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <exception>
#include <optional>
#include <thread>

#include "actors/http/connection.hpp"
#include "messages/base/json.hpp"

namespace hawkeye {

namespace {

std::string error_body(std::string_view sentence) {
  std::string result{R"({"error":)"};
  append_json_string(result, sentence);
  return result += '}';
}

/// For what the library refuses by itself.
const char* sentence_for(int status) {
  switch (status) {
  case 413:
    return "the body is larger than 64 kB";
  case 414:
    return "the path is too long";
  default:
    return "this is no HTTP request that can be served";
  }
}

/// Whether the library refused it for nothing but its method, which is none that it knows a door
/// for.
bool has_other_method(const httplib::Request& asked) {
  constexpr std::array<std::string_view, 7> with_door{"GET",   "HEAD",   "POST",   "PUT",
                                                      "PATCH", "DELETE", "OPTIONS"};
  return !asked.method.empty() && asked.target.starts_with('/')
         && asked.version.starts_with("HTTP/1.")
         && std::all_of(asked.method.begin(), asked.method.end(),
                        [](char c) { return c >= 'A' && c <= 'Z'; })
         && std::find(with_door.begin(), with_door.end(), asked.method) == with_door.end();
}

/// Of a body that names no length there is none. False: it is too long, or does not come whole.
bool read_body(const httplib::Request& asked, const httplib::ContentReader& read,
               std::string& into) {
  if (!asked.has_header("Content-Length") && !asked.has_header("Transfer-Encoding"))
    return true;
  if (asked.is_multipart_form_data())
    return false; // the library would hand out its parts
  return read([&into](const char* part, std::size_t size) {
    into.append(part, size);
    return into.size() <= max_http_body_bytes;
  });
}

/// What every answer says, unless it says otherwise: data of the moment, and nothing to be run,
/// framed or guessed at. (The library's own default headers could not be overruled.)
void add_usual_headers(httplib::Response& into) {
  constexpr std::array<std::pair<const char*, const char*>, 5> usual{
      {{"Cache-Control", "no-store"},
       {"X-Content-Type-Options", "nosniff"},
       {"Referrer-Policy", "no-referrer"},
       {"Cross-Origin-Resource-Policy", "same-origin"},
       {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"}}};
  for (const auto& [name, value] : usual)
    if (!into.has_header(name))
      into.set_header(name, value);
}

void write(const http_answer& answer, httplib::Response& into) {
  into.status = answer.status;
  for (const auto& [name, value] : answer.headers)
    into.set_header(name, value);
  add_usual_headers(into);
  if (!answer.next_part)
    return into.set_content(answer.body, answer.content_type);
  into.set_chunked_content_provider(
      answer.content_type, [next = answer.next_part](std::size_t, httplib::DataSink& sink) {
        const auto part = next();
        if (part)
          return sink.write(part->data(), part->size());
        sink.done();
        return true;
      });
}

class httplib_server final : public http_server {
public:
  httplib_server(std::vector<http_route> routes, const http_limits& limits)
      : routes_{std::move(routes)}, server_{limits} {
    server_.set_payload_max_length(max_http_body_bytes);
    // One door for everything, so that no request finds a behaviour of the library's own. A body is
    // read only where a page takes one.
    using httplib::Request, httplib::Response, httplib::ContentReader;
    const auto door = [this](const Request& asked, Response& answer) {
      serve(asked, answer, nullptr);
    };
    const auto with_body = [this](const Request& asked, Response& answer,
                                  const ContentReader& read) {
      serve(asked, answer, &read);
    };
    server_.Get(".*", door).Options(".*", door).Post(".*", with_body);
    server_.Put(".*", with_body).Patch(".*", with_body).Delete(".*", with_body);
    server_.set_error_handler([this, over = limits.over](const Request& asked, Response& answer) {
      if (answer.status == 400 && has_other_method(asked)) {
        auto named = asked; // the library has not looked for the path
        named.path = asked.target.substr(0, asked.target.find('?'));
        return serve(named, answer, nullptr);
      }
      if (answer.status == 413)
        over(limit::http_bytes);
      add_usual_headers(answer);
      if (answer.body.empty())
        answer.set_content(error_body(sentence_for(answer.status)), "application/json");
    });
    server_.set_exception_handler(
        [](const httplib::Request&, httplib::Response& answer, std::exception_ptr) {
          write({500, error_body("internal error")}, answer);
        });
  }

  ~httplib_server() override {
    stop();
  }

  /// The port, or nothing where it cannot be listened on.
  std::optional<int> listen(const std::string& host, int port) {
    if (port == 0)
      port_ = server_.bind_to_any_port(host.c_str());
    else
      port_ = server_.bind_to_port(host.c_str(), port) ? port : -1;
    if (port_ < 0)
      return {};
    server_.lengthen_queue();
    thread_ = std::thread{[this] {
      server_.listen_after_bind();
    }};
    return port_;
  }

  void serve_one(int socket) {
    server_.serve(socket, [] { return false; });
  }

  int port() const noexcept override {
    return port_;
  }

  void stop() override {
    if (!thread_.joinable())
      return;
    // stop() before the accept loop runs would be lost.
    while (!server_.is_running())
      std::this_thread::yield();
    server_.stop();
    thread_.join();
  }

private:
  void serve(const httplib::Request& asked, httplib::Response& into,
             const httplib::ContentReader* body) const {
    const auto method = asked.method == "HEAD" ? std::string{"GET"} : asked.method;
    const http_route* other = nullptr;
    for (const auto& route : routes_) {
      const bool below = route.path.size() > 1 && route.path.ends_with('/')
                         && asked.path.size() > route.path.size()
                         && asked.path.starts_with(route.path);
      if (route.path != asked.path && !below)
        continue;
      if (route.method == method)
        return handle(route, asked, into, body);
      other = &route;
    }
    if (!other)
      return write({404, error_body("there is no such page")}, into);
    into.set_header("Allow", other->method);
    write({405, error_body("this page takes " + other->method + " only")}, into);
  }

  static void handle(const http_route& route, const httplib::Request& asked,
                     httplib::Response& into, const httplib::ContentReader* body) {
    http_request given{asked.method,
                       asked.path,
                       {},
                       {},
                       [&asked](const char* name) { return asked.get_header_value(name); },
                       asked.params};
    if (asked.path.size() > route.path.size())
      given.tail = asked.path.substr(route.path.size());
    if (!body || read_body(asked, *body, given.body))
      return write(route.handle(given), into);
    const int status = into.status == 413 || given.body.size() > max_http_body_bytes ? 413 : 400;
    write({status, error_body(sentence_for(status))}, into);
  }

  std::vector<http_route> routes_;
  limited_server server_;
  std::thread thread_;
  int port_ = -1;
};

} // namespace

expected<std::unique_ptr<http_server>>
start_http(const std::string& listen, std::vector<http_route> routes, const http_limits& limits) {
  const auto colon = listen.rfind(':');
  auto host = listen.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  int port = 0;
  if (colon != std::string::npos)
    std::from_chars(listen.data() + colon + 1, listen.data() + listen.size(), port);
  auto server = std::make_unique<httplib_server>(std::move(routes), limits);
  if (!server->listen(host, port))
    return fail("http.listen = \"" + listen
                + "\": the address cannot be listened on; is another program there?");
  return std::unique_ptr<http_server>{std::move(server)};
}

std::function<void(int socket)> serve_http(std::vector<http_route> routes,
                                           const http_limits& limits) {
  const auto server = std::make_shared<httplib_server>(std::move(routes), limits);
  return [server](int socket) {
    server->serve_one(socket);
  };
}

} // namespace hawkeye
