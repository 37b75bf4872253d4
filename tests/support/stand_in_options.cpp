// Reading the stand-in's options, from wherever they come.
#include "tests/support/stand_in_options.hpp"

#include <algorithm>
#include <charconv>

namespace hawkeye::stand_in {

namespace {

template <class T>
std::optional<std::string> read_number(T& into, std::string_view value, T least, T most) {
  T result{};
  const auto end = value.data() + value.size();
  const auto read = std::from_chars(value.data(), end, result);
  if (value.empty() || read.ec != std::errc{} || read.ptr != end || result < least || result > most)
    return "is no number from " + std::to_string(least) + " to " + std::to_string(most);
  into = result;
  return {};
}

std::optional<std::string> read_size(std::size_t& into, std::string_view value) {
  return read_number<std::size_t>(into, value, 0, 10'000'000);
}

std::optional<std::string> read_percent(double& into, std::string_view value) {
  return read_number<double>(into, value, 0, 100);
}

std::optional<std::string> read_milliseconds(std::chrono::milliseconds& into,
                                             std::string_view value) {
  std::int64_t count = 0;
  auto why = read_number<std::int64_t>(count, value, 0, 86'400'000);
  if (!why)
    into = std::chrono::milliseconds{count};
  return why;
}

std::optional<std::string> read_switch(bool& into, std::string_view value) {
  if (value != "true" && value != "false")
    return "is neither true nor false";
  into = value == "true";
  return {};
}

std::string_view take_part(std::string_view& rest) {
  const auto colon = rest.find(':');
  const auto part = rest.substr(0, colon);
  rest.remove_prefix(colon == std::string_view::npos ? rest.size() : colon + 1);
  return part;
}

std::optional<std::string> read_fault(fault& into, std::string_view value) {
  const auto name = take_part(value);
  const auto known = std::find(fault_names.begin(), fault_names.end(), name);
  if (known == fault_names.end())
    return "names no fault; known are: none, null_status, error_status, error_object, error_null, "
           "wrong_type, garbage, deep, silence, not_subscribed, empty_list, partial, token, "
           "token_gone, token_bad_form, twice, late, huge";
  fault result;
  result.kind = static_cast<fault_kind>(known - fault_names.begin());
  if (!value.empty()) {
    if (auto why = read_percent(result.percent, take_part(value)))
      return "has a PERCENT that " + *why;
  }
  if (!value.empty()) {
    if (auto why = read_number<std::uint64_t>(result.count, value, 0, 1'000'000'000))
      return "has a COUNT that " + *why;
  }
  into = result;
  return {};
}

std::optional<std::string> read_bruin_fault(fault& into, std::string_view value) {
  if (value.substr(0, value.find(':')) == "partial")
    return "cannot be partial: that is hawkeye's alone";
  return read_fault(into, value);
}

std::optional<std::string> set_fleet_option(fleet_options& into, std::string_view name,
                                            std::string_view value) {
  if (name == "seed")
    return read_number<std::uint64_t>(into.seed, value, 0,
                                      std::numeric_limits<std::uint64_t>::max());
  if (name == "contact-shift")
    return read_number<std::int64_t>(into.contact_shift, value, -1'000'000'000, 1'000'000'000);
  if (name == "unmonitored")
    return read_percent(into.unmonitored, value);
  if (name == "no-customer")
    return read_percent(into.no_customer, value);
  auto* size = name == "probes"             ? &into.probes
               : name == "malformed-probes" ? &into.malformed_probes
               : name == "no-serial"        ? &into.no_serial
               : name == "never-contacted"  ? &into.never_contacted
               : name == "duplicates"       ? &into.duplicates
               : name == "ambiguous"        ? &into.ambiguous
               : name == "hostile"          ? &into.hostile
               : name == "moved"            ? &into.moved
                                            : nullptr;
  return size ? read_size(*size, value) : "is no option";
}

} // namespace

std::optional<std::string> set_option(options& into, std::string_view name,
                                      std::string_view value) {
  std::string key{name};
  std::replace(key.begin(), key.end(), '_', '-');
  if (key == "latency")
    return read_milliseconds(into.latency, value);
  if (key == "late-by")
    return read_milliseconds(into.late_by, value);
  if (key == "parallel")
    return read_size(into.parallel, value);
  if (key == "huge-bytes")
    return read_number<std::size_t>(into.huge_bytes, value, 0, 2'000'000'000);
  if (key == "sticky-faults")
    return read_switch(into.sticky_faults, value);
  if (key == "hawkeye-fault")
    return read_fault(into.hawkeye, value);
  if (key == "client-info-fault")
    return read_bruin_fault(into.client_info, value);
  if (key == "management-status-fault")
    return read_bruin_fault(into.management_status, value);
  if (key == "bruin-fault") {
    auto why = read_bruin_fault(into.client_info, value);
    return why ? why : read_bruin_fault(into.management_status, value);
  }
  return set_fleet_option(into.fleet, key, value);
}

} // namespace hawkeye::stand_in
