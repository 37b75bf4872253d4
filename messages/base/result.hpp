// A value, or a sentence that explains its absence. Every reader of external bytes and every call
// to a server returns one. Errors are values; exceptions are caught where a library throws them.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <tl/expected.hpp>

namespace hawkeye {

/// Why an operation failed: one sentence for the person who can fix it. It never contains a secret.
struct failure {
  std::string reason;
};

template <class T>
using expected = tl::expected<T, failure>;

/// The result of `fail`; converts to an `expected` without a value or to an `optional<failure>`.
struct unexpected_failure : tl::unexpected<failure> {
  using tl::unexpected<failure>::unexpected;
  operator failure() && {
    return std::move(value());
  }
};

inline unexpected_failure fail(failure why) {
  return unexpected_failure{std::move(why)};
}

inline unexpected_failure fail(std::string reason) {
  return unexpected_failure{failure{std::move(reason)}};
}

/// fail("{}: cannot be read", name)
template <class First, class... Rest>
unexpected_failure fail(fmt::format_string<First, Rest...> text, First&& first, Rest&&... rest) {
  return fail(fmt::format(text, std::forward<First>(first), std::forward<Rest>(rest)...));
}

/// The error of `x`; null if it has a value.
template <class Expected>
auto* error_of(Expected& x) noexcept {
  return x ? nullptr : &x.error();
}

/// The value of `x`; null if it has an error.
template <class Expected>
auto* value_of(Expected& x) noexcept {
  return x ? &*x : nullptr;
}

/// Drops the value: the error of `x`, or nothing on success.
template <class T>
std::optional<failure> failure_of(expected<T>&& x) {
  if (!x)
    return std::move(x.error());
  return {};
}

} // namespace hawkeye
