// Bruin's two answers about a serial number: whose it is, and whether it is monitored.
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

/// `{"client_id":9994,"service_number":"<serial>","status":"A"}`; the client id is raw JSON, as
/// Bruin gave it.
std::string management_status_request_body(std::string_view client_id,
                                           std::string_view serial_number);

/// The clients that Bruin knows for a serial number. None: no customer. The first one counts; more
/// are an ambiguity.
struct client_info {
  std::string
      first; ///< the first entry, raw and valid JSON, as Bruin wrote it; empty where there is none
  std::string client_id;            ///< raw JSON of its client_id
  std::vector<std::string> all_ids; ///< raw client_id of every entry ("null" where one has none)
};

/// A body that is no list, or whose first entry is no object with a client_id that is a number or a
/// text, is a failure, never a "no".
expected<client_info> read_client_info(const json_slice& body);

/// A text, or nothing where Bruin has none (null). Any other type is a failure.
expected<std::optional<std::string>> read_management_status(const json_slice& body);

} // namespace hawkeye
