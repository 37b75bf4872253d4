#include "messages/history/snapshot_changes.hpp"

#include <algorithm>
#include <unordered_map>

namespace hawkeye {

namespace {

using clients = std::unordered_map<std::string, std::string_view>;

clients clients_of(const snapshot_ptr& from) {
  clients result;
  result.reserve(from ? from->size() : 0);
  for (std::size_t i = 0; from && i < from->size(); ++i)
    if (auto view = read_device(from->at(i)))
      result.insert_or_assign(std::move(view->serial_number), view->client);
  return result;
}

/// Why a device is not in the snapshot of these explanations.
std::string absence(const std::string& serial, const device_explanations_ptr& explanations,
                    std::string_view unknown) {
  const auto* entry = explanations ? explanations->entry(serial) : nullptr;
  if (!entry)
    return std::string{unknown};
  return entry->gone != 0 ? "gone" : std::string{to_string(entry->why)};
}

void add(snapshot_changes::group& to, const std::string& serial, std::string reason) {
  ++to.count;
  ++to.by_reason[reason];
  to.first.push_back({serial, std::move(reason)});
}

template <class T>
void keep_first(std::vector<T>& all) {
  const auto kept = std::min(all.size(), max_named_changes);
  const auto end = all.begin() + static_cast<std::ptrdiff_t>(kept);
  std::partial_sort(all.begin(), end, all.end(),
                    [](const T& a, const T& b) { return a.serial_number < b.serial_number; });
  all.erase(end, all.end());
  all.shrink_to_fit();
}

} // namespace

snapshot_changes find_changes(const snapshot_ptr& before, const snapshot_ptr& after,
                              const device_explanations_ptr& explanations_before,
                              const device_explanations_ptr& explanations_after) {
  snapshot_changes result;
  const auto old_clients = clients_of(before), new_clients = clients_of(after);
  for (const auto& [serial, client] : new_clients) {
    const auto old = old_clients.find(serial);
    if (old == old_clients.end()) {
      add(result.gained, serial, absence(serial, explanations_before, "new"));
      continue;
    }
    const auto from = client_id_of(old->second), to = client_id_of(client);
    if (from == to)
      continue;
    ++result.moved_count;
    result.first_moved.push_back({serial, std::string{from}, std::string{to}});
  }
  for (const auto& [serial, client] : old_clients)
    if (!new_clients.contains(serial))
      add(result.lost, serial, absence(serial, explanations_after, "gone"));
  keep_first(result.gained.first);
  keep_first(result.lost.first);
  keep_first(result.first_moved);
  return result;
}

} // namespace hawkeye
