// How one probe of the stand-in's fleet is written: its timestamps in every form that Hawkeye is
// known for, and about 900 bytes of fields that nobody asked for.
#include <array>
#include <chrono>
#include <cstdio>

#include "tests/support/stand_in_fleet.hpp"

namespace hawkeye::stand_in {

namespace {

constexpr std::int64_t newest_contact = 1'604'584'627; // 2020-11-05T13:57:07Z
constexpr std::int64_t month = 30 * 86'400;

/// One way to write a timestamp: what stands between date and time, how long the fraction is, how
/// far the written clock is ahead of UTC, and how that is said.
struct form {
  char between;
  int fraction;
  int ahead;
  const char* zone;
  bool seconds = true;
};

constexpr std::array<form, 10> forms{{{'T', 0, 0, "Z"},
                                      {'T', 3, 0, "Z"},
                                      {' ', 6, 0, ""},
                                      {'T', 9, 0, "Z"},
                                      {'T', 0, 7'200, "+02:00"},
                                      {'T', 0, -18'000, "-0500"},
                                      {'T', 0, 18'000, "+05"},
                                      {' ', 0, 0, ""},
                                      {'T', 0, 0, "Z", false},
                                      {'T', 1, 19'800, "+05:30"}}};

template <class... Ts>
std::string print(const char* format, Ts... xs) {
  std::array<char, 512> buffer{};
  const auto size = std::snprintf(buffer.data(), buffer.size(), format, xs...);
  return {buffer.data(), static_cast<std::size_t>(size)};
}

std::int64_t power_of_ten(int exponent) {
  std::int64_t result = 1;
  for (; exponent > 0; --exponent)
    result *= 10;
  return result;
}

std::string write(std::int64_t seconds, std::int64_t nanoseconds, const form& as) {
  using namespace std::chrono;
  const sys_seconds at{std::chrono::seconds{seconds + as.ahead}};
  const auto day = floor<days>(at);
  const year_month_day date{day};
  const hh_mm_ss time{at - day};
  auto result =
      print("%04d-%02u-%02u%c%02d:%02d", static_cast<int>(date.year()),
            static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), as.between,
            static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()));
  if (as.seconds)
    result += print(":%02d", static_cast<int>(time.seconds().count()));
  if (as.fraction > 0)
    result += print(".%0*lld", as.fraction,
                    static_cast<long long>(nanoseconds / power_of_ten(9 - as.fraction)));
  return result + as.zone;
}

} // namespace

fleet::contact fleet::last_contact(const entry& of) const {
  const auto random = hash(of.index, of.what == kind::duplicate ? 20 : 21);
  const auto& as = forms[random % forms.size()];
  auto seconds = newest_contact - static_cast<std::int64_t>((random >> 8) % month);
  auto nanoseconds = static_cast<std::int64_t>((random >> 16) % 1'000'000'000);
  if (of.what == kind::duplicate)
    seconds -= 2 * month;
  else if (of.index % 40 == 7) { // some share one moment, written in many ways
    seconds = newest_contact - 3'600;
    nanoseconds = 0;
    seconds -= seconds % 60;
  }
  seconds += with_.contact_shift;
  if (!as.seconds)
    seconds -= seconds % 60;
  nanoseconds -= nanoseconds % power_of_ten(9 - as.fraction);
  return {seconds, nanoseconds, write(seconds, nanoseconds, as)};
}

std::string fleet::no_contacts(std::size_t index) const {
  constexpr std::array<std::string_view, 6> never{
      R"("nodetonode":{"status":0,"lastUpdate":"never"},"realservice":{"status":0,"lastUpdate":"never"})",
      R"("nodetonode":{"status":1},"realservice":null)",
      R"("nodetonode":{"lastUpdate":1604584627},"realservice":{"lastUpdate":null})",
      R"("nodetonode":"2020-11-05T13:57:07Z","realservice":[])",
      R"("nodetonode":{"lastUpdate":"yesterday"},"realservice":{"lastUpdate":""})",
      R"("status":"never seen")"};
  return std::string{never[index % never.size()]};
}

std::string fleet::contacts(const entry& of) const {
  if (of.what == kind::never)
    return no_contacts(of.index);
  const auto random = hash(of.index, 22);
  const auto latest = last_contact(of);
  const auto older = write(latest.seconds - 1 - static_cast<std::int64_t>(random % (2 * month)), 0,
                           forms[(random >> 40) % forms.size()]);
  const std::string known = R"({"status":0,"lastUpdate":")" + latest.text + "\"}";
  const std::array<std::string, 6> others{R"({"status":1,"lastUpdate":")" + older + "\"}",
                                          R"({"status":0,"lastUpdate":"never"})",
                                          R"({"status":1,"lastUpdate":")" + older + "\"}",
                                          R"({"status":1})",
                                          "null",
                                          R"({"status":1,"lastUpdate":17})"};
  const auto& other = others[(random >> 20) % others.size()];
  const bool swapped = (random >> 32) % 2 == 0;
  return R"("nodetonode":)" + (swapped ? other : known) + R"(,"realservice":)"
         + (swapped ? known : other);
}

std::string fleet::identity(const entry& of, bool as_device) const {
  const auto random = hash(of.index, 23);
  const auto serial = plain_serial(of.index);
  std::string uid;
  for (std::size_t i = 0; i < serial.size(); i += 2)
    uid += (i ? ":" : "") + serial.substr(i, 2);
  for (auto& c : uid)
    c = static_cast<char>(c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);
  // A duplicate has an id of its own, so that a reader who keeps the wrong one is found out.
  const auto number = std::to_string(of.index + (of.what == kind::duplicate ? 20'000'001 : 1));
  const auto id = random % 17 == 0 ? number : "\"" + number + "\"";
  const std::string group = random % 19 == 0  ? "null"
                            : random % 3 == 0 ? R"("Rogers \u2013 \"West\"")"
                                              : "\"FIS\"";
  const std::string type = random % 5 == 0 ? "\"xr2000\"" : "\"xr_pi\"";
  const auto key = [&](const char* hawkeyes, const char* ours) {
    return std::string{"\""} + (as_device ? ours : hawkeyes) + "\":";
  };
  return key("probeId", "probe_id") + id + "," + key("uid", "probe_uid") + "\"" + uid + "\","
         + key("probeGroup", "probe_group") + group + "," + key("typeName", "device_type_name")
         + type;
}

std::string fleet::probe(const entry& of) const {
  if (of.what == kind::malformed) {
    constexpr std::array<std::string_view, 4> malformed{
        R"({"serialNumber":{"of":"a list"},"nodetonode":{"lastUpdate":"2020-11-05T13:57:07Z"}})",
        "42", R"("probe")", R"([{"serialNumber":"B827EB000000"}])"};
    return std::string{malformed[of.index % malformed.size()]};
  }
  std::string serial = R"("serialNumber":")" + serial_number(of.index) + "\",";
  if (of.what == kind::no_serial) {
    constexpr std::array<std::string_view, 4> nothing{
        "", R"("serialNumber":null,)", R"("serialNumber":"",)", R"("serialNumber":" \t ",)"};
    serial = nothing[of.index % nothing.size()];
  }
  const auto random = hash(of.index, 24);
  const auto filler = print(
      R"("probeName":"Branch %u / floor %u","description":"Probe behind the branch router, rack %u, installed by field services","hostName":"xr-%06u.example.net","ipAddress":"10.%u.%u.%u","publicIp":"198.51.100.%u","gateway":"10.%u.%u.1","version":"3.5.%u","buildNumber":%u,)",
      static_cast<unsigned>(random % 900), static_cast<unsigned>(random % 40),
      static_cast<unsigned>(random % 77), static_cast<unsigned>(random % 1'000'000),
      static_cast<unsigned>(random % 251), static_cast<unsigned>(random % 241),
      static_cast<unsigned>(random % 239), static_cast<unsigned>(random % 233),
      static_cast<unsigned>(random % 251), static_cast<unsigned>(random % 241),
      static_cast<unsigned>(random % 12), static_cast<unsigned>(random % 99'999));
  constexpr std::string_view tail =
      R"("active":true,"mesh":false,"location":{"latitude":40.7128,"longitude":-74.006,"address":"100 Main Street"},"interfaces":[{"name":"eth0","speed":1000,"duplex":"full","rxErrors":0,"txErrors":0},{"name":"wlan0","speed":null}],"tags":["retail","mpls","backup-lte"],"uptime":1209600,"cpu":{"load":[0.12,0.08,0.05],"cores":4},"memory":{"total":1048576,"free":524288})";
  return "{" + identity(of, false) + "," + serial + filler + contacts(of) + "," + std::string{tail}
         + "}";
}

} // namespace hawkeye::stand_in
