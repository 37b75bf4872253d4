// Two lists of devices, compared by meaning: for `diff`, when an older service is replaced by this
// one. What does not matter to a client does not count: the order of devices and of fields, JSON's
// spacing, null instead of a missing field, another text for the same time of last contact.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace hawkeye {

/// So many of each kind are named; all are counted.
inline constexpr std::size_t max_named_differences = 100;

struct named_count {
  std::uint64_t count = 0;
  std::vector<std::string> first;
};

/// One side's devices by serial number, and what could not be taken as a device.
struct device_table {
  std::map<std::string, nlohmann::json> devices; ///< of a serial given twice the first
  named_count duplicates;                        ///< serials given again
  named_count malformed;                         ///< "entry 17: no text serial_number"
};

/// `list` must be a JSON array.
device_table read_device_table(nlohmann::json list);

/// One field with another meaning here and there; null where it is missing.
struct field_difference {
  std::string field; ///< "last_contact", "bruin_client_info.client_name"
  nlohmann::json here, there;
};

struct device_difference {
  std::string serial_number;
  std::vector<field_difference> fields;
};

struct device_diff {
  named_count only_here, only_there; ///< serial numbers, in their order
  std::uint64_t differ = 0;
  std::map<std::string, std::uint64_t> by_field; ///< how many devices differ in it
  std::vector<device_difference> first;          ///< the first that differ

  bool equal() const noexcept {
    return only_here.count == 0 && only_there.count == 0 && differ == 0;
  }
};

/// Fields named in `ignored` (or that are part of such a field) may differ; devices in `left_out`
/// are not looked at.
device_diff compare_devices(const device_table& here, const device_table& there,
                            const std::set<std::string>& ignored = {},
                            const std::set<std::string>& left_out = {});

/// The serial numbers of devices that both sides have, with another last contact.
std::set<std::string> other_contacts(const device_table& here, const device_table& there);

/// Filters worth asking for: the last contact of devices after a quarter, half and three quarters
/// of them (an equal contact is left out: both sides must agree on that), and the newest, after
/// which there is none. The second is written as the monitors write it: a space, no zone.
std::vector<std::string> filters_to_ask(const device_table& here, const device_table& there);

} // namespace hawkeye
