// The command `diff`: this service beside the one that it replaces, or two keys of Redis.
// Threading: blocking.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "messages/config/settings.hpp"

namespace hawkeye {

/// How `diff` was asked to compare, and to tell.
struct diff_wishes {
  std::set<std::string> ignored_fields;
  bool as_json = false;
};

/// Asks our own subject and `against` the same questions and prints what differs. Replies that are
/// stored in Redis are fetched there (`redis.payload-uri`), whoever stored them. 0: equal; 3:
/// different; 1: one of them could not be asked; 2: both are the same subject.
int run_diff(const settings& with, const std::string& against, const diff_wishes& wishes);

/// The same for the values of two keys in `redis.uri`, each an array of devices.
int run_diff_of_keys(const settings& with, const std::vector<std::string>& keys,
                     const diff_wishes& wishes);

} // namespace hawkeye
