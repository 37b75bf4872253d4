// One page of the device table for `GET /api/devices`. Search, sorting and paging happen here, so
// that a browser never loads all devices.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "messages/base/result.hpp"
#include "messages/snapshot/snapshot.hpp"

namespace hawkeye {

/// The columns of the table. It can be sorted by each of them.
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
  std::string search; ///< part of the text in any column; ASCII letters match in either case
  device_column sort = device_column::last_contact;
  bool descending = true;
  std::size_t page = 1; ///< from 1
  std::size_t size = 50;
};

inline constexpr std::size_t max_search_bytes = 200;
inline constexpr std::size_t max_page = 1'000'000;
inline constexpr std::size_t max_page_size = 200;

/// Reads the decoded parameters of a URL: `search`, `sort`, `order` (asc or desc), `page`, `size`,
/// each at most once. A failure names the parameter and the expected values.
expected<device_query> read_device_query(const std::multimap<std::string, std::string>& parameters);

/// `{"version":2,"total":N,"matched":M,"page":1,"pages":P,"size":50,"devices":[...]}`; a device has
/// its full serial number; other texts are made printable and cut at 200 characters; missing values
/// are null. A page after the last one is empty. Missing values are last in either order; equal
/// values are ordered by last contact, newest first. O(size) without search and sorted by last
/// contact, else O(devices).
std::string write_device_page(const snapshot& from, const device_query& asked);

} // namespace hawkeye
