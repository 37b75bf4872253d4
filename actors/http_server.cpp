#include "actors/http_server.hpp"

#include <atomic>
#include <charconv>
#include <exception>
#include <optional>
#include <thread>

#include <httplib.h>

#include "messages/json_text.hpp"

namespace hawkeye {

namespace {

/// Each client that dawdles holds one of them, for at most its patience.
constexpr std::size_t handler_threads = 16;
constexpr time_t client_patience_s = 2;
constexpr std::size_t longest_body = 64u << 10;

std::string error_body(std::string_view sentence) {
  std::string result{R"({"error":)"};
  append_json_string(result, sentence);
  return result += '}';
}

void write(const http_answer& answer, httplib::Response& into) {
  into.status = answer.status;
  into.set_content(answer.body, answer.content_type);
}

class httplib_server final : public http_server {
public:
  explicit httplib_server(std::vector<http_route> routes) : routes_{std::move(routes)} {
    server_.new_task_queue = [] {
      return new httplib::ThreadPool(handler_threads);
    };
    server_.set_read_timeout(client_patience_s);
    server_.set_write_timeout(client_patience_s);
    server_.set_keep_alive_timeout(client_patience_s);
    server_.set_keep_alive_max_count(100);
    server_.set_payload_max_length(longest_body);
    server_.set_default_headers(
        {{"Cache-Control", "no-store"}, {"X-Content-Type-Options", "nosniff"}});
    // One door for everything, so that no request finds a behaviour of the library's own.
    const auto door = [this](const httplib::Request& asked, httplib::Response& answer) {
      serve(asked, answer);
    };
    server_.Get(".*", door).Post(".*", door).Put(".*", door).Patch(".*", door);
    server_.Delete(".*", door).Options(".*", door);
    server_.set_error_handler([](const httplib::Request&, httplib::Response& answer) {
      if (answer.body.empty())
        answer.set_content(error_body("the request cannot be served"), "application/json");
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
    thread_ = std::thread{[this] {
      server_.listen_after_bind();
    }};
    return port_;
  }

  int port() const noexcept override {
    return port_;
  }

  void stop() override {
    if (!thread_.joinable())
      return;
    // stop() before the accept loop runs would be lost.
    while (!server_.is_running() && !stopped_)
      std::this_thread::yield();
    stopped_ = true;
    server_.stop();
    thread_.join();
  }

private:
  void serve(const httplib::Request& asked, httplib::Response& into) {
    const auto method = asked.method == "HEAD" ? std::string{"GET"} : asked.method;
    const http_route* other = nullptr;
    for (const auto& route : routes_) {
      const bool below = route.path.size() > 1 && route.path.ends_with('/')
                         && asked.path.size() > route.path.size()
                         && asked.path.starts_with(route.path);
      if (route.path != asked.path && !below)
        continue;
      if (route.method == method)
        return write(route.handle({asked.method, asked.path, asked.body,
                                   below ? asked.path.substr(route.path.size()) : std::string{},
                                   [&asked](const char* name) {
                                     return asked.get_header_value(name);
                                   }}),
                     into);
      other = &route;
    }
    if (!other)
      return write({404, error_body("there is no such page")}, into);
    into.set_header("Allow", other->method);
    write({405, error_body("this page takes " + other->method + " only")}, into);
  }

  std::vector<http_route> routes_;
  httplib::Server server_;
  std::thread thread_;
  std::atomic<bool> stopped_ = false;
  int port_ = -1;
};

} // namespace

fallible<std::unique_ptr<http_server>> start_http(const std::string& listen,
                                                  std::vector<http_route> routes) {
  const auto colon = listen.rfind(':');
  auto host = listen.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  int port = 0;
  if (colon != std::string::npos)
    std::from_chars(listen.data() + colon + 1, listen.data() + listen.size(), port);
  auto server = std::make_unique<httplib_server>(std::move(routes));
  if (!server->listen(host, port))
    return failure{"http.listen = \"" + listen
                   + "\": the address cannot be listened on; is another program there?"};
  return std::unique_ptr<http_server>{std::move(server)};
}

} // namespace hawkeye
