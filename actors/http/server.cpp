#include "actors/http/server.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <thread>

#include <microhttpd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "actors/http/listeners.hpp"
#include "messages/admin/http_target.hpp"
#include "messages/base/json_writer.hpp"

namespace hawkeye {

// -- a body without an end -----------------------------------------------------------------------

void http_stream::send(std::string part) {
  const std::lock_guard lock{mutex_};
  part_ = std::move(part);
  if (wake_)
    wake_();
}

std::string http_stream::take() {
  const std::lock_guard lock{mutex_};
  return std::exchange(part_, {});
}

void http_stream::attach(std::function<void()> wake) {
  const std::lock_guard lock{mutex_};
  wake_ = std::move(wake);
}

namespace {

using clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// Limits of a request's target and head in bytes.
constexpr std::size_t max_target_bytes = 8u << 10;
constexpr std::size_t max_head_bytes = 32u << 10;
/// Bytes that the library may hold of a request besides its body. It refuses longer heads by
/// itself, with a page of its own.
constexpr std::size_t head_memory = max_http_bytes - max_http_body_bytes;

/// Longest time that a stop waits for answers that are being sent.
constexpr auto stop_limit = 250ms;

constexpr auto never = clock::time_point::max();

http_answer refusal(int status, std::string_view sentence) {
  json_writer body;
  return {status, body.begin_object().member("error", sentence).end_object().take()};
}

// -- one connection ------------------------------------------------------------------------------

struct connection {
  int socket = -1;
  std::uint64_t number = 0;
  MHD_Connection* handle = nullptr; ///< null: the library has not started with it yet
  clock::time_point deadline{};     ///< the connection is closed then
  bool receiving = true;            ///< its request is not complete yet
  bool cut = false;                 ///< it is shut down, and the library has to remove it
  bool suspended = false;           ///< it waits for its answer or for the next part of it
  std::string target;
  const http_route* route = nullptr;
  http_request request;
  std::optional<http_answer> answer;
  std::string part;     ///< the part of a stream that is being sent
  std::size_t sent = 0; ///< bytes of `part` that are sent
};

/// Passes tasks from other threads to the server's thread. It outlives the server for those who
/// still hold a reply.
class mailbox {
public:
  mailbox() : event_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {}

  void post(std::function<void()> task) {
    {
      const std::lock_guard lock{mutex_};
      if (closed_)
        return;
      tasks_.push_back(std::move(task));
    }
    ::eventfd_write(event_.get(), 1);
  }
  int event() const noexcept {
    return event_.get();
  }
  void run_all() {
    eventfd_t count = 0;
    ::eventfd_read(event_.get(), &count);
    std::unique_lock lock{mutex_};
    const auto tasks = std::exchange(tasks_, {});
    lock.unlock();
    for (const auto& task : tasks)
      task();
  }
  void close() {
    const std::lock_guard lock{mutex_};
    closed_ = true;
    tasks_.clear();
  }

private:
  owned_socket event_;
  std::mutex mutex_;
  std::vector<std::function<void()>> tasks_;
  bool closed_ = false;
};

// -- answers -------------------------------------------------------------------------------------

/// Headers of every answer that does not set them itself: they forbid caching, running, framing and
/// type guessing.
constexpr std::array<std::pair<const char*, const char*>, 5> usual_headers{
    {{"Cache-Control", "no-store"},
     {"X-Content-Type-Options", "nosniff"},
     {"Referrer-Policy", "no-referrer"},
     {"Cross-Origin-Resource-Policy", "same-origin"},
     {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"}}};

void add_headers(MHD_Response* to, const http_answer& from) {
  MHD_add_response_header(to, "Connection", "close");
  MHD_add_response_header(to, "Content-Type", from.content_type.c_str());
  for (const auto& [name, value] : from.headers)
    MHD_add_response_header(to, name.c_str(), value.c_str());
  for (const auto& [name, value] : usual_headers)
    if (!MHD_get_response_header(to, name))
      MHD_add_response_header(to, name, value);
}

class microhttpd_server final : public http_server {
public:
  microhttpd_server(std::vector<listener> listeners, std::vector<http_route> routes,
                    http_limits limits, std::function<void()> every_second)
      : listeners_{std::move(listeners)}, routes_{std::move(routes)}, limits_{std::move(limits)},
        every_second_{std::move(every_second)} {
    for (const auto& one : listeners_)
      addresses_.push_back(one.address);
  }

  ~microhttpd_server() override {
    stop();
  }

  bool start();

  const std::vector<std::string>& addresses() const noexcept override {
    return addresses_;
  }
  int port() const noexcept override {
    return listeners_.front().port;
  }
  void stop() override;

private:
  // -- the loop
  void run();
  std::vector<int> wait();
  clock::time_point next_deadline();
  void accept_all(int listening);
  connection* oldest_receiving();
  void cut_overdue();
  void close_all();
  static void cut(connection& x);

  // -- callbacks of the library
  static void on_connection(void* self, MHD_Connection* handle, void** context,
                            MHD_ConnectionNotificationCode event);
  static void* on_target(void*, const char* target, MHD_Connection* handle);
  static MHD_Result on_request(void* self, MHD_Connection* handle, const char*, const char* method,
                               const char* version, const char* body, std::size_t* body_size,
                               void** begun);
  static ssize_t on_room(void* x, std::uint64_t, char* to, std::size_t size);

  // -- one request
  std::optional<http_answer> begin(connection& x, std::string_view method,
                                   std::string_view version);
  std::optional<http_answer> find_route(connection& x);
  void ask(connection& x);
  void answered(std::uint64_t number, http_answer answer);
  MHD_Result queue(connection& x, http_answer answer);
  void suspend(connection& x);
  static void resume(connection& x);

  std::vector<listener> listeners_;
  std::vector<http_route> routes_;
  http_limits limits_;
  std::function<void()> every_second_;
  std::vector<std::string> addresses_;
  std::shared_ptr<mailbox> mail_ = std::make_shared<mailbox>();
  MHD_Daemon* daemon_ = nullptr;
  std::map<std::uint64_t, connection> connections_; ///< by number, so the oldest comes first
  std::uint64_t last_number_ = 0;
  /// No connection is accepted before this time, because no descriptor was free.
  clock::time_point accept_again_{};
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

connection& connection_of(MHD_Connection* handle) {
  const auto* known = MHD_get_connection_info(handle, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  return *static_cast<connection*>(known->socket_context);
}

// -- the loop ------------------------------------------------------------------------------------

bool microhttpd_server::start() {
  daemon_ =
      MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME, 0,
                       nullptr, nullptr, &on_request, this, MHD_OPTION_NOTIFY_CONNECTION,
                       &on_connection, this, MHD_OPTION_URI_LOG_CALLBACK, &on_target, this,
                       MHD_OPTION_CONNECTION_MEMORY_LIMIT, head_memory, MHD_OPTION_CONNECTION_LIMIT,
                       static_cast<unsigned>(limits_.connections + 16), MHD_OPTION_END);
  if (daemon_)
    thread_ = std::thread{[this] {
      run();
    }};
  return daemon_ != nullptr;
}

void microhttpd_server::stop() {
  if (!thread_.joinable())
    return;
  mail_->post([this] { stopping_ = true; });
  thread_.join();
}

void microhttpd_server::run() {
  auto next_second = clock::now();
  const auto on_its_way = [](const auto& x) {
    return x.second.answer.has_value() && !x.second.suspended;
  };
  for (auto until = never; clock::now() < until;) {
    const auto wanted = wait();
    mail_->run_all();
    if (clock::now() >= next_second) {
      next_second = clock::now() + 1s;
      every_second_();
    }
    for (const int listening : wanted)
      accept_all(listening);
    cut_overdue();
    MHD_run(daemon_);
    if (stopping_ && until == never) {
      until = clock::now() + stop_limit;
      mail_->close(); // later answers are dropped
    }
    if (stopping_ && std::none_of(connections_.begin(), connections_.end(), on_its_way))
      break;
  }
  close_all();
}

/// Returns the listening sockets that have a connection to accept.
std::vector<int> microhttpd_server::wait() {
  std::vector<pollfd> sources{{mail_->event(), POLLIN, 0}};
  const auto* info = MHD_get_daemon_info(daemon_, MHD_DAEMON_INFO_EPOLL_FD);
  sources.push_back({info->epoll_fd, POLLIN, 0});
  if (!stopping_ && clock::now() >= accept_again_
      && (connections_.size() < limits_.connections || oldest_receiving()))
    for (const auto& one : listeners_)
      sources.push_back({one.socket.get(), POLLIN, 0});
  // At most a second, because of every_second_.
  const bool soon = stopping_ || clock::now() < accept_again_;
  const auto due = std::min(next_deadline(), clock::now() + (soon ? 10ms : 1000ms));
  auto limit = std::max<std::int64_t>(
      0, std::chrono::ceil<std::chrono::milliseconds>(due - clock::now()).count());
  MHD_UNSIGNED_LONG_LONG own = 0;
  if (MHD_get_timeout(daemon_, &own) == MHD_YES)
    limit = std::min(limit, static_cast<std::int64_t>(own));
  ::poll(sources.data(), sources.size(), static_cast<int>(limit));
  std::vector<int> result;
  for (std::size_t i = 2; i < sources.size(); ++i)
    if (sources[i].revents != 0)
      result.push_back(sources[i].fd);
  return result;
}

clock::time_point microhttpd_server::next_deadline() {
  auto result = never;
  for (const auto& [number, x] : connections_)
    if (!x.cut)
      result = std::min(result, x.deadline);
  return result;
}

/// Accepts connections. At the limit of connections, the oldest one whose request is not complete
/// is closed.
void microhttpd_server::accept_all(int listening) {
  if (connections_.size() >= limits_.connections) {
    limits_.over(limit::http_connections);
    if (auto* oldest = oldest_receiving())
      cut(*oldest);
    return;
  }
  while (connections_.size() < limits_.connections) {
    const int socket = ::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (socket < 0) {
      if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
        accept_again_ = clock::now() + 100ms; // otherwise this thread would retry without a pause
      return;
    }
    // Otherwise the kernel would buffer unread data, megabytes of it, long before a write blocks.
    const auto limit = static_cast<unsigned>(limits_.answer.count());
    ::setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &limit, sizeof limit);
    // Removes a connection that the library closed without notice; its descriptor is reused.
    std::erase_if(connections_, [&](const auto& x) { return x.second.socket == socket; });
    auto& x = connections_[++last_number_];
    x.socket = socket;
    x.number = last_number_;
    x.deadline = clock::now() + limits_.request;
    sockaddr_in nobody{}; // the library only stores it
    nobody.sin_family = AF_INET;
    if (MHD_add_connection(daemon_, socket, reinterpret_cast<sockaddr*>(&nobody), sizeof nobody)
        != MHD_YES)
      connections_.erase(last_number_); // the library has closed the socket
  }
}

connection* microhttpd_server::oldest_receiving() {
  const auto found = std::find_if(connections_.begin(), connections_.end(), [](const auto& x) {
    return x.second.receiving && !x.second.cut;
  });
  return found == connections_.end() ? nullptr : &found->second;
}

void microhttpd_server::cut_overdue() {
  const auto now = clock::now();
  for (auto& [number, x] : connections_)
    if (!x.cut && x.deadline <= now)
      cut(x);
}

/// The library notices the end of the connection and removes it.
void microhttpd_server::cut(connection& x) {
  x.cut = true;
  ::shutdown(x.socket, SHUT_RDWR);
}

void microhttpd_server::close_all() {
  mail_->close();
  for (auto& [number, x] : connections_)
    resume(x);
  MHD_stop_daemon(daemon_);
  connections_.clear();
}

// -- callbacks of the library --------------------------------------------------------------------

void microhttpd_server::on_connection(void* self, MHD_Connection* handle, void** context,
                                      MHD_ConnectionNotificationCode event) {
  auto& all = static_cast<microhttpd_server*>(self)->connections_;
  if (event == MHD_CONNECTION_NOTIFY_CLOSED) {
    if (*context)
      all.erase(static_cast<connection*>(*context)->number);
    return;
  }
  const int socket = MHD_get_connection_info(handle, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& x) {
    return x.second.socket == socket && !x.second.handle;
  });
  if (found == all.end())
    return;
  found->second.handle = handle;
  *context = &found->second;
}

/// Stores the target as it was sent: the library would decode it and end it at a zero byte.
void* microhttpd_server::on_target(void*, const char* target, MHD_Connection* handle) {
  connection_of(handle).target = target;
  return nullptr;
}

/// Called first with the head only, then with each part of the body, then (and after each
/// suspension) without data.
MHD_Result microhttpd_server::on_request(void* self, MHD_Connection* handle, const char*,
                                         const char* method, const char* version, const char* body,
                                         std::size_t* body_size, void** begun) {
  auto& server = *static_cast<microhttpd_server*>(self);
  auto& x = connection_of(handle);
  if (!*begun) {
    *begun = &x;
    auto refused = server.begin(x, method, version);
    return refused ? server.queue(x, *std::move(refused)) : MHD_YES;
  }
  if (*body_size > 0) {
    x.request.body.append(body, *body_size);
    *body_size = 0;
    if (x.request.body.size() <= max_http_body_bytes)
      return MHD_YES;
    server.limits_.over(limit::http_bytes);
    return MHD_NO; // sent without a length: no answer is possible before its end
  }
  if (x.answer)
    return server.queue(x, *std::exchange(x.answer, std::nullopt));
  server.ask(x);
  return MHD_YES;
}

/// Writes the next part of a stream.
ssize_t microhttpd_server::on_room(void* of, std::uint64_t, char* to, std::size_t size) {
  auto& [server, x] = *static_cast<std::pair<microhttpd_server*, connection*>*>(of);
  if (x->sent == x->part.size()) {
    x->part = x->answer->stream->take();
    x->sent = 0;
  }
  const auto count = std::min(size, x->part.size() - x->sent);
  x->deadline = count > 0 ? clock::now() + server->limits_.answer : never;
  if (count == 0)
    server->suspend(*x);
  x->part.copy(to, count, x->sent);
  x->sent += count;
  return static_cast<ssize_t>(count);
}

// -- one request ---------------------------------------------------------------------------------

bool is_method(std::string_view method) {
  return !method.empty()
         && std::all_of(method.begin(), method.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

/// Checks the head of a request -> why it is refused; empty: it is not.
std::optional<http_answer> microhttpd_server::begin(connection& x, std::string_view method,
                                                    std::string_view version) {
  if (!is_method(method) || !version.starts_with("HTTP/1."))
    return refusal(400, "this is no HTTP request that can be served");
  if (x.target.size() > max_target_bytes)
    return refusal(414, "the path is too long");
  const auto* head = MHD_get_connection_info(x.handle, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
  if (head && head->header_size > max_head_bytes) {
    limits_.over(limit::http_bytes);
    return refusal(431, "the headers are longer than 32 kB");
  }
  auto [path, parameters] = read_http_target(x.target);
  x.request.method = method;
  x.request.path = std::move(path);
  x.request.parameters = std::move(parameters);
  x.request.header = [handle = x.handle](const char* name) {
    const auto* value = MHD_lookup_connection_value(handle, MHD_HEADER_KIND, name);
    return std::string{value ? value : ""};
  };
  if (auto why = find_route(x))
    return why;
  const auto length = x.request.header("Content-Length");
  if (length.size() <= 5 && std::atoi(length.c_str()) <= static_cast<int>(max_http_body_bytes))
    return {};
  limits_.over(limit::http_bytes);
  return refusal(413, "the body is larger than 64 kB");
}

std::optional<http_answer> microhttpd_server::find_route(connection& x) {
  auto& asked = x.request;
  const auto method = asked.method == "HEAD" ? std::string{"GET"} : asked.method;
  const http_route* other = nullptr;
  for (const auto& route : routes_) {
    const bool below = route.path.size() > 1 && route.path.ends_with('/')
                       && asked.path.size() > route.path.size()
                       && asked.path.starts_with(route.path);
    if (route.path != asked.path && !below)
      continue;
    if (route.method == method) {
      x.route = &route;
      asked.tail = asked.path.substr(route.path.size());
      return {};
    }
    other = &route;
  }
  if (!other)
    return refusal(404, "there is no such page");
  auto result = refusal(405, "this page takes " + other->method + " only");
  result.headers.emplace_back("Allow", other->method == "GET" ? "GET, HEAD" : other->method);
  return result;
}

void microhttpd_server::ask(connection& x) {
  x.receiving = false;
  x.deadline = never; // a route always answers
  suspend(x);
  const auto reply = [this, mail = std::weak_ptr{mail_}, number = x.number](http_answer answer) {
    if (const auto open = mail.lock())
      open->post([this, number, answer = std::move(answer)]() mutable {
        answered(number, std::move(answer));
      });
  };
  try {
    x.route->handle(x.request, reply);
  } catch (const std::exception&) {
    reply(refusal(500, "internal error"));
  }
}

void microhttpd_server::answered(std::uint64_t number, http_answer answer) {
  const auto found = connections_.find(number);
  if (found == connections_.end() || found->second.answer)
    return;
  found->second.answer = std::move(answer);
  resume(found->second);
}

MHD_Result microhttpd_server::queue(connection& x, http_answer answer) {
  x.receiving = false;
  x.deadline = clock::now() + limits_.answer;
  x.answer = std::move(answer);
  MHD_Response* response = nullptr;
  if (x.answer->stream) {
    x.answer->stream->attach([this, mail = std::weak_ptr{mail_}, number = x.number] {
      if (const auto open = mail.lock())
        open->post([this, number] {
          if (const auto found = connections_.find(number); found != connections_.end())
            resume(found->second);
        });
    });
    response = MHD_create_response_from_callback(
        MHD_SIZE_UNKNOWN, 4096, &on_room, new std::pair{this, &x},
        [](void* of) { delete static_cast<std::pair<microhttpd_server*, connection*>*>(of); });
  } else {
    response = MHD_create_response_from_buffer(x.answer->body.size(), x.answer->body.data(),
                                               MHD_RESPMEM_PERSISTENT);
  }
  if (!response)
    return MHD_NO;
  add_headers(response, *x.answer);
  const auto result =
      MHD_queue_response(x.handle, static_cast<unsigned>(x.answer->status), response);
  MHD_destroy_response(response);
  return result;
}

void microhttpd_server::suspend(connection& x) {
  x.suspended = true;
  MHD_suspend_connection(x.handle);
}

void microhttpd_server::resume(connection& x) {
  if (std::exchange(x.suspended, false))
    MHD_resume_connection(x.handle);
}

} // namespace

expected<std::unique_ptr<http_server>> start_http(std::vector<listener> listeners,
                                                  std::vector<http_route> routes,
                                                  const http_limits& limits,
                                                  std::function<void()> every_second) {
  auto server = std::make_unique<microhttpd_server>(std::move(listeners), std::move(routes), limits,
                                                    std::move(every_second));
  if (!server->start())
    return fail("the pages' server cannot be started");
  return std::unique_ptr<http_server>{std::move(server)};
}

} // namespace hawkeye
