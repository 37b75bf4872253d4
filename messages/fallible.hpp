// A value, or the sentence that says why there is none. Every reader of foreign bytes and every
// seam to a server returns one: errors are values here, exceptions stop where a library throws
// them.
#pragma once

#include <optional>
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

/// Only why it failed, where it did: for those who need no value.
template <class T>
std::optional<failure> failure_of(fallible<T>&& x) {
  if (auto* why = std::get_if<failure>(&x))
    return std::move(*why);
  return {};
}

} // namespace hawkeye
