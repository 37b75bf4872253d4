// The command `refresh`: a client of a running service that wishes for a refresh and, where asked
// to, shows how it goes on until it ends. Threading: blocking.
#pragma once

#include <string>

#include "messages/settings.hpp"

namespace hawkeye {

/// Wishes for a refresh, of one serial number or (empty) of everything; with `wait` shows how it
/// goes on. The exit code: 0: wished for, or published; 1: not, with the reason on standard error.
int run_refresh(const settings& with, const std::string& serial_number, bool wait);

} // namespace hawkeye
