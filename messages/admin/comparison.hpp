// The result of `diff` over all its questions, as text for people and as JSON for programs.
#pragma once

#include <string>
#include <vector>

#include "messages/admin/device_diff.hpp"

namespace hawkeye {

/// One side's answer to a question.
struct compared_answer {
  int status = 0; ///< of the reply; -1: none came; 0: there is none to come, for a key in Redis
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
  std::string here, there;       ///< subjects, or keys
  std::set<std::string> ignored; ///< fields that may differ
  std::vector<compared_question> questions;
  std::vector<std::string> notes; ///< sentences for the reader

  /// Every answer is the same by meaning, and no entry was malformed or there twice.
  bool equal() const noexcept;
};

/// A table of the questions, and the first question's differences that has any, at most
/// `most_lines` of each kind.
std::string text_of(const comparison& x, std::size_t most_lines = 20);

/// One object with all questions; at most max_named_differences of each kind are named, all are
/// counted.
nlohmann::ordered_json json_of(const comparison& x);

} // namespace hawkeye
