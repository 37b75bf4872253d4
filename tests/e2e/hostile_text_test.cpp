// What comes from outside never speaks in the service's name: no line of the log is forged, nothing
// is said to the operator's terminal, and errors quote little of what caused them.
#include <algorithm>
#include <deque>
#include <fstream>
#include <mutex>
#include <regex>
#include <sstream>

#include <doctest/doctest.h>
#include <nats/nats.h>
#include <simdjson.h>

#include "tests/support/http_client.hpp"
#include "tests/support/real_world.hpp"

using namespace hawkeye;
using namespace hawkeye::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

/// A line of its own, colours, a title for the window, DEL, C1 in both forms, marks of direction,
/// an end of the JSON that it stands in, bytes that are no UTF-8.
const std::string hostile =
    "\n2026-01-01T00:00:00.000Z critical FORGED\r\x1b[31m\x1b]0;FORGED\a\x7f"
    "\xc2\x85\xc2\x9b\x33\x31m\xe2\x80\xae\xe2\x81\xa6\xe2\x80\xa8"
    "\"}\n{\"level\":\"critical\",\"message\":\"FORGED";
const std::string no_utf8 = hostile + "\xff\x9b\xc0\x80";

/// The same inside of JSON, where it stands escaped and is valid.
std::string quoted(const std::string& text) {
  return json(text).dump();
}

/// Plays a bridge that answers what it is told to, one after the other, then nothing.
class liar {
public:
  liar(const std::string& url, const char* subject, std::deque<std::string> lies)
      : lies_{std::move(lies)} {
    REQUIRE(natsConnection_ConnectTo(&connection_, url.c_str()) == NATS_OK);
    REQUIRE(natsConnection_Subscribe(&subscription_, connection_, subject, lie, this) == NATS_OK);
    natsConnection_Flush(connection_);
  }
  ~liar() {
    natsConnection_Close(connection_);
    natsSubscription_Destroy(subscription_);
    natsConnection_Destroy(connection_);
  }
  liar(const liar&) = delete;
  liar& operator=(const liar&) = delete;

  bool told_all() {
    const std::lock_guard lock{mutex_};
    return lies_.empty();
  }

private:
  static void lie(natsConnection* via, natsSubscription*, natsMsg* asked, void* closure) {
    auto* self = static_cast<liar*>(closure);
    const std::lock_guard lock{self->mutex_};
    if (!self->lies_.empty()) {
      const auto& next = self->lies_.front();
      natsConnection_Publish(via, natsMsg_GetReply(asked), next.data(),
                             static_cast<int>(next.size()));
      self->lies_.pop_front();
    }
    natsMsg_Destroy(asked);
  }

  std::mutex mutex_;
  std::deque<std::string> lies_;
  natsConnection* connection_ = nullptr;
  natsSubscription* subscription_ = nullptr;
};

/// Whether a terminal shows it as it stands there.
bool is_harmless(const std::string& line) {
  for (const char* bad :
       {"\xc2\x85", "\xc2\x9b", "\xe2\x80\xae", "\xe2\x81\xa6", "\xe2\x80\xa8", "\x7f"})
    if (line.find(bad) != std::string::npos)
      return false;
  return simdjson::validate_utf8(line) && std::all_of(line.begin(), line.end(), [](char c) {
           return static_cast<unsigned char>(c) >= 0x20;
         });
}

void check_log(const std::string& log, bool as_json) {
  static const std::regex begins{
      R"(\d{4}-\d\d-\d\dT[\d:.]+Z +(trace|debug|info|warning|error) .*)"};
  std::istringstream in{log};
  std::size_t quoting = 0;
  for (std::string line; std::getline(in, line);) {
    CHECK_MESSAGE(is_harmless(line), line);
    quoting += line.find("FORGED") != std::string::npos;
    if (as_json) {
      const auto entry = json::parse(line, nullptr, false);
      REQUIRE_MESSAGE(entry.is_object(), line);
      CHECK(entry["level"] != "critical");
      CHECK(entry.size() == 3);
    } else {
      CHECK_MESSAGE(std::regex_match(line, begins), line);
    }
  }
  CHECK_MESSAGE(quoting >= 5, log); // what was wrong is told
}

/// The longest row of one letter.
std::size_t longest_row(const std::string& text, char of) {
  std::size_t longest = 0, row = 0;
  for (const char c : text) {
    row = c == of ? row + 1 : 0;
    longest = std::max(longest, row);
  }
  return longest;
}

std::string paged(const service_process& of, const std::string& path) {
  std::string body;
  of.page(path, &body);
  return body;
}

} // namespace

TEST_CASE(
    "whatever comes from outside, no line of the log is forged and no terminal is spoken to") {
  for (const bool as_json : {false, true}) {
    CAPTURE(as_json);
    real_world world;
    // redis-cli takes it as it is; Redis, the snapshot's place.
    redis_cli(world.redis, {"set", "hawkeye", "[" + hostile});
    const auto body = [](const std::string& text) {
      return R"({"status":200,"body":)" + text + "}";
    };
    liar hawkeye{nats_url(world.nats),
                 "hawkeye.probe.request",
                 {no_utf8, hostile, R"({"status":500,"body":)" + quoted(hostile) + "}",
                  R"({"status":)" + quoted(hostile) + R"(,"body":[]})", body(quoted(hostile)),
                  R"({"is_stored":true,"token":)" + quoted(hostile) + "}",
                  R"({"is_stored":true,"token":"11111111-1111-1111-1111-111111111111"})",
                  body("{" + quoted(hostile) + ":1}"),
                  body(R"([{"serialNumber":)" + quoted(hostile)
                       + R"(,"realservice":{"lastUpdate":"2020-01-01"}}])")}};
    redis_cli(world.redis, {"set", "11111111-1111-1111-1111-111111111111", hostile});
    liar info{nats_url(world.nats),
              "bruin.customer.get.info",
              {no_utf8, R"({"status":500,"body":)" + quoted(hostile) + "}",
               body("{" + quoted(hostile) + ":1}")}};
    const auto service = world.start_service(
        {"--refresh.retry-min=10ms", "--refresh.retry-max=10ms", "--bruin.timeout=500ms",
         "--log.level=trace", as_json ? "--log.format=json" : "--log.format=text"});
    CHECK(eventually([&] { return hawkeye.told_all() && info.told_all(); }, 20s));
    REQUIRE(eventually( // it joins once it knows that nobody else serves
        [&] { return world.stage().ask("hawkeye.customer.cache.get", no_utf8).has_value(); }, 20s));
    for (const auto& request : {no_utf8, hostile, R"({"body":)" + quoted(hostile) + "}",
                                R"({"body":{"last_contact_filter":)" + quoted(hostile) + "}}"}) {
      for (const char* about : {"get", "status", "refresh", "explain"}) {
        const auto reply =
            world.stage().ask(std::string{"hawkeye.customer.cache."} + about, request);
        REQUIRE(reply);
        CHECK_MESSAGE(is_harmless(*reply), *reply);
      }
    }
    const http_client client{service.http};
    std::string path;
    for (const unsigned char c : no_utf8)
      path += fmt::format("%{:02x}", c);
    for (const char* page : {"/", "/api/explain/", "/api/devices?search=", "/api/devices?"})
      CHECK(client.get(page + path).has_value());
    CHECK(eventually([&] {
      const auto log = service.process.output();
      return log.find("is not served") != std::string::npos && log.find("500") != std::string::npos;
    }));
    check_log(service.process.output(), as_json);
  }
}

TEST_CASE("a reply with a number that no double holds is refused by a command, and ends none") {
  real_world world;
  liar other{nats_url(world.nats), rpc_subject, {R"({"request_id":1e999,"body":[],"status":200})"}};
  arguments get{"get"};
  for (const auto& option : world.operator_options())
    get.push_back(option);
  std::string said;
  CHECK(world.run(get, &said) == 1);
  CHECK_MESSAGE(said.find("the reply is no JSON object") != std::string::npos, said);
}

TEST_CASE("an error quotes at most 200 characters of what caused it") {
  real_world world;
  world.start_bridges({"--probes=3"});
  const auto service = world.start_service();
  REQUIRE(service.await_ready());
  const std::string row(5000, 'A');
  const auto look = [](const std::string& what, const std::string& said) {
    CHECK_MESSAGE(!said.empty(), what.substr(0, 60));
    CHECK_MESSAGE(longest_row(said, 'A') <= 200, what.substr(0, 60), " -> ", said.substr(0, 400));
  };
  // What is no refusal is the operator's business: a refresh of one device names it in the status.
  const auto look_at_reply = [&](const std::string& what, const std::optional<std::string>& said) {
    REQUIRE(said);
    const bool refusal = json::parse(*said)["status"] >= 400;
    if (refusal)
      look(what, *said);
    return refusal ? 1 : 0;
  };
  int refusals = 0;
  for (const auto& request :
       {row, "[\"" + row, R"({"body":")" + row + R"("})", R"({")" + row + R"(":1})",
        R"({"body":{"last_contact_filter":")" + row + R"("}})",
        R"({"body":{"serial_number":")" + row + R"("}})",
        R"({"body":{"serial_number":[")" + row + R"("]}})",
        R"({"body":{"last_contact_filter":{")" + row + R"(":1}}})"})
    for (const char* about : {"get", "status", "refresh", "explain"})
      refusals += look_at_reply(
          request, world.stage().ask(std::string{"hawkeye.customer.cache."} + about, request));
  CHECK(refusals > 16);
  for (const char* path : {"/", "/api/", "/api/explain/",
                           "/api/devices?search=x&page=", "/api/devices?", "/api/devices?sort="})
    look(path, paged(service, path + row));
  // Only who asks chooses the request id, and it comes back as it was.
  const auto reply = world.client().ask(rpc_subject, R"({"request_id":")" + row + R"("})");
  CHECK(json::parse(reply.value_or(""))["request_id"] == row);
}
