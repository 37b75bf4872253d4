// The commands `status`, `refresh` and `explain`: clients of a running service. Each returns the
// exit code, with the reason on standard error where it is 1. Threading: blocking.
#pragma once

#include <string>

#include "messages/config/settings.hpp"

namespace hawkeye {

/// Prints how the service is. 0: healthy; 3: not; 1: it cannot be asked.
int run_status(const settings& with, bool as_json);

/// Wishes for a refresh, of one serial number or (empty) of everything; with `wait` shows how it
/// goes on. 0: wished for, or published; 1: not.
int run_refresh(const settings& with, const std::string& serial_number, bool wait);

/// Prints why a serial number is in or out. 0: it is known; 3: nothing is known of it; 1: the
/// service cannot be asked.
int run_explain(const settings& with, const std::string& serial_number, bool as_json);

} // namespace hawkeye
