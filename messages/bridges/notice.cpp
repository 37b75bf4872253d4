// Messages to people and the request bodies around them. Quoted external input is made printable.
#include "messages/bridges/notice.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "messages/base/json_writer.hpp"

namespace hawkeye {

namespace {

constexpr std::size_t listed_serials = 50, listed_failures = 5, listed_examples = 3,
                      listed_customers = 10;

/// Escapes the three characters that HTML and Slack interpret as markup. Slack requires exactly
/// these: https://api.slack.com/reference/surfaces/formatting#escaping.
std::string escape_markup(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '<')
      result += "&lt;";
    else if (c == '>')
      result += "&gt;";
    else if (c == '&')
      result += "&amp;";
    else
      result += c;
  }
  return result;
}

/// The number of devices that failed for the same reason, and the first of them.
struct failure_group {
  std::size_t devices = 0;
  std::vector<std::string> examples;
};

} // namespace

std::string slack_body(std::string_view service, std::string_view text) {
  const auto message = fmt::format("[{}] {}", service, escape_markup(text));
  return json_writer{}.begin_object().member("message", message).end_object().take();
}

std::string email_body(std::string_view subject, std::string_view recipient,
                       std::string_view text) {
  json_writer out;
  out.begin_object().key("email_data").begin_object().member("subject", subject);
  out.member("recipient", recipient).member("text", text);
  out.member("html", "<pre>" + escape_markup(text) + "</pre>");
  out.key("images").raw("[]").key("attachments").raw("[]");
  return out.end_object().end_object().take();
}

std::vector<ambiguous_serial> find_ambiguous(const std::vector<probe>& probes,
                                             const resolution_list& resolutions) {
  std::vector<ambiguous_serial> result;
  for (std::size_t i = 0; i < std::min(probes.size(), resolutions.size()); ++i)
    if (resolutions[i].clients.size() > 1)
      result.push_back({probes[i].serial_number, resolutions[i].clients});
  std::sort(result.begin(), result.end(),
            [](const auto& a, const auto& b) { return a.serial_number < b.serial_number; });
  return result;
}

std::string ambiguity_text(const std::vector<ambiguous_serial>& serials) {
  std::string result = "Bruin knows more than one client for " + std::to_string(serials.size())
                       + " serial numbers (the first one counts):";
  for (std::size_t i = 0; i < std::min(serials.size(), listed_serials); ++i) {
    result += "\n" + printable(serials[i].serial_number) + ": clients";
    for (std::size_t k = 0; k < serials[i].clients.size(); ++k)
      result += (k == 0 ? " " : ", ") + printable(serials[i].clients[k], 40);
  }
  if (serials.size() > listed_serials)
    result += "\nand " + std::to_string(serials.size() - listed_serials) + " more";
  return result;
}

std::string failure_digest(const std::vector<probe>& probes, const resolution_list& resolutions) {
  std::map<std::string, failure_group> groups;
  std::size_t devices = 0;
  for (std::size_t i = 0; i < std::min(probes.size(), resolutions.size()); ++i) {
    if (!bruin_did_not_answer(resolutions[i].why))
      continue;
    ++devices;
    auto& group = groups[std::string{to_string(resolutions[i].why)} + ": "
                         + (resolutions[i].detail.empty() ? "never asked" : resolutions[i].detail)];
    ++group.devices;
    if (group.examples.size() < listed_examples)
      group.examples.push_back(probes[i].serial_number);
  }
  if (devices == 0)
    return {};
  std::vector<std::pair<std::string, failure_group>> ordered{groups.begin(), groups.end()};
  std::stable_sort(ordered.begin(), ordered.end(), [](const auto& a, const auto& b) {
    return a.second.devices > b.second.devices;
  });
  std::string result = "Bruin did not answer for " + std::to_string(devices) + " of "
                       + std::to_string(probes.size()) + " devices:";
  for (std::size_t i = 0; i < std::min(ordered.size(), listed_failures); ++i)
    result +=
        "\n" + std::to_string(ordered[i].second.devices) + " x " + printable(ordered[i].first, 300);
  if (ordered.size() > listed_failures)
    result += "\nand " + std::to_string(ordered.size() - listed_failures) + " other failures";
  result += "\nfor example";
  for (const auto& serial : ordered.front().second.examples)
    result += " " + printable(serial, 60);
  return result;
}

std::string removals_text(const removals& x) {
  std::string result =
      fmt::format("{} of {} devices would be removed ({}). They are served until a second answer "
                  "confirms it. Customers that would lose most:",
                  x.waiting.size(), x.served, to_string(x.by_reason));
  for (std::size_t i = 0; i < std::min(x.customers.size(), listed_customers); ++i) {
    const auto& one = x.customers[i];
    result +=
        fmt::format("\n{} ({}): {} of {}", one.name.empty() ? "no name" : printable(one.name, 60),
                    printable(one.client_id, 40), one.waiting, one.served);
  }
  if (x.customers.size() > listed_customers)
    result += fmt::format("\nand {} other customers", x.customers.size() - listed_customers);
  return result;
}

std::string to_string(const outcome_counts& counts) {
  std::string result;
  for (const auto which : all_outcomes)
    if (counts[which] > 0)
      result += fmt::format("{}{} {}", result.empty() ? "" : ", ", to_string(which), counts[which]);
  return result.empty() ? "no probes" : result;
}

} // namespace hawkeye
