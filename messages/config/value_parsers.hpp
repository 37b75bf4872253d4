// What the texts of a configuration may look like: one predicate a form. Private to
// what reads configurations.
#pragma once

#include <string_view>

namespace hawkeye::config_keys {

/// What can be shown as it is: UTF-8 without control characters.
bool is_plain(std::string_view text);
bool anything(std::string_view text);
bool not_empty(std::string_view text);
/// Letters, digits, - and _, 1 to 64 of them.
bool is_name(std::string_view text);
bool is_subject_or_off(std::string_view text);
bool is_level(std::string_view text);
bool is_format(std::string_view text);
/// host:port or [host]:port.
bool is_listen(std::string_view text);
/// nats://[user:password@]host[:port], or tls://.
bool is_server_url(std::string_view url);

} // namespace hawkeye::config_keys
