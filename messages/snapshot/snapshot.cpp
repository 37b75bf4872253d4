#include "messages/snapshot/snapshot.hpp"

#include <algorithm>

#include "messages/base/json.hpp"

namespace hawkeye {

std::string device_json(std::string_view serial_number, std::string_view last_contact,
                        std::string_view client, std::string_view attributes) {
  std::string result;
  result.reserve(serial_number.size() + last_contact.size() + client.size() + attributes.size()
                 + 64);
  result += R"({"serial_number":)";
  append_json_string(result, serial_number);
  result += R"(,"last_contact":)";
  append_json_string(result, last_contact);
  result += R"(,"bruin_client_info":)";
  result += client;
  result += ',';
  result += attributes;
  result += '}';
  return result;
}

snapshot::snapshot(snapshot_meta meta, std::vector<device> devices) : meta_{std::move(meta)} {
  std::sort(devices.begin(), devices.end(), [](const device& a, const device& b) {
    if (a.last_contact_at != b.last_contact_at)
      return a.last_contact_at > b.last_contact_at;
    return a.serial_number < b.serial_number;
  });
  std::size_t bytes = 2;
  for (const auto& x : devices)
    bytes += x.json.size() + 1;
  array_.reserve(bytes);
  ends_.reserve(devices.size());
  contacts_.reserve(devices.size());
  array_ += '[';
  for (auto& x : devices) {
    if (!ends_.empty())
      array_ += ',';
    array_ += x.json;
    ends_.push_back(array_.size());
    contacts_.push_back(x.last_contact_at);
    std::string{}.swap(x.json); // never the devices twice in memory longer than needed
  }
  array_ += ']';
}

snapshot::snapshot(snapshot_meta meta, std::string array, std::vector<std::size_t> ends,
                   std::vector<timestamp> contacts)
    : meta_{std::move(meta)}, array_{std::move(array)}, ends_{std::move(ends)}, contacts_{std::move(
                                                                                    contacts)} {}

std::size_t snapshot::count_after(const std::optional<timestamp>& filter) const noexcept {
  if (!filter)
    return size();
  const auto first_old = std::partition_point(contacts_.begin(), contacts_.end(),
                                              [&](const timestamp& x) { return x > *filter; });
  return static_cast<std::size_t>(first_old - contacts_.begin());
}

std::string_view snapshot::first(std::size_t count) const noexcept {
  if (count == 0)
    return {};
  return std::string_view{array_}.substr(1, ends_[count - 1] - 1);
}

std::string_view snapshot::at(std::size_t index) const noexcept {
  const auto begin = index == 0 ? 1 : ends_[index - 1] + 1;
  return std::string_view{array_}.substr(begin, ends_[index] - begin);
}

std::optional<device_view> read_device(std::string_view json) {
  device_view result;
  std::optional<std::string> serial;
  const auto whole = for_each_json_member(json, [&](std::string_view key, std::string_view value) {
    if (key == R"("serial_number")")
      serial = unescape_json_string(value);
    else if (key == R"("bruin_client_info")")
      result.client = value;
  });
  if (!whole || !serial || result.client.empty())
    return {};
  result.serial_number = std::move(*serial);
  return result;
}

} // namespace hawkeye
