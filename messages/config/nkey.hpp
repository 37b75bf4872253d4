// NATS keys (nkeys): an Ed25519 seed in base 32 with a checksum, and the public key by which the
// server identifies the user. Implemented here because nats.c needs both and derives neither.
#pragma once

#include <string>
#include <string_view>

#include "messages/base/result.hpp"

namespace hawkeye {

/// The user's seed in the text of a seed file: the line that begins with SU, alone or between the
/// marker lines that NATS' tools write. A failure if there is none or its checksum is wrong; the
/// failure does not show the seed.
expected<std::string> find_user_seed(std::string_view text);

/// The public key (U...) of a user's seed (SU...).
expected<std::string> public_user_key(std::string_view seed);

} // namespace hawkeye
