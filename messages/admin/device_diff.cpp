#include "messages/admin/device_diff.hpp"

#include <algorithm>
#include <optional>

#include "messages/base/timestamp.hpp"

namespace hawkeye {

namespace {

void add(named_count& to, std::string name) {
  ++to.count;
  if (to.first.size() < max_named_differences)
    to.first.push_back(std::move(name));
}

const nlohmann::json& field_of(const nlohmann::json& object, std::string_view name) {
  static const nlohmann::json missing;
  const auto found = object.find(name);
  return found == object.end() ? missing : *found;
}

std::optional<timestamp> contact_of(const nlohmann::json& value) {
  return value.is_string() ? parse_timestamp(value.get_ref<const std::string&>()) : std::nullopt;
}

bool same_contact(const nlohmann::json& a, const nlohmann::json& b) {
  const auto here = contact_of(a), there = contact_of(b);
  return here && there ? here == there : a == b;
}

std::set<std::string> names_in(const nlohmann::json& a, const nlohmann::json& b) {
  std::set<std::string> result;
  for (const auto* object : {&a, &b})
    for (const auto& [name, value] : object->items())
      result.insert(name);
  return result;
}

/// Appends the differences of two objects. `path` is empty or ends in a dot.
void compare_objects(const nlohmann::json& here, const nlohmann::json& there,
                     const std::string& path, const std::set<std::string>& ignored,
                     std::vector<field_difference>& differences) {
  for (const auto& name : names_in(here, there)) {
    const auto field = path + name;
    const auto &a = field_of(here, name), &b = field_of(there, name);
    if (ignored.contains(field) || a == b || (field == "last_contact" && same_contact(a, b)))
      continue;
    if (a.is_object() && b.is_object())
      compare_objects(a, b, field + ".", ignored, differences);
    else
      differences.push_back({field, a, b});
  }
}

void add(device_diff& to, device_difference one) {
  ++to.differ;
  for (const auto& difference : one.fields)
    ++to.by_field[difference.field];
  if (to.first.size() < max_named_differences)
    to.first.push_back(std::move(one));
}

bool has_field(const nlohmann::json& object, std::string_view path) {
  const auto dot = path.find('.');
  const auto found = object.find(path.substr(0, dot));
  return found != object.end()
         && (dot == path.npos || (found->is_object() && has_field(*found, path.substr(dot + 1))));
}

std::string as_monitors_write(timestamp x) {
  auto text = to_string(x);
  text[text.find('T')] = ' ';
  text.pop_back(); // Z
  return text;
}

} // namespace

device_table read_device_table(nlohmann::json list) {
  device_table result;
  for (std::size_t i = 0; i < list.size(); ++i) {
    auto& entry = list[i];
    const auto at = "entry " + std::to_string(i) + ": ";
    if (!entry.is_object()) {
      add(result.malformed, at + "no object");
      continue;
    }
    const auto& given = field_of(entry, "serial_number");
    const auto serial = given.is_string() ? given.get<std::string>() : "";
    if (serial.empty())
      add(result.malformed, at + "no text serial_number");
    else if (!result.devices.try_emplace(serial, std::move(entry)).second)
      add(result.duplicates, serial);
  }
  return result;
}

device_diff compare_devices(const device_table& here, const device_table& there,
                            const std::set<std::string>& ignored,
                            const std::set<std::string>& left_out) {
  device_diff result;
  for (const auto& [serial, device] : here.devices) {
    if (left_out.contains(serial))
      continue;
    const auto other = there.devices.find(serial);
    if (other == there.devices.end()) {
      add(result.only_here, serial);
      continue;
    }
    device_difference one{serial, {}};
    compare_objects(device, other->second, "", ignored, one.fields);
    if (!one.fields.empty())
      add(result, std::move(one));
  }
  for (const auto& [serial, device] : there.devices)
    if (!here.devices.contains(serial) && !left_out.contains(serial))
      add(result.only_there, serial);
  return result;
}

std::vector<std::string> missing_fields(const std::set<std::string>& fields,
                                        const device_table& here, const device_table& there) {
  std::vector<std::string> result;
  for (const auto& field : fields) {
    const auto has = [&](const auto& device) {
      return has_field(device.second, field);
    };
    if (std::none_of(here.devices.begin(), here.devices.end(), has)
        && std::none_of(there.devices.begin(), there.devices.end(), has))
      result.push_back(field);
  }
  return result;
}

std::set<std::string> other_contacts(const device_table& here, const device_table& there) {
  std::set<std::string> result;
  for (const auto& [serial, device] : here.devices) {
    const auto other = there.devices.find(serial);
    if (other != there.devices.end()
        && !same_contact(field_of(device, "last_contact"), field_of(other->second, "last_contact")))
      result.insert(serial);
  }
  return result;
}

std::vector<std::string> filters_to_ask(const device_table& here, const device_table& there) {
  std::vector<timestamp> contacts;
  for (const auto* side : {&here, &there})
    for (const auto& [serial, device] : side->devices)
      if (const auto contact = contact_of(field_of(device, "last_contact")))
        contacts.push_back(*contact);
  if (contacts.empty())
    return {};
  std::sort(contacts.begin(), contacts.end());
  const auto n = contacts.size();
  std::vector<std::string> result;
  for (const auto i : {n / 4, n / 2, n * 3 / 4, n - 1}) {
    auto text = i == n / 2 && i != n - 1 ? as_monitors_write(contacts[i]) : to_string(contacts[i]);
    if (std::find(result.begin(), result.end(), text) == result.end())
      result.push_back(std::move(text));
  }
  return result;
}

} // namespace hawkeye
