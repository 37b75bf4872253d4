// The result of `diff` over all its questions, as text for people or JSON for programs.
#pragma once

#include <string>
#include <vector>

#include "messages/admin/device_diff.hpp"

namespace hawkeye {

/// One side's answer to a question.
struct compared_answer {
  int status = 0; ///< status of the reply; -1: no reply; 0: a key in Redis, which has no status
  std::size_t devices = 0;
  named_count duplicates, malformed; ///< as in device_table
};

struct compared_question {
  std::string name; ///< "all devices"
  compared_answer here, there;
  device_diff diff;

  bool equal() const noexcept;
};

struct comparison {
  std::string here, there;       ///< subjects, or keys in Redis
  std::set<std::string> ignored; ///< fields that may differ
  std::vector<compared_question> questions;
  std::vector<std::string> notes; ///< sentences for the reader

  /// True if all answers have the same meaning, and no entry is malformed or a duplicate.
  bool equal() const noexcept;
};

/// A table of all questions, and the differences of the first question that has any, at most
/// `most_lines` of each kind.
std::string text_of(const comparison& x, std::size_t most_lines = 20);

/// One object with all questions. All differences are counted; at most max_named_differences of
/// each kind are listed.
nlohmann::ordered_json json_of(const comparison& x);

} // namespace hawkeye
