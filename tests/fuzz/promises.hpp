// What the targets judge by: nlohmann-json as the naive second opinion, and what may be shown to
// people.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include <nlohmann/json.hpp>

#include "messages/bridges/bridge_message.hpp"

namespace hawkeye::fuzz {

[[noreturn]] void broken(const char* promise);

/// Ends the process where the promise does not hold.
inline void demand(bool holds, const char* promise) {
  if (!holds)
    broken(promise);
}

/// False under libFuzzer, which plays so many inputs that differ little that an expensive look at
/// some of them finds as much. FUZZ_EVERYTHING sets it again, for one that is made smaller.
inline bool checks_everything = true;

/// Whether an expensive look is taken at this input: at one in `n`, the same ones in every run.
bool is_chosen(std::string_view bytes, std::size_t n);

/// What nlohmann-json thinks of a text.
struct opinion {
  /// False where it reads by other rules than RFC 8259 or than ours, so that nothing follows: a NUL
  /// byte or a BOM, numbers beyond a double, lone surrogates, a name twice in one object.
  bool counts = true;
  std::optional<nlohmann::json> value; ///< nothing: no JSON
};
opinion second_opinion(std::string_view text);

/// The deepest nesting in a text that is JSON.
std::size_t depth_of(std::string_view text);

/// A sentence for people: one line, at most so many characters, nothing that changes how a terminal
/// shows it.
void demand_sentence(std::string_view sentence, std::size_t most_characters);

/// A reply on the wire: valid JSON with exactly the three fields, the status as given. Null where
/// nothing can be said of what is in it, or where this one is not read again.
nlohmann::json demand_reply(std::string_view reply, int status);

/// The body of a bridge's 200 reply; null where the whole is not even JSON.
std::optional<json_slice> as_body(std::string_view bytes);

} // namespace hawkeye::fuzz
