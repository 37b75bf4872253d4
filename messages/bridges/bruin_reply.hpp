// Bruin's two answers about a serial number: its client and its management status.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "messages/base/result.hpp"
#include "messages/bridges/bridge_message.hpp"

namespace hawkeye {

/// `{"service_number":"<serial>"}`
std::string client_info_request_body(std::string_view serial_number);

/// `{"client_id":9994,"service_number":"<serial>","status":"A"}`; the client id is raw JSON as
/// Bruin sent it.
std::string management_status_request_body(std::string_view client_id,
                                           std::string_view serial_number);

/// The clients that Bruin has for a serial number. An empty list means no customer. The first
/// client is used; further ones are an ambiguity.
struct client_info {
  std::string first; ///< the first entry as Bruin wrote it, valid JSON; empty if the list is empty
  std::string client_id;            ///< raw JSON of its client_id
  std::vector<std::string> all_ids; ///< raw client_id of every entry; "null" if it has none
};

/// A body that is not a list, or whose first entry is not an object with a client_id that is a
/// number or a string, is a failure. It never counts as "no customer".
expected<client_info> read_client_info(const json_slice& body);

/// The management status, or nothing if Bruin has none (null). Any other type is a failure.
expected<std::optional<std::string>> read_management_status(const json_slice& body);

} // namespace hawkeye
