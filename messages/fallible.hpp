// A value, or the sentence that says why there is none. Every reader of foreign bytes and every
// seam to a server returns one: errors are values here, exceptions stop where a library throws
// them.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace hawkeye {

/// Why something could not be done: one sentence for the person who can mend it, without a secret
/// in it.
struct failure {
  std::string reason;
};

template <class T>
using fallible = std::variant<T, failure>;

template <class T>
bool succeeded(const fallible<T>& x) noexcept {
  return std::holds_alternative<T>(x);
}

} // namespace hawkeye
