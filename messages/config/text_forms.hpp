// What the texts of a configuration may look like: one predicate a form; and URLs as they may be
// shown.
#pragma once

#include <string>
#include <string_view>

namespace hawkeye {

/// What can be shown as it is: UTF-8 without control characters.
bool is_printable(std::string_view text);
bool not_empty(std::string_view text);
/// Letters, digits, - and _, 1 to 64 of them.
bool is_name(std::string_view text);
/// Whether a NATS subject is literal: tokens separated by dots, no wildcard, no white space.
bool is_literal_subject(std::string_view text) noexcept;
/// With at least one dot, behind which the name of a sibling can stand.
bool is_subject_with_siblings(std::string_view text);
bool is_subject_or_off(std::string_view text);
bool is_recipient_or_off(std::string_view text);
bool is_level(std::string_view text);
bool is_format(std::string_view text);
/// host:port or [host]:port; port 0 is any free one.
bool is_listen(std::string_view text);
/// nats://[user:password@]host[:port], or tls://.
bool is_server_url(std::string_view url);

/// A server URL, or several separated by commas, without user and password, as it may be shown.
/// Rather too much is hidden than too little: whatever stands before the last @.
std::string without_secrets(std::string_view urls);

} // namespace hawkeye
