#include "messages/snapshot/device_state.hpp"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include "messages/base/json.hpp"

namespace hawkeye {

constexpr std::string_view client_key = R"("bruin_client_info")";

testimony merge(const testimony& a, const testimony& b) noexcept {
  testimony result;
  result.yes = std::max(a.yes, b.yes);
  std::tie(result.no, result.reason) =
      std::max(std::pair{a.no, a.reason}, std::pair{b.no, b.reason});
  result.removed = std::max(a.removed, b.removed);
  // Takes the run after the later yes; of two runs after the same yes, the one that began first. 0
  // means no run.
  const auto run = [](const testimony& x) {
    return std::pair{x.run_after,
                     x.run_start > 0 ? std::numeric_limits<asked_at>::max() - x.run_start : 0};
  };
  const auto& longest = run(a) < run(b) ? b : a;
  result.run_after = longest.run_after;
  result.run_start = longest.run_start;
  return result;
}

void say_no(testimony& to, asked_at asked, outcome reason, bool at_once, duration confirm_after,
            asked_at comparable_from) noexcept {
  testimony answer;
  answer.no = asked;
  answer.reason = reason;
  if (asked > to.yes) {
    const bool runs = to.run_after == to.yes && to.run_start > 0;
    answer.run_after = to.yes;
    answer.run_start = runs ? std::min(to.run_start, asked) : asked;
    const auto counted = asked - std::max(answer.run_start, comparable_from);
    if (at_once)
      answer.removed = asked;
    else if (runs && counted >= to_asked(confirm_after))
      answer.removed = answer.run_start;
  }
  to = merge(to, answer);
}

asked_at device_state::newest() const noexcept {
  return std::max({listing.yes, listing.no, listing.removed, listing.run_after, listing.run_start,
                   verdict.yes, verdict.no, verdict.removed, verdict.run_after, verdict.run_start,
                   client_asked, expired});
}

device_state merge(const device_state& a, const device_state& b) {
  device_state result;
  result.listing = merge(a.listing, b.listing);
  result.verdict = merge(a.verdict, b.verdict);
  result.client_asked = std::max(a.client_asked, b.client_asked);
  result.expired = std::max(a.expired, b.expired);
  result.silent_for =
      std::max(std::pair{a.verdict.yes, a.silent_for}, std::pair{b.verdict.yes, b.silent_for})
          .second;
  const auto& later = std::tie(a.verdict.yes, a.status) < std::tie(b.verdict.yes, b.status) ? b : a;
  result.status = later.status;
  return result;
}

device_state state_as_of(asked_at asked) {
  device_state result;
  result.listing.yes = result.verdict.yes = result.client_asked = asked;
  return result;
}

// -- state_list -----------------------------------------------------------------------------------

std::uint32_t state_list::index_of(const std::string& status) {
  const auto found = std::find(statuses_.begin(), statuses_.end(), status);
  const auto index = static_cast<std::uint32_t>(found - statuses_.begin());
  if (found == statuses_.end())
    statuses_.push_back(status);
  return index;
}

void state_list::push_back(const device_state& x) {
  row next{x.listing.yes, x.verdict.yes, x.client_asked, 0, 0};
  device_state plain;
  plain.listing.yes = x.listing.yes;
  plain.verdict.yes = x.verdict.yes;
  plain.client_asked = x.client_asked;
  plain.status = x.status;
  if (plain == x && statuses_.size() < 1000) {
    next.status = index_of(x.status);
  } else {
    whole_.push_back(x);
    next.whole = static_cast<std::uint32_t>(whole_.size());
  }
  rows_.push_back(next);
}

device_state state_list::operator[](std::size_t index) const {
  const auto& x = rows_[index];
  if (x.whole > 0)
    return whole_[x.whole - 1];
  device_state result;
  result.listing.yes = x.listed;
  result.verdict.yes = x.verdict;
  result.client_asked = x.client;
  result.status = statuses_[x.status];
  return result;
}

// -- content --------------------------------------------------------------------------------------

device_content split_device(std::string_view json) {
  device_content result{json, {}, {}};
  if (json.empty())
    return result;
  for_each_json_member(json, [&](std::string_view key, std::string_view value) {
    if (key != client_key || !result.client.empty())
      return;
    const auto begin = static_cast<std::size_t>(value.data() - json.data());
    result = {json.substr(0, begin), json.substr(begin + value.size()), value};
  });
  return result;
}

std::string join_device(const device_content& x) {
  std::string result;
  result.reserve(x.before.size() + x.client.size() + x.after.size() + client_key.size() + 2);
  result += x.before;
  if (!x.after.empty())
    return (result += x.client) += x.after;
  if (x.client.empty() || result.empty())
    return result;
  result.pop_back(); // the closing brace
  return (((result += ',') += client_key) += ':').append(x.client) += '}';
}

std::string merge_content(const device_state& a, std::string_view json_a, const device_state& b,
                          std::string_view json_b) {
  const auto of_a = split_device(json_a), of_b = split_device(json_b);
  const auto frame = [](const device_state& x, const device_content& y) {
    return std::tuple{!y.before.empty(), x.listing.yes, y.before, y.after};
  };
  const auto client = [](const device_state& x, const device_content& y) {
    return std::tuple{!y.client.empty(), x.client_asked, y.client};
  };
  auto result = frame(a, of_a) < frame(b, of_b) ? of_b : of_a;
  result.client = client(a, of_a) < client(b, of_b) ? of_b.client : of_a.client;
  return join_device(result);
}

} // namespace hawkeye
