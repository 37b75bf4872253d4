#include "actors/hawkeye_fetcher.hpp"

namespace hawkeye {

namespace {

/// An empty list is no fleet: Hawkeye's paging answers so, with status 200, when it fails.
fallible<probe_list_ptr> probes_in(const fallible<json_slice>& reply) {
  if (auto* why = std::get_if<failure>(&reply))
    return *why;
  auto list = read_probes(std::get<json_slice>(reply));
  if (auto* why = std::get_if<failure>(&list))
    return std::move(*why);
  auto& probes = std::get<probe_list>(list);
  if (probes.probes.empty() && probes.discarded.empty())
    return failure{"Hawkeye answered with an empty list of probes"};
  return std::make_shared<const probe_list>(std::move(probes));
}

} // namespace

caf::result<probe_list_ptr> hawkeye_fetcher_state::fetch() {
  auto promise = self->make_response_promise<probe_list_ptr>();
  ask_bridge(self, bridges, with.subject, "{}", with.timeout,
             [promise](const fallible<json_slice>& reply) mutable {
               auto probes = probes_in(reply);
               if (auto* list = std::get_if<probe_list_ptr>(&probes))
                 promise.deliver(std::move(*list));
               else
                 promise.deliver(make_fault(fault::bad_reply, std::get<failure>(probes).reason));
             });
  return promise;
}

hawkeye_fetcher_actor::behavior_type hawkeye_fetcher(hawkeye_fetcher_state::pointer self,
                                                     bridge_access bridges, hawkeye_settings with) {
  self->state.bridges = std::move(bridges);
  self->state.with = std::move(with);
  return {[self](fetch_atom) {
    return self->state.fetch();
  }};
}

} // namespace hawkeye
