#include "messages/rpc/reply_subject.hpp"

#include <algorithm>

namespace hawkeye {

namespace {

/// True for `nats.subject` and its siblings, which differ only in the last token.
bool is_own(std::string_view reply, std::string_view subject) {
  const auto stem = subject.substr(0, subject.rfind('.') + 1);
  return reply == subject
         || (reply.starts_with(stem)
             && std::find(sibling_subjects.begin(), sibling_subjects.end(),
                          reply.substr(stem.size()))
                    != sibling_subjects.end());
}

} // namespace

bool is_reserved(std::string_view reply, const settings& settings) {
  return reply.starts_with('$') || is_own(reply, settings.nats.subject)
         || reply == settings.hawkeye.subject || reply == settings.bruin.client_info_subject
         || reply == settings.bruin.management_status_subject
         || reply == settings.notifier.slack_subject || reply == settings.notifier.email_subject;
}

std::string without_secret(std::string_view subject) {
  constexpr std::string_view inbox = "_INBOX.";
  const auto name_ends = subject.find('.', inbox.size());
  if (!subject.starts_with(inbox) || name_ends == std::string_view::npos)
    return std::string{subject};
  return std::string{subject.substr(0, name_ends + 1)} + '>';
}

} // namespace hawkeye
