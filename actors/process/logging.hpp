// How the service speaks: one line per event, as text for people or as JSON for machines. Control
// characters, marks of direction and the like are escaped in both, so that foreign input can
// neither forge a line nor speak to a terminal.
#pragma once

#include <memory>

#include <spdlog/formatter.h>

#include "messages/config/settings.hpp"

namespace hawkeye {

/// How a line looks: as JSON, or as text.
std::unique_ptr<spdlog::formatter> log_formatter(bool json);

/// Makes spdlog's default logger write to standard error in the configured form and level.
void start_logging(const log_settings& with);

/// From now on.
void set_log_level(const log_settings& with);

} // namespace hawkeye
