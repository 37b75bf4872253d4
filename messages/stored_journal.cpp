// The journal as a value in Redis: a line that names its version, a fingerprint and the sizes of
// what follows; the entries; the packed blocks. Written and read by this program only, on machines
// of one byte order: any doubt, and it is refused and written anew by the next refresh.
#include <algorithm>
#include <charconv>
#include <cstring>

#include "messages/device_journal.hpp"
#include "messages/stored_snapshot.hpp"

namespace hawkeye {

namespace {

constexpr std::string_view head_begin = R"({"version":)";
constexpr std::size_t longest_head = 256;

template <class T>
void put(std::string& out, const T& x) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, &x, sizeof(T));
  out.append(bytes, sizeof(T));
}

/// Reads what `put` wrote, as long as there is something.
class source {
public:
  explicit source(std::string_view text) : text_{text} {}

  template <class T>
  bool get(T& into) {
    if (text_.size() < sizeof(T))
      return false;
    std::memcpy(&into, text_.data(), sizeof(T));
    text_.remove_prefix(sizeof(T));
    return true;
  }

  bool get(std::string& into, std::size_t size) {
    if (text_.size() < size)
      return false;
    into.assign(text_.substr(0, size));
    text_.remove_prefix(size);
    return true;
  }

  bool at_end() const noexcept {
    return text_.empty();
  }

private:
  std::string_view text_;
};

/// Of an entry as put_entry writes it.
constexpr std::size_t entry_bytes = 8 + 3 * 4 + 1 + 2 * 8;

void put_entry(std::string& out, const journal_entry& x) {
  put(out, x.serial_hash);
  put(out, x.record.block), put(out, x.record.offset), put(out, x.record.size);
  put(out, static_cast<std::uint8_t>(x.why));
  put(out, x.since), put(out, x.gone);
}

bool get_entry(source& from, journal_entry& x) {
  std::uint8_t why = 0;
  const bool whole = from.get(x.serial_hash) && from.get(x.record.block)
                     && from.get(x.record.offset) && from.get(x.record.size) && from.get(why)
                     && from.get(x.since) && from.get(x.gone);
  x.why = static_cast<outcome>(why);
  return whole && why < outcome_count && can_be_written({x.since, 0})
         && can_be_written({x.gone, 0});
}

} // namespace

std::string store_journal(const device_journal& x) {
  std::string body;
  put(body, static_cast<std::uint64_t>(x.entries().size()));
  for (const auto& entry : x.entries())
    put_entry(body, entry);
  for (const auto& block : x.records()->blocks()) {
    put(body, static_cast<std::uint64_t>(block.size()));
    body += block;
  }
  return std::string{head_begin} + std::to_string(x.version()) + R"(,"format":1,"fingerprint":)"
         + std::to_string(fingerprint(body)) + "}\n" + body;
}

fallible<device_journal_ptr> read_journal(std::string_view stored) {
  const failure broken{"what Redis holds about the devices of the last refresh is broken"};
  const auto version = read_version(stored.substr(0, longest_head));
  const auto line = stored.substr(0, longest_head).find('\n');
  if (!version || line == std::string_view::npos)
    return broken;
  const auto body = stored.substr(line + 1);
  const auto head = std::string{head_begin} + std::to_string(*version)
                    + R"(,"format":1,"fingerprint":)" + std::to_string(fingerprint(body)) + "}";
  if (stored.substr(0, line) != head)
    return broken;
  source from{body};
  std::uint64_t count = 0;
  if (!from.get(count) || count > body.size() / entry_bytes)
    return broken;
  std::vector<journal_entry> entries(static_cast<std::size_t>(count));
  for (auto& entry : entries)
    if (!get_entry(from, entry))
      return broken;
  // As they are written: in order, and none twice.
  const auto not_below = [](const journal_entry& a, const journal_entry& b) {
    return a.serial_hash >= b.serial_hash;
  };
  if (std::adjacent_find(entries.begin(), entries.end(), not_below) != entries.end())
    return broken;
  std::vector<std::string> blocks;
  for (std::uint64_t size = 0; !from.at_end();)
    if (!from.get(size) || !from.get(blocks.emplace_back(), size))
      return broken;
  return std::make_shared<const device_journal>(
      *version, std::make_shared<const text_archive>(std::move(blocks)), std::move(entries));
}

} // namespace hawkeye
