// Requests to the admin actor: status, refresh, explain. The same envelope as the RPC's.
#pragma once

#include <string>
#include <string_view>

#include "messages/rpc/rpc.hpp"
#include "messages/rpc/service_discovery.hpp"

namespace hawkeye {

/// A request understood.
struct admin_request {
  std::string request_id = "null"; ///< raw JSON
  std::string serial_number;       ///< of explain, and of refresh where it names one
  bool history = false;            ///< of status: the reports of the last refreshes instead
  bool serving = false;            ///< of one instance to all others: whether they serve a device
  bool leader_status = false;      ///< of one instance to another: how its refreshes go
  std::string instead_of;          ///< of one instance, with this name, to all others: whether they
                                   ///< refresh, so that it need not
  bool claims = false;             ///< it believes that it is the one to refresh
};

/// Reads request bytes of any kind. `explain` needs a `serial_number` that is a text, not empty;
/// `refresh` takes one; everything else in the body is ignored.
tl::expected<admin_request, rpc_refusal> read_admin_request(endpoint to, std::string_view bytes);

/// The same for the body alone, as HTTP brings it; an empty text is an empty object.
tl::expected<admin_request, rpc_refusal> read_admin_body(endpoint to, std::string_view body);

/// `{"request_id":X,"body":<body>,"status":S}`; `body` is JSON already.
std::string json_reply(std::string_view request_id, std::string_view body, int status);

} // namespace hawkeye
