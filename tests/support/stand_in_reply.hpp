// What the stand-in answers to one call: the right reply, or one with a fault put in. Pure
// functions; sending, waiting and counting are the server's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tests/support/stand_in_fleet.hpp"
#include "tests/support/stand_in_options.hpp"

namespace hawkeye::stand_in {

enum class bridge : std::uint8_t { hawkeye, client_info, management_status };

/// A call as the bridge understood it.
struct call {
  bridge to = bridge::hawkeye;
  std::string request_id;    ///< raw JSON; empty where the call was not understood
  std::string serial_number; ///< empty for Hawkeye
  std::int64_t client_id = 0;
  std::string problem; ///< why the call is refused with 400; empty: it is right
};

call read_call(bridge to, std::string_view request);

/// How a reply is sent.
struct reply {
  enum class way : std::uint8_t { plainly, in_redis, never, no_responders };
  std::string text;
  way by = way::plainly;
  int times = 1;
  bool late = false;
};

/// `limit`: the server's max_payload, which a huge reply fills.
reply answer(const call& asked, const fleet& from, fault_kind wrong, std::size_t huge_bytes,
             std::size_t limit);

/// `{"is_stored":true,"token":...}`
std::string token_message(std::string_view token);

/// 32 random hexadecimal digits.
std::string new_token();

} // namespace hawkeye::stand_in
