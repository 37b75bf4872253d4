#include "actors/hawkeye_fetcher.hpp"

#include <algorithm>

namespace hawkeye {

namespace {

/// An empty list is an error: when Hawkeye's paging fails, it answers with an empty list and status
/// 200. So is a list of the wrong shape, in which every probe is malformed or has no serial number.
expected<probe_list_ptr> probes_in(const expected<json_slice>& reply) {
  if (auto* why = error_of(reply))
    return fail(*why);
  auto list = read_probes(*reply);
  if (list && list->probes.empty() && list->discarded.empty())
    return fail("Hawkeye answered with an empty list of probes");
  const auto is_unreadable = [](const discarded_probe& x) {
    return x.serial_number.empty() || x.why == outcome::malformed;
  };
  if (list && list->probes.empty()
      && std::all_of(list->discarded.begin(), list->discarded.end(), is_unreadable))
    return fail("all {} probes in Hawkeye's list are malformed or without a serial number",
                list->discarded.size());
  return std::move(list).map(
      [](probe_list&& probes) { return std::make_shared<const probe_list>(std::move(probes)); });
}

} // namespace

caf::result<probe_list_ptr> hawkeye_fetcher_state::fetch() {
  auto promise = self->make_response_promise<probe_list_ptr>();
  ask_bridge(self, bridges, settings.subject, "{}", settings.timeout,
             [promise](const expected<json_slice>& reply) mutable {
               auto probes = probes_in(reply);
               if (auto* list = value_of(probes))
                 promise.deliver(std::move(*list));
               else
                 promise.deliver(make_fault(fault::bad_reply, probes.error().reason));
             });
  return promise;
}

hawkeye_fetcher_actor::behavior_type hawkeye_fetcher(hawkeye_fetcher_state::pointer self,
                                                     bridge_access bridges,
                                                     hawkeye_settings settings) {
  self->state.bridges = std::move(bridges);
  self->state.settings = std::move(settings);
  return {[self](fetch_atom) {
    return self->state.fetch();
  }};
}

} // namespace hawkeye
