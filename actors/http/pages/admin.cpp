#include "actors/http/pages/admin.hpp"

#include <mutex>

#include "messages/admin/device_query.hpp"
#include "messages/base/json.hpp"
#include "messages/rpc/admin_request.hpp"

namespace hawkeye {

namespace {

/// The admin actor answers within this: it may have to ask Redis.
constexpr caf::timespan timeout_limit = std::chrono::seconds{20};

/// A page of another site cannot set this header without asking us first, and we do not say yes.
constexpr const char* guard_header = "X-Hawkeye-Cache";

/// Errors are told as everywhere over HTTP: `{"error": "<sentence>"}`.
http_answer as_http(const admin_reply& x) {
  if (x.status < 400)
    return {x.status, x.text + "\n"};
  std::string body = R"({"error":)";
  append_json_string(body, x.text);
  return {x.status, body + "}\n"};
}

class pages {
public:
  pages(caf::actor_system& system, const service& of)
      : system_{system}, desk_{of.actors().admin}, store_{of.actors().store}, metrics_{
                                                                                  of.metrics()} {}

  template <class T, class... Args>
  tl::expected<T, http_answer> ask(Args... args) const {
    caf::scoped_actor self{system_};
    tl::expected<T, http_answer> result;
    self->request(desk_, timeout_limit, args...)
        .receive([&](const T& x) { result = x; },
                 [&](const caf::error& why) {
                   result = tl::make_unexpected(
                       as_http({503, "The service does not answer: " + reason_of(why)}));
                 });
    return result;
  }

  template <class... Args>
  http_answer answer(Args... args) const {
    auto said = ask<admin_reply_ptr>(args...);
    return said ? as_http(**said) : said.error();
  }

  http_answer metrics() const {
    auto said = ask<service_status_ptr>(status_atom_v);
    if (!said)
      return said.error();
    return {200, metrics_->page(**said), "text/plain; version=0.0.4; charset=utf-8"};
  }

  /// A POST: a refresh request, or the question about a serial number of any length.
  template <class Atom>
  http_answer posted(const http_request& asked, endpoint to, Atom what) const {
    const auto name = std::string{to_string(to)};
    if (asked.header(guard_header) != name)
      return as_http({403, "POST needs the header X-Hawkeye-Cache: " + name});
    if (const auto site = asked.header("Sec-Fetch-Site"); site == "cross-site")
      return as_http({403, "Pages of other sites may not " + name});
    const auto read = read_admin_body(to, asked.body);
    return read ? answer(what, read->serial_number) : as_http({400, read.error().sentence});
  }

  http_answer devices(const http_request& asked) const {
    const auto read = read_device_query(asked.parameters);
    if (auto* why = error_of(read))
      return as_http({400, why->reason});
    snapshot_ptr current;
    caf::scoped_actor self{system_};
    self->request(store_, timeout_limit, snapshot_atom_v)
        .receive([&](const snapshot_ptr& x) { current = x; }, [](const caf::error&) {});
    if (!current)
      return as_http({503, "No snapshot was built or restored yet"});
    const std::lock_guard one_at_a_time{*searching_}; // each may take a core for a timestamp
    return {200, write_device_page(*current, *read) + "\n"};
  }

  http_answer listen(event_stream& events) const {
    http_answer result{200, {}, "text/event-stream"};
    result.next_part = events.listen();
    if (!result.next_part) {
      metrics_->over(limit::http_connections);
      return as_http({503, "Too many listen already, or the service stops"});
    }
    return result;
  }

private:
  caf::actor_system& system_;
  admin_actor desk_;
  redis_store_actor store_;
  std::shared_ptr<metrics_registry> metrics_;
  std::unique_ptr<std::mutex> searching_ = std::make_unique<std::mutex>();
};

} // namespace

std::shared_ptr<event_stream> watch_status(caf::actor_system& system, const service& of) {
  const auto here = std::make_shared<const pages>(system, of);
  return std::make_shared<event_stream>([here] { return here->answer(overview_atom_v).body; });
}

std::vector<http_route> operator_pages(caf::actor_system& system, const service& of,
                                       std::shared_ptr<event_stream> events) {
  const auto here = std::make_shared<const pages>(system, of);
  return {
      {"GET", "/metrics",
       [here](const http_request&) {
         return here->metrics();
       }},
      {"GET", "/api/status",
       [here](const http_request&) {
         return here->answer(overview_atom_v);
       }},
      {"GET", "/api/events",
       [here, events](const http_request& x) {
         return x.method == "HEAD" ? http_answer{200, {}, "text/event-stream"}
                                   : here->listen(*events);
       }},
      {"GET", "/api/devices",
       [here](const http_request& x) {
         return here->devices(x);
       }},
      {"GET", "/api/refreshes",
       [here](const http_request&) {
         return here->answer(history_atom_v);
       }},
      {"GET", "/api/explain/",
       [here](const http_request& x) {
         return x.tail.empty() ? as_http({404, "Right is /api/explain/SERIAL"})
                               : here->answer(explain_atom_v, x.tail);
       }},
      {"POST", "/api/explain",
       [here](const http_request& x) {
         return here->posted(x, endpoint::explain, explain_atom_v);
       }},
      {"POST", "/api/refresh",
       [here](const http_request& x) {
         return here->posted(x, endpoint::refresh, refresh_atom_v);
       }},
  };
}

} // namespace hawkeye
