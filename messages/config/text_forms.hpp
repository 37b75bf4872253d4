// The forms of texts in a configuration, one predicate each; and URLs for display.
#pragma once

#include <string>
#include <string_view>

namespace hawkeye {

/// True if the text can be displayed unchanged: UTF-8 without control characters.
bool is_printable(std::string_view text);
bool not_empty(std::string_view text);
/// 1 to 64 letters, digits, - and _.
bool is_name(std::string_view text);
/// A literal NATS subject: tokens separated by dots, no wildcards, no white space.
bool is_literal_subject(std::string_view text) noexcept;
/// A literal subject with at least one dot, whose last token can be replaced by a sibling's name.
/// Not one of NATS' own.
bool is_subject_with_siblings(std::string_view text);
bool is_subject_or_off(std::string_view text);
bool is_recipient_or_off(std::string_view text);
bool is_level(std::string_view text);
bool is_format(std::string_view text);
/// host:port or [host]:port; port 0 means any free port.
bool is_listen(std::string_view text);
/// nats://[user:password@]host[:port], or tls://.
bool is_server_url(std::string_view url);

/// Server URLs, separated by commas, for display without user and password. To be safe, all text
/// before the last @ of a URL is hidden.
std::string without_secrets(std::string_view urls);

} // namespace hawkeye
