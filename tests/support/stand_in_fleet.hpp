// The fleet that the stand-in invents: probes as Hawkeye lists them, Bruin's answers about each,
// and the devices that a right service must make of both. Everything follows from the options and
// is computed where it is asked for, so that a million probes cost no memory. Deliberately shares
// no code with the service: a mistake made twice would go unseen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/stand_in_options.hpp"

namespace hawkeye::stand_in {

class fleet {
public:
  explicit fleet(const fleet_options& with);

  /// The JSON list that Hawkeye answers with; `partial`: only the first third of it.
  std::string probes(bool partial) const;

  /// Which probe has this serial number.
  std::optional<std::size_t> find(std::string_view serial_number) const noexcept;

  /// Bruin's list of clients, as JSON; `[]` where there is no customer.
  std::string clients(std::size_t index) const;
  std::int64_t client_id(std::size_t index) const noexcept;

  /// Bruin's management status, as JSON.
  std::string management_status(std::size_t index) const;

  /// The devices of a right answer, as one JSON array: newest contact first, then by serial number.
  std::string expected(bool partial) const;

private:
  enum class kind : std::uint8_t { good, duplicate, never, malformed, no_serial };
  /// One element of Hawkeye's list.
  struct entry {
    kind what;
    std::size_t index;
  };
  struct contact {
    std::int64_t seconds = 0;
    std::int64_t nanoseconds = 0;
    std::string text;
  };

  std::vector<entry> layout() const;
  std::uint64_t hash(std::size_t index, std::uint64_t about) const noexcept;
  std::string plain_serial(std::size_t index) const;
  std::string hostile_name(std::size_t index) const;
  std::string serial_number(std::size_t index) const; ///< as it stands in JSON, without quotes
  std::string client(std::int64_t id, std::size_t index, std::uint64_t random) const;
  contact last_contact(const entry& of) const;
  std::string probe(const entry& of) const;
  std::string contacts(const entry& of) const;
  std::string no_contacts(std::size_t index) const;
  std::string identity(const entry& of, bool as_device) const;
  bool has_customer(std::size_t index) const noexcept;
  bool is_ambiguous(std::size_t index) const noexcept;
  bool is_monitored(std::size_t index) const noexcept;

  fleet_options with_;
};

} // namespace hawkeye::stand_in
