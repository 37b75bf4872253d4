// What people are told, and that no device name can break or forge it.
#include "messages/bridges/notice.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

namespace hawkeye {
namespace {

const std::vector<std::string> hostile{
    "",
    "plain",
    "quote\" and \\",
    "two\nlines",
    "\x1b[31mred",
    "\xFF\xC3",
    "<script>alert(1)</script>",
    "</pre>&amp;'",
    std::string{"nul\0inside", 10},
    std::string(10'000, 'x'),
};

probe probe_named(std::string serial) {
  return {std::move(serial), "2020-11-05", {}, {}};
}

TEST_CASE("a Slack message is the service's name in brackets and the text, in valid JSON") {
  CHECK(slack_body("hawkeye-customer-cache", "a \"b\"\nc")
        == R"({"message":"[hawkeye-customer-cache] a \"b\"\nc"})");
  for (const auto& text : hostile) {
    const auto body = nlohmann::json::parse(slack_body("s", text));
    CHECK(body.size() == 1);
    CHECK(body["message"].get<std::string>().starts_with("[s] "));
  }
}

TEST_CASE("no serial number or client calls a Slack channel or disguises a link") {
  const auto told = [](const std::string& text) {
    return nlohmann::json::parse(slack_body("s", text))["message"].get<std::string>();
  };
  CHECK(told("<!channel> <https://evil.example|click> & &lt;")
        == "[s] &lt;!channel&gt; &lt;https://evil.example|click&gt; &amp; &amp;lt;");
  const auto text = told(ambiguity_text({{"<!here>", {"\"<@U1>\"", "2"}}})
                         + failure_digest({probe_named("<!everyone>")},
                                          {{outcome::client_info_failed, {}, {}, "<#C1>"}}));
  CHECK(text.find_first_of("<>") == std::string::npos);
  CHECK(text.find("&lt;!everyone&gt;") != std::string::npos);
}

TEST_CASE("an e-mail has all that the notifier wants, its html escaped") {
  const auto body = nlohmann::json::parse(email_body("Subject", "a@b.c", "1 < 2 & \"x\" > <b>"));
  CHECK(body.size() == 1);
  const auto& data = body["email_data"];
  CHECK(data.size() == 6);
  CHECK(data["subject"] == "Subject");
  CHECK(data["recipient"] == "a@b.c");
  CHECK(data["text"] == "1 < 2 & \"x\" > <b>");
  CHECK(data["html"] == "<pre>1 &lt; 2 &amp; \"x\" &gt; &lt;b&gt;</pre>");
  CHECK(data["images"] == nlohmann::json::array());
  CHECK(data["attachments"] == nlohmann::json::array());
  for (const auto& text : hostile) {
    const auto html = nlohmann::json::parse(email_body(text, text, text))["email_data"]["html"]
                          .get<std::string>();
    CHECK(html.find('<', 1) == html.size() - 6);
  }
}

TEST_CASE("serials with more than one client are found, ordered by serial number") {
  const std::vector<probe> probes{probe_named("C"), probe_named("A"), probe_named("B"),
                                  probe_named("D")};
  const resolution_list resolutions{{outcome::monitored, "{}", {"1", "2"}, ""},
                                    {outcome::not_monitored, "{}", {"3", "3", "\"x\""}, ""},
                                    {outcome::monitored, "{}", {}, ""},
                                    {outcome::monitored, "{}", {"4"}, ""}};
  const std::vector<ambiguous_serial> expected{{"A", {"3", "3", "\"x\""}}, {"C", {"1", "2"}}};
  CHECK(find_ambiguous(probes, resolutions) == expected);
  CHECK(find_ambiguous({}, {}).empty());
}

TEST_CASE("the message about them lists 50 in full, and says how many more there are") {
  std::vector<ambiguous_serial> serials;
  for (int i = 100; i < 150; ++i)
    serials.push_back({"S" + std::to_string(i), {"1", "2"}});
  auto text = ambiguity_text(serials);
  CHECK(text.find("50 serial numbers") != std::string::npos);
  CHECK(text.find("\nS149: clients 1, 2") != std::string::npos);
  CHECK(text.find("more", text.find("S100")) == std::string::npos);
  serials.push_back({"S150", {"1", "2"}});
  serials.push_back({"S151", {"1", "2"}});
  text = ambiguity_text(serials);
  CHECK(text.find("52 serial numbers") != std::string::npos);
  CHECK(text.find("S150") == std::string::npos);
  CHECK(text.ends_with("and 2 more"));
}

TEST_CASE("10,000 failing devices make one short text: how many, which failures, three examples") {
  std::vector<probe> probes;
  resolution_list resolutions;
  const auto add = [&](outcome why, const std::string& detail, int times) {
    for (int i = 0; i < times; ++i) {
      probes.push_back(probe_named("S" + std::to_string(probes.size())));
      resolutions.push_back({why, {}, {}, detail});
    }
  };
  add(outcome::monitored, "Pending", 10);
  add(outcome::client_info_failed, "status 500: \"rare\"", 2'000);
  add(outcome::management_status_failed, "no answer within 90 s", 7'990);
  add(outcome::unresolved, "", 10);
  add(outcome::no_customer, "", 5);
  const auto text = failure_digest(probes, resolutions);
  CHECK(text.find("10000 of 10015 devices") != std::string::npos);
  const auto most = text.find("7990 x management_status_failed: no answer within 90 s");
  const auto less = text.find("2000 x client_info_failed: status 500");
  const auto least = text.find("10 x unresolved");
  REQUIRE(least != std::string::npos);
  CHECK(most < less);
  CHECK(less < least);
  CHECK(text.ends_with("for example S2010 S2011 S2012"));
  CHECK(text.size() < 500);
}

TEST_CASE("where nothing failed there is nothing to tell") {
  CHECK(failure_digest({}, {}).empty());
  CHECK(failure_digest({probe_named("A")}, {{outcome::no_customer, {}, {}, {}}}).empty());
}

TEST_CASE("many kinds of failures and hostile names leave the texts short and free of controls") {
  std::vector<probe> probes;
  resolution_list resolutions;
  std::vector<ambiguous_serial> serials;
  for (int i = 0; i < 1'000; ++i) {
    const auto& text = hostile[static_cast<std::size_t>(i) % hostile.size()];
    probes.push_back(probe_named(text));
    resolutions.push_back(
        {outcome::client_info_failed, {}, {text, text}, std::to_string(i) + text});
    serials.push_back({text, {text, text}});
  }
  for (const auto& text : {failure_digest(probes, resolutions), ambiguity_text(serials)}) {
    CHECK(text.size() < 50'000);
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.find('\0') == std::string::npos);
    CHECK(text.find("\nlines") == std::string::npos);
    CHECK(nlohmann::json::accept(slack_body("s", text)));
  }
  CHECK(failure_digest(probes, resolutions).size() < 3'000);
}

TEST_CASE("counts are told by name, in a fixed order, without those that did not occur") {
  outcome_counts counts;
  CHECK(to_string(counts) == "no probes");
  counts[outcome::no_customer] = 12;
  counts[outcome::monitored] = 270;
  counts[outcome::record_too_old] = 1;
  CHECK(to_string(counts) == "monitored 270, no_customer 12, record_too_old 1");
}

} // namespace
} // namespace hawkeye
