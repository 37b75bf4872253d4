// Requests to the admin actor: status, refresh, explain. The same envelope as the RPC's.
#pragma once

#include <string>
#include <string_view>

#include "messages/rpc/rpc.hpp"
#include "messages/rpc/service_discovery.hpp"

namespace hawkeye {

/// A valid request.
struct admin_request {
  std::string request_id = "null"; ///< raw JSON
  std::string serial_number;       ///< for explain, and for refresh of a single device
  bool history = false;       ///< for status: request the reports of the last refreshes instead
  bool serving = false;       ///< from one instance to all others: do you have a snapshot to serve?
  bool leader_status = false; ///< from one instance to another: its refresh status
  std::string instead_of; ///< from the instance with this name to all others: do you refresh, so
                          ///< that it need not?
  /// With instead_of: the asking instance considers itself the one that refreshes.
  bool claims = false;
};

/// Reads a request; the bytes are not trusted. `explain` requires a `serial_number` that is a
/// non-empty string; for `refresh` it is optional. Unknown members of the body are ignored.
tl::expected<admin_request, rpc_refusal> read_admin_request(endpoint to, std::string_view bytes);

/// The same for a body without envelope, as in HTTP requests; an empty text counts as an empty
/// object.
tl::expected<admin_request, rpc_refusal> read_admin_body(endpoint to, std::string_view body);

/// `{"request_id":X,"body":<body>,"status":S}`; `body` is JSON.
std::string json_reply(std::string_view request_id, std::string_view body, int status);

} // namespace hawkeye
