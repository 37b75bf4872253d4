// The two ways into the draft of the settings: one key at a time, wherever it comes from, and a
// whole INI text. Private to config.cpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <caf/config_value.hpp>

#include "messages/config/config.hpp"
#include "messages/config/config_keys.hpp"

namespace hawkeye::config_keys {

using problem = std::optional<failure>;

/// "90s", "5min": as config.ini writes it, in the largest unit that leaves no rest.
std::string in_units(duration x);

std::string full_name(std::string_view section, std::string_view key);

/// One key's value; `source` is where it stands, for messages: "config.ini:12", "command line".
problem take(std::string_view source, std::string_view section, std::string_view name,
             const caf::config_value& value, draft& into);

/// All keys of from.file_text.
problem take_file(const config_sources& from, draft& into);

} // namespace hawkeye::config_keys
