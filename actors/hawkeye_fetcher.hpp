// First stage of a refresh: one request to hawkeye-bridge, parsed into typed probes. Threading:
// detached, because parsing a reply of 45 MB takes a good part of a second, and no reply to a
// client may wait for that.
#pragma once

#include "actors/bridge_client.hpp"
#include "actors/interfaces.hpp"
#include "messages/config/settings.hpp"

namespace hawkeye {

struct hawkeye_fetcher_state {
  using pointer = hawkeye_fetcher_actor::stateful_pointer<hawkeye_fetcher_state>;
  static inline const char* name = "hawkeye_fetcher";

  explicit hawkeye_fetcher_state(pointer self) : self{self} {}

  caf::result<probe_list_ptr> fetch();

  pointer self;
  bridge_access bridges;
  hawkeye_settings settings;
};

hawkeye_fetcher_actor::behavior_type hawkeye_fetcher(hawkeye_fetcher_state::pointer self,
                                                     bridge_access bridges,
                                                     hawkeye_settings settings);

} // namespace hawkeye
