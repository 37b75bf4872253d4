#include "actors/operator_pages.hpp"

#include "messages/desk_request.hpp"
#include "messages/json_text.hpp"

namespace hawkeye {

namespace {

/// The desk answers within this: it may have to ask Redis.
constexpr caf::timespan patience = std::chrono::seconds{20};

/// A page of another site cannot set this header without asking us first, and we do not say yes.
constexpr const char* guard_header = "X-Hawkeye-Cache";

/// Errors are told as everywhere over HTTP: `{"error": "<sentence>"}`.
http_answer as_http(const desk_answer& x) {
  if (x.status < 400)
    return {x.status, x.body + "\n"};
  return {x.status, R"({"error":)" + x.body + "}\n"};
}

http_answer error(int status, std::string_view text) {
  std::string body;
  append_json_string(body, text);
  return as_http({status, body});
}

class pages {
public:
  pages(caf::actor_system& system, operator_desk_actor desk, std::shared_ptr<meters> meter)
      : system_{system}, desk_{std::move(desk)}, meter_{std::move(meter)} {}

  template <class T, class... Args>
  std::variant<T, http_answer> ask(Args... args) const {
    caf::scoped_actor self{system_};
    std::variant<T, http_answer> result;
    self->request(desk_, patience, args...)
        .receive([&](const T& x) { result = x; },
                 [&](const caf::error& why) {
                   result = error(503, "the desk does not answer: " + reason_of(why));
                 });
    return result;
  }

  template <class... Args>
  http_answer answer(Args... args) const {
    auto said = ask<desk_answer_ptr>(args...);
    if (auto* failed = std::get_if<http_answer>(&said))
      return *failed;
    return as_http(*std::get<desk_answer_ptr>(said));
  }

  http_answer status() const {
    auto said = ask<service_status_ptr>(status_atom_v);
    if (auto* failed = std::get_if<http_answer>(&said))
      return *failed;
    return {200, write_status(*std::get<service_status_ptr>(said)) + "\n"};
  }

  http_answer metrics() const {
    auto said = ask<service_status_ptr>(status_atom_v);
    if (auto* failed = std::get_if<http_answer>(&said))
      return *failed;
    return {200, meter_->page(*std::get<service_status_ptr>(said)),
            "text/plain; version=0.0.4; charset=utf-8"};
  }

  http_answer refresh(const http_request& asked) const {
    if (asked.header(guard_header) != "refresh")
      return error(403, "POST needs the header X-Hawkeye-Cache: refresh");
    if (const auto site = asked.header("Sec-Fetch-Site"); site == "cross-site")
      return error(403, "pages of other sites may not refresh");
    const auto read = read_desk_body(endpoint::refresh, asked.body);
    if (auto* refusal = std::get_if<rpc_refusal>(&read))
      return error(400, refusal->sentence);
    return answer(refresh_atom_v, std::get<desk_request>(read).serial_number);
  }

private:
  caf::actor_system& system_;
  operator_desk_actor desk_;
  std::shared_ptr<meters> meter_;
};

} // namespace

std::vector<http_route> operator_pages(caf::actor_system& system, const service& of) {
  const auto here = std::make_shared<const pages>(system, of.actors().desk, of.meter());
  return {
      {"GET", "/metrics",
       [here](const http_request&) {
         return here->metrics();
       }},
      {"GET", "/api/status",
       [here](const http_request&) {
         return here->status();
       }},
      {"GET", "/api/refreshes",
       [here](const http_request&) {
         return here->answer(history_atom_v);
       }},
      {"GET", "/api/explain/",
       [here](const http_request& x) {
         return x.tail.empty() ? error(404, "right is /api/explain/SERIAL")
                               : here->answer(explain_atom_v, x.tail);
       }},
      {"POST", "/api/refresh",
       [here](const http_request& x) {
         return here->refresh(x);
       }},
  };
}

} // namespace hawkeye
