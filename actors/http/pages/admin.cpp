#include "actors/http/pages/admin.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "messages/admin/device_query.hpp"
#include "messages/admin/health.hpp"
#include "messages/base/json_writer.hpp"
#include "messages/rpc/admin_request.hpp"

namespace hawkeye {

namespace {

/// The admin actor answers within this time; it may have to ask Redis.
constexpr caf::timespan timeout_limit = std::chrono::seconds{20};
/// For the health pages. Longer than the admin actor waits for other actors (1 s).
constexpr caf::timespan health_timeout = std::chrono::milliseconds{1500};

/// A page of another site cannot set this header without a preflight request, which we do not
/// allow.
constexpr const char* guard_header = "X-Hawkeye-Cache";

/// Sends a request to an actor from any thread: a short-lived actor waits for the reply, so that no
/// thread has to. `then` runs in the scheduler.
template <class T, class Handle, class... Args>
void ask_actor(caf::actor_system& system, const Handle& handle, caf::timespan limit,
               std::function<void(const expected<T>&)> then, Args... args) {
  system.spawn(
      [limit, then = std::move(then), args...](caf::event_based_actor* self, const Handle& actor) {
        self->request(actor, limit, args...)
            .then([then](const T& x) { then(x); },
                  [then](const caf::error& why) { then(fail(reason_of(why))); });
      },
      handle);
}

/// Every error over HTTP is `{"error": "<sentence>"}`.
http_answer as_http(const admin_reply& x) {
  if (x.status < 400)
    return {x.status, x.text + "\n"};
  json_writer body;
  return {x.status, body.begin_object().member("error", x.text).end_object().take() + "\n"};
}

/// A thread that runs device searches one after another, because each may use a core for a while.
class search_thread {
public:
  search_thread()
      : thread_{[this] {
          run();
        }} {}
  ~search_thread() {
    push({});
    thread_.join();
  }
  search_thread(const search_thread&) = delete;
  search_thread& operator=(const search_thread&) = delete;

  void push(std::function<void()> task) {
    const std::lock_guard lock{mutex_};
    tasks_.push_back(std::move(task));
    more_.notify_one();
  }

private:
  void run() {
    for (;;) {
      std::unique_lock lock{mutex_};
      more_.wait(lock, [this] { return !tasks_.empty(); });
      const auto task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      if (!task)
        return;
      task();
    }
  }

  std::mutex mutex_;
  std::condition_variable more_;
  std::deque<std::function<void()>> tasks_; ///< an empty task ends the thread
  std::thread thread_;
};

class pages {
public:
  pages(caf::actor_system& system, const service& of)
      : system_{system}, admin_{of.actors().admin}, store_{of.actors().store}, metrics_{
                                                                                   of.metrics()} {}

  template <class T, class... Args>
  void ask(const http_reply& reply, std::function<http_answer(const T&)> answer,
           Args... args) const {
    ask_actor<T>(
        system_, admin_, timeout_limit,
        [reply, answer](const expected<T>& x) {
          reply(x ? answer(*x)
                  : as_http({503, "The service does not answer: " + x.error().reason}));
        },
        args...);
  }

  /// Answers with the admin actor's reply.
  template <class... Args>
  void pass_on(const http_reply& reply, Args... args) const {
    ask<admin_reply_ptr>(
        reply, [](const admin_reply_ptr& x) { return as_http(*x); }, args...);
  }

  /// Answers, too, if the admin actor does not.
  void health(const http_reply& reply, health_page (*judge)(const service_status&)) const {
    ask_actor<service_status_ptr>(
        system_, admin_, health_timeout,
        [reply, judge](const expected<service_status_ptr>& status) {
          service_status silent;
          silent.silent = {"admin"};
          auto [code, body] = judge(status ? **status : silent);
          reply({code, std::move(body)});
        },
        status_atom_v);
  }

  void metrics(const http_reply& reply) const {
    ask<service_status_ptr>(
        reply,
        [metrics = metrics_](const service_status_ptr& x) {
          return http_answer{200, metrics->page(*x), "text/plain; version=0.0.4; charset=utf-8"};
        },
        status_atom_v);
  }

  /// Handles a POST: a refresh request, or an explain request, whose serial number may have any
  /// length.
  template <class Atom>
  void posted(const http_request& asked, const http_reply& reply, endpoint to, Atom atom) const {
    const auto name = std::string{to_string(to)};
    if (asked.header(guard_header) != name)
      return reply(as_http({403, "POST needs the header X-Hawkeye-Cache: " + name}));
    if (asked.header("Sec-Fetch-Site") == "cross-site")
      return reply(as_http({403, "Pages of other sites may not " + name}));
    const auto read = read_admin_body(to, asked.body);
    if (!read)
      return reply(as_http({400, read.error().sentence}));
    pass_on(reply, atom, read->serial_number);
  }

  void devices(const http_request& asked, const http_reply& reply) const {
    const auto query = read_device_query(asked.parameters);
    if (auto* why = error_of(query))
      return reply(as_http({400, why->reason}));
    ask_actor<snapshot_ptr>(
        system_, store_, timeout_limit,
        [search = search_, query = *query, reply](const expected<snapshot_ptr>& current) {
          if (!current || !*current)
            return reply(as_http({503, "No snapshot was built or restored yet"}));
          search->push([query, reply, from = *current] {
            reply({200, write_device_page(*from, query) + "\n"});
          });
        },
        snapshot_atom_v);
  }

  void listen(event_stream& events, const http_request& asked, const http_reply& reply) const {
    http_answer result{200, {}, "text/event-stream"};
    result.headers = {{"X-Accel-Buffering", "no"}}; // or nginx holds events back
    if (asked.method != "HEAD" && !(result.stream = events.listen())) {
      metrics_->over(limit::http_connections);
      return reply(as_http({503, "Too many listen already"}));
    }
    reply(std::move(result));
  }

private:
  caf::actor_system& system_;
  admin_actor admin_;
  redis_store_actor store_;
  std::shared_ptr<metrics_registry> metrics_;
  std::shared_ptr<search_thread> search_ = std::make_shared<search_thread>();
};

} // namespace

std::shared_ptr<event_stream> watch_status(caf::actor_system& system, const service& of) {
  return std::make_shared<event_stream>(
      [&system, admin = of.actors().admin](std::function<void(std::string)> then) {
        ask_actor<admin_reply_ptr>(
            system, admin, timeout_limit,
            [then = std::move(then)](const expected<admin_reply_ptr>& x) {
              then(x ? as_http(**x).body : as_http({503, x.error().reason}).body);
            },
            overview_atom_v);
      });
}

std::vector<http_route> operator_pages(caf::actor_system& system, const service& of,
                                       std::shared_ptr<event_stream> events) {
  const auto here = std::make_shared<const pages>(system, of);
  const auto get = [](const char* path, auto handle) {
    return http_route{"GET", path, std::move(handle)};
  };
  const auto post = [here](const char* path, endpoint to, auto atom) {
    return http_route{"POST", path,
                      [here, to, atom](const http_request& x, const http_reply& reply) {
                        here->posted(x, reply, to, atom);
                      }};
  };
  return {
      get("/_health",
          [here](const auto&, const auto& reply) { here->health(reply, liveness_page); }),
      get("/ready",
          [here](const auto&, const auto& reply) { here->health(reply, readiness_page); }),
      get("/metrics", [here](const auto&, const auto& reply) { here->metrics(reply); }),
      get("/api/status",
          [here](const auto&, const auto& reply) { here->pass_on(reply, overview_atom_v); }),
      get("/api/events",
          [here, events](const auto& x, const auto& reply) { here->listen(*events, x, reply); }),
      get("/api/devices", [here](const auto& x, const auto& reply) { here->devices(x, reply); }),
      get("/api/refreshes",
          [here](const auto&, const auto& reply) { here->pass_on(reply, history_atom_v); }),
      get("/api/explain/",
          [here](const auto& x, const auto& reply) {
            if (x.tail.empty())
              return reply(as_http({404, "Right is /api/explain/SERIAL"}));
            here->pass_on(reply, explain_atom_v, x.tail);
          }),
      post("/api/explain", endpoint::explain, explain_atom_v),
      post("/api/refresh", endpoint::refresh, refresh_atom_v),
  };
}

} // namespace hawkeye
