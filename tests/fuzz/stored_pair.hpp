// Both values of a snapshot in Redis, as the targets `stored_snapshot` and `merge` take them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "messages/snapshot/stored_snapshot.hpp"

namespace hawkeye::fuzz {

struct stored_pair {
  std::string_view array;
  std::optional<std::string> meta;
};

/// The first line is the array, the rest the meta, in which `$F` and `$B` stand for the array's
/// fingerprint and size, which chance would never find.
stored_pair read_pair(std::string_view bytes);

} // namespace hawkeye::fuzz
