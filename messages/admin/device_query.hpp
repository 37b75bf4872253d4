// One page of the device table, as `GET /api/devices` asks for it: searched, sorted and cut here,
// so that no browser ever holds a whole fleet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "messages/base/result.hpp"
#include "messages/snapshot/snapshot.hpp"

namespace hawkeye {

/// What the table can be sorted by.
enum class device_column : std::uint8_t {
  serial_number,
  last_contact,
  client_name,
  client_id,
  probe_group,
  device_type_name
};
inline constexpr std::size_t device_column_count = 6;

struct device_query {
  std::string search; ///< in any column, as part of it; ASCII letters of either case are equal
  device_column sort = device_column::last_contact;
  bool descending = true;
  std::size_t page = 1; ///< the first is 1
  std::size_t size = 50;
};

inline constexpr std::size_t max_search_bytes = 200;
inline constexpr std::size_t max_page = 1'000'000;
inline constexpr std::size_t max_page_size = 200;

/// Reads the parameters of a URL, decoded: `search`, `sort`, `order` (asc or desc), `page`, `size`,
/// each at most once. A failure names the parameter and what would be right.
expected<device_query> read_device_query(const std::multimap<std::string, std::string>& parameters);

/// `{"version":2,"total":N,"matched":M,"page":1,"pages":P,"size":50,"devices":[...]}`; a device has
/// its serial number whole, other texts made safe and cut at 200 characters, missing ones null. A
/// page behind the last one is empty. Missing values come last in either order; of equal ones the
/// later contact first. Without search and by last contact O(size), else O(devices).
std::string write_device_page(const snapshot& from, const device_query& asked);

} // namespace hawkeye
