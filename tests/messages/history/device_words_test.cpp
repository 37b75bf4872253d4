#include "messages/history/device_words.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

namespace hawkeye {
namespace {

using nlohmann::json;

constexpr asked_at asked = 1'600'000'000'000'000;

snapshot one(const device_state& state, std::vector<kept_device> kept = {}) {
  return {{}, {{"A", {}, R"({"serial_number":"A"})", state}}, std::move(kept)};
}

TEST_CASE("an explanation says what was last said by whom, when it was asked, and what waits") {
  auto state = state_as_of(asked);
  state.status = "Pending";
  state.silent_for = std::chrono::minutes{3};
  say_no(state.listing, asked + 60'000'000, outcome::not_listed, false, 10min, 0);
  const auto words = json::parse(with_words(R"({"served":true})", one(state), "A"))["words"];
  CHECK(words["hawkeye"]["yes_asked"] == "2020-09-13T12:26:40Z");
  CHECK(words["hawkeye"]["no_asked"] == "2020-09-13T12:27:40Z");
  CHECK(words["hawkeye"]["no_reason"] == "not_listed");
  CHECK(words["hawkeye"]["waits_since"] == "2020-09-13T12:27:40Z");
  CHECK(words["hawkeye"]["removed_asked"].is_null());
  CHECK(words["bruin"]["yes_asked"] == "2020-09-13T12:26:40Z");
  CHECK(words["bruin"]["no_asked"].is_null());
  CHECK(words["bruin"]["waits_since"].is_null());
  CHECK(words["bruin"]["client_asked"] == "2020-09-13T12:26:40Z");
  CHECK(words["bruin"]["management_status"] == "Pending");
  CHECK(words["bruin"]["silent_for_s"] == 180);
}

TEST_CASE("a device that left says so for as long as it is remembered; a stranger has no words") {
  auto out = state_as_of(asked);
  say_no(out.verdict, asked + 1'000'000, outcome::no_customer, true, 10min, 0);
  const auto x = one(state_as_of(asked), {{"GONE", out, ""}});
  const auto words = json::parse(with_words("{\"a\":1}", x, "GONE"))["words"];
  CHECK(words["bruin"]["removed_asked"] == "2020-09-13T12:26:41Z");
  CHECK(words["bruin"]["no_reason"] == "no_customer");
  CHECK(words["bruin"]["waits_since"].is_null());
  CHECK(with_words("{\"a\":1}", x, "STRANGER") == "{\"a\":1}");
}

} // namespace
} // namespace hawkeye
