// NATS' keys (nkeys): an Ed25519 seed, written in base 32 with a checksum, and the public key that
// the server knows its owner by. Here because nats.c asks for both and derives neither.
#pragma once

#include <string>
#include <string_view>

#include "messages/base/result.hpp"

namespace hawkeye {

/// The user's seed in the text of a seed file: the line that begins with SU, alone or between the
/// marks that NATS' tools write around it. A failure: there is none, or it was mistyped; it shows
/// nothing of it.
expected<std::string> find_user_seed(std::string_view text);

/// The public key (U...) that belongs to a user's seed (SU...).
expected<std::string> public_user_key(std::string_view seed);

} // namespace hawkeye
