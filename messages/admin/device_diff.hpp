// Compares two lists of devices by meaning, for `diff`, when this service replaces an older one.
// Differences that do not matter to a client are ignored: the order of devices and fields, white
// space in JSON, null instead of a missing field, another text for the same time of last contact.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace hawkeye {

/// At most this many differences of each kind are listed; all are counted.
inline constexpr std::size_t max_named_differences = 100;

struct named_count {
  std::uint64_t count = 0;
  std::vector<std::string> first;
};

/// One side's devices by serial number, and the entries that are not devices.
struct device_table {
  std::map<std::string, nlohmann::json> devices; ///< the first entry per serial number
  named_count duplicates;                        ///< serial numbers of further entries
  named_count malformed;                         ///< "entry 17: no text serial_number"
};

/// `list` must be a JSON array.
device_table read_device_table(nlohmann::json list);

/// One field whose values differ in meaning; null if the field is missing.
struct field_difference {
  std::string field; ///< "last_contact", "bruin_client_info.client_name"
  nlohmann::json here, there;
};

struct device_difference {
  std::string serial_number;
  std::vector<field_difference> fields;
};

struct device_diff {
  named_count only_here, only_there; ///< serial numbers, ordered
  std::uint64_t differ = 0;
  std::map<std::string, std::uint64_t> by_field; ///< number of devices per differing field
  std::vector<device_difference> first;          ///< the first devices that differ

  bool equal() const noexcept {
    return only_here.count == 0 && only_there.count == 0 && differ == 0;
  }
};

/// Fields in `ignored`, and the parts of such fields, may differ. Devices in `left_out` are not
/// compared.
device_diff compare_devices(const device_table& here, const device_table& there,
                            const std::set<std::string>& ignored = {},
                            const std::set<std::string>& left_out = {});

/// Those of `fields` that no device of either side has: perhaps mistyped.
std::vector<std::string> missing_fields(const std::set<std::string>& fields,
                                        const device_table& here, const device_table& there);

/// The serial numbers of devices that both sides have with different last contacts.
std::set<std::string> other_contacts(const device_table& here, const device_table& there);

/// Filters for further questions: the last contacts at a quarter, half and three quarters of the
/// devices, which test that an equal contact is excluded, and the newest, whose result is empty.
/// The second one is written as the monitors write it, with a space and without a zone.
std::vector<std::string> filters_to_ask(const device_table& here, const device_table& there);

} // namespace hawkeye
