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
    return {x.status, x.text + "\n"};
  std::string body = R"({"error":)";
  append_json_string(body, x.text);
  return {x.status, body + "}\n"};
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
                   result = as_http({503, "The desk does not answer: " + reason_of(why)});
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

  http_answer metrics() const {
    auto said = ask<service_status_ptr>(status_atom_v);
    if (auto* failed = std::get_if<http_answer>(&said))
      return *failed;
    return {200, meter_->page(*std::get<service_status_ptr>(said)),
            "text/plain; version=0.0.4; charset=utf-8"};
  }

  http_answer refresh(const http_request& asked) const {
    if (asked.header(guard_header) != "refresh")
      return as_http({403, "POST needs the header X-Hawkeye-Cache: refresh"});
    if (const auto site = asked.header("Sec-Fetch-Site"); site == "cross-site")
      return as_http({403, "Pages of other sites may not refresh"});
    const auto read = read_desk_body(endpoint::refresh, asked.body);
    if (auto* refusal = std::get_if<rpc_refusal>(&read))
      return as_http({400, refusal->sentence});
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
         return here->answer(overview_atom_v);
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
      {"POST", "/api/refresh",
       [here](const http_request& x) {
         return here->refresh(x);
       }},
  };
}

} // namespace hawkeye
