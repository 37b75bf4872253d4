#include <doctest/doctest.h>

#include "messages/base/json_writer.hpp"

using namespace hawkeye;

TEST_CASE("what the JSON writer writes has its commas and its escapes") {
  json_writer out;
  out.begin_object().member("text", "a\"b\n").member("number", -7).member("yes", true);
  out.key("empty").begin_array().end_array().key("none").null();
  out.member("maybe", std::optional<int>{}).text_or_null("no text", "");
  out.key("list").begin_array().value(1).raw("{\"raw\":[1,2]}").begin_object();
  out.member("in", std::string{"\xff"}).end_object().end_array().member("last", 2u).end_object();
  const auto text = out.take();
  CHECK(is_valid_json(text));
  CHECK(text
        == "{\"text\":\"a\\\"b\\n\",\"number\":-7,\"yes\":true,\"empty\":[],\"none\":null,"
           "\"maybe\":null,\"no text\":null,\"list\":[1,{\"raw\":[1,2]},{\"in\":\"\xef\xbf\xbd\"}],"
           "\"last\":2}");
}
