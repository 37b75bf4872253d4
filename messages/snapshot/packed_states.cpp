#include "messages/snapshot/packed_states.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <optional>
#include <unordered_map>

#include <openssl/evp.h>

#include "messages/base/json.hpp"
#include "messages/base/limits.hpp"
#include "messages/base/zstd_frame.hpp"

namespace hawkeye {

namespace {

constexpr std::size_t planes = 8;
/// Milliseconds, a century. As nanoseconds much more would not fit a duration.
constexpr std::uint64_t longest_silence = 36'525 * std::uint64_t{24h / 1ms};

// -- base64 (RFC 4648) ----------------------------------------------------------------------------

std::string to_base64(std::string_view bytes) {
  std::string result((bytes.size() + 2) / 3 * 4, '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(result.data()),
                  reinterpret_cast<const unsigned char*>(bytes.data()),
                  static_cast<int>(bytes.size()));
  return result;
}

/// Nothing if it is not base64 with its padding. OpenSSL itself accepts white space at both ends
/// and padding anywhere, and counts the padding as zero bytes.
std::optional<std::string> from_base64(std::string_view text) {
  const auto digits = text.substr(0, text.find_last_not_of('=') + 1);
  const auto padding = text.size() - digits.size();
  std::string result(text.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(result.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  if (padding > 2 || digits.find_first_of("= \t\r\n") != std::string_view::npos
      || size != static_cast<int>(result.size()))
    return {};
  result.resize(result.size() - padding);
  return result;
}

// -- numbers and texts ----------------------------------------------------------------------------

void put_number(std::string& out, std::uint64_t x) {
  for (; x >= 0x80; x >>= 7)
    out += static_cast<char>(x | 0x80);
  out += static_cast<char>(x);
}

void put_text(std::string& out, std::string_view text) {
  put_number(out, text.size());
  out += text;
}

/// Writes one number per device as planes: all lowest bytes, then all second bytes and so on,
/// because that compresses well. The number of planes is what the largest number needs.
void put_column(std::string& out, const std::vector<std::uint64_t>& column) {
  const auto all = std::accumulate(column.begin(), column.end(), std::uint64_t{0},
                                   [](auto a, auto b) { return a | b; });
  std::size_t used = 0;
  while (used < planes && all >> (8 * used) != 0)
    ++used;
  out += static_cast<char>(used);
  for (std::size_t i = 0; i < used; ++i)
    for (const auto x : column)
      out += static_cast<char>(x >> (8 * i));
}

/// Reads the output of the functions above. After the first missing byte it is broken() and returns
/// only zeros and empty values.
class source {
public:
  explicit source(std::string_view text) : text_{text} {}

  std::uint64_t number() {
    std::uint64_t result = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto next = byte();
      result |= (next & 0x7F) << shift;
      if (next < 0x80)
        return result;
    }
    broken_ = true;
    return 0;
  }

  std::string_view text() {
    return bytes(number());
  }

  std::vector<std::uint64_t> column(std::size_t count) {
    const auto used = byte();
    std::vector<std::uint64_t> result(broken_ || used > planes ? 0 : count);
    broken_ = broken_ || used > planes;
    for (std::size_t i = 0; i < used && !broken_; ++i) {
      const auto plane = bytes(count);
      for (std::size_t k = 0; k < plane.size(); ++k)
        result[k] |= static_cast<std::uint64_t>(static_cast<unsigned char>(plane[k])) << (8 * i);
    }
    return result;
  }

  /// Most columns contain only zeros. Skips the next column and returns true if that is the case
  /// for it.
  bool skip_column_of_zeros() {
    const bool zeros = !broken_ && text_.starts_with('\0');
    text_.remove_prefix(zeros ? 1 : 0);
    return zeros;
  }

  bool broken() const noexcept {
    return broken_;
  }
  bool at_end() const noexcept {
    return text_.empty();
  }

private:
  std::uint64_t byte() {
    const auto next = bytes(1);
    return next.empty() ? 0 : static_cast<unsigned char>(next[0]);
  }

  std::string_view bytes(std::uint64_t size) {
    if (broken_ || size > text_.size()) {
      broken_ = true;
      return {};
    }
    const auto result = text_.substr(0, static_cast<std::size_t>(size));
    text_.remove_prefix(result.size());
    return result;
  }

  std::string_view text_;
  bool broken_ = false;
};

// -- stamps ---------------------------------------------------------------------------------------

/// The question times of a state, in the order of their columns.
std::array<asked_at*, 12> stamps_of(device_state& x) {
  auto &listing = x.listing, &verdict = x.verdict;
  return {&listing.yes,     &verdict.yes,       &x.client_asked,    &listing.no,
          &listing.removed, &listing.run_after, &listing.run_start, &verdict.no,
          &verdict.removed, &verdict.run_after, &verdict.run_start, &x.expired};
}

constexpr std::size_t stamp_count = 12, client_asked_column = 2;

/// Encodes a time as a zigzag number: the distance from `near` in units, plus one; 0 means no time.
/// Small distances of either sign are small numbers.
struct scale {
  asked_at base = 0, unit = 1;

  std::uint64_t number_of(asked_at x, asked_at near) const {
    if (x == 0)
      return 0;
    const auto apart = (x - near) / unit;
    return ((static_cast<std::uint64_t>(apart) << 1) ^ static_cast<std::uint64_t>(apart >> 63)) + 1;
  }

  /// -1 if the number is not a valid question time.
  asked_at stamp_of(std::uint64_t number, asked_at near) const {
    if (number == 0)
      return 0;
    const auto folded = number - 1;
    const auto apart = static_cast<asked_at>((folded >> 1) ^ (~(folded & 1) + 1));
    if (apart > last_asked || apart < -last_asked || apart > last_asked / unit * 2
        || apart < -last_asked / unit * 2)
      return -1;
    const auto result = near + apart * unit;
    return result > 0 && result <= last_asked ? result : -1;
  }
};

/// The time that a column's distances are counted from: the client is usually named just before the
/// verdict, all other times are near to the scale's base.
asked_at near_of(std::size_t column, const device_state& state, const scale& by) {
  return column == client_asked_column && state.verdict.yes > 0 ? state.verdict.yes : by.base;
}

// -- states ---------------------------------------------------------------------------------------

void put_states(std::string& out, std::vector<device_state>& states, const scale& by) {
  std::vector<std::uint64_t> column(states.size());
  const auto put = [&](auto number_of) {
    std::transform(states.begin(), states.end(), column.begin(), number_of);
    put_column(out, column);
  };
  for (std::size_t i = 0; i < stamp_count; ++i)
    put([&](device_state& x) { return by.number_of(*stamps_of(x)[i], near_of(i, x, by)); });
  put([](const device_state& x) { return static_cast<std::uint64_t>(x.listing.reason); });
  put([](const device_state& x) { return static_cast<std::uint64_t>(x.verdict.reason); });
  put([](const device_state& x) { return static_cast<std::uint64_t>(x.silent_for.count()); });
  std::vector<std::string_view> statuses;
  std::unordered_map<std::string_view, std::uint64_t> index;
  put([&](const device_state& x) {
    const auto [found, is_new] = index.try_emplace(x.status, statuses.size());
    if (is_new)
      statuses.push_back(x.status);
    return found->second;
  });
  put_number(out, statuses.size());
  for (const auto& x : statuses)
    put_text(out, x);
}

/// An element is nothing if a value of its device is out of range.
std::vector<std::optional<device_state>> get_states(source& from, std::size_t count,
                                                    const scale& by) {
  std::vector<std::optional<device_state>> result(count, device_state{});
  const auto get = [&](auto set) {
    const auto column = from.column(count);
    for (std::size_t i = 0; i < column.size(); ++i)
      if (result[i] && !set(*result[i], column[i]))
        result[i].reset();
  };
  for (std::size_t i = 0; i < stamp_count; ++i)
    if (!from.skip_column_of_zeros())
      get([&](device_state& x, std::uint64_t number) {
        return (*stamps_of(x)[i] = by.stamp_of(number, near_of(i, x, by))) >= 0;
      });
  const auto reason = [](outcome& to, std::uint64_t number) {
    to = static_cast<outcome>(number < outcome_count ? number : 0);
    return number < outcome_count;
  };
  get([&](device_state& x, std::uint64_t number) { return reason(x.listing.reason, number); });
  get([&](device_state& x, std::uint64_t number) { return reason(x.verdict.reason, number); });
  if (!from.skip_column_of_zeros())
    get([](device_state& x, std::uint64_t number) {
      x.silent_for = std::chrono::milliseconds{number};
      return number <= longest_silence;
    });
  const auto indexes = from.column(count);
  std::vector<std::string_view> statuses;
  for (auto left = std::min<std::uint64_t>(from.number(), count); left > 0; --left)
    statuses.push_back(from.text());
  for (std::size_t i = 0; i < indexes.size(); ++i)
    if (result[i] && indexes[i] < statuses.size()
        && statuses[static_cast<std::size_t>(indexes[i])].size() <= max_status_bytes)
      result[i]->status = statuses[static_cast<std::size_t>(indexes[i])];
    else
      result[i].reset(); // a long text would be copied for each device
  return result;
}

/// True if the content can be served again unchanged.
bool is_content_of(std::string_view json, const std::string& serial_number,
                   const device_state& state) {
  if (json.empty())
    return state.listing.yes == 0 && state.client_asked == 0;
  return json.starts_with('{') && is_valid_json(json) && serial_of(json) == serial_number;
}

scale scale_of(std::vector<device_state>& served, std::vector<device_state>& kept) {
  scale result{0, 1000};
  for (auto* states : {&served, &kept})
    for (auto& x : *states) {
      if (x.listing.yes <= last_asked)
        result.base = std::max(result.base, x.listing.yes);
      for (const auto* stamp : stamps_of(x))
        if (*stamp % result.unit != 0)
          result.unit = 1;
    }
  if (result.base % result.unit != 0)
    result.unit = 1;
  return result;
}

} // namespace

std::string pack_states(const snapshot& x) {
  std::vector<device_state> served(x.size()), kept(x.kept().size());
  for (std::size_t i = 0; i < served.size(); ++i)
    served[i] = x.state(i);
  std::transform(x.kept().begin(), x.kept().end(), kept.begin(),
                 [](const kept_device& y) { return y.state; });
  const auto by = scale_of(served, kept);
  std::string out;
  put_number(out, static_cast<std::uint64_t>(by.base));
  put_number(out, static_cast<std::uint64_t>(by.unit));
  put_number(out, served.size());
  put_number(out, kept.size());
  put_states(out, served, by);
  put_states(out, kept, by);
  for (const auto& y : x.kept()) {
    put_text(out, y.serial_number);
    put_text(out, y.json);
  }
  return to_base64(compressor{}.compress(out));
}

expected<unpacked_states> unpack_states(std::string_view text, std::size_t devices) {
  const failure broken{"they are broken"};
  const auto packed = from_base64(text);
  if (!packed)
    return fail(broken);
  const auto bytes = decompress(*packed, max_stored_bytes);
  if (const auto* why = error_of(bytes))
    return fail(*why);
  source from{*bytes};
  scale by;
  by.base = static_cast<asked_at>(from.number());
  by.unit = static_cast<asked_at>(from.number());
  if (from.number() != devices)
    return fail("they are of another array");
  const auto kept = from.number();
  if (from.broken() || kept > max_kept_devices || by.base < 0 || by.base > last_asked
      || (by.unit != 1 && by.unit != 1000))
    return fail(broken);
  unpacked_states result;
  result.served.reserve(devices);
  for (auto& x : get_states(from, devices, by)) {
    result.dropped += !x;
    result.served.push_back(x ? std::move(*x) : device_state{});
  }
  for (auto& x : get_states(from, static_cast<std::size_t>(kept), by)) {
    const std::string serial{from.text()};
    const auto json = from.text();
    if (x && !x->is_in() && is_content_of(json, serial, *x))
      result.kept.push_back({serial, std::move(*x), std::string{json}});
    else
      ++result.dropped;
  }
  if (from.broken() || !from.at_end())
    return fail(broken);
  return result;
}

} // namespace hawkeye
