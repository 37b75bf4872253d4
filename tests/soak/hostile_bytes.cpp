#include "tests/soak/hostile_bytes.hpp"

#include <cmath>
#include <string_view>

namespace hawkeye::soak {

namespace {

std::string repeated(std::string_view what, std::size_t size) {
  std::string result;
  result.reserve(size + what.size());
  while (result.size() + what.size() <= size)
    result += what;
  return result;
}

std::string around(std::string_view head, std::string_view filling, std::size_t size,
                   std::string_view tail) {
  return std::string{head} + repeated(filling, size) + std::string{tail};
}

/// The longest head and tail below, so that they fit beside their filling.
constexpr std::size_t room = 256;

} // namespace

/// Each power of two is as likely as the next: most are small, most bytes are in large ones.
std::size_t hostile_bytes::size(std::size_t most) {
  auto power = std::uniform_real_distribution<>{0, std::log2(static_cast<double>(most))};
  return static_cast<std::size_t>(std::exp2(power(luck_)));
}

std::string hostile_bytes::noise(std::size_t size) {
  std::string result(size, '\0');
  for (auto& x : result)
    x = static_cast<char>(luck_());
  return result;
}

std::string hostile_bytes::message(std::size_t most) {
  const auto n = size(most - room);
  switch (luck_() % 20) {
  case 0:
    return noise(n);
  case 1:
    return repeated("[", n);
  case 2:
    return around(R"({"request_id":1,"body":)", R"({"body":)", n, "{}");
  case 3:
    return around(R"({"request_id":)", "[", n / 2, "1") + repeated("]", n / 2) + R"(,"body":{}})";
  case 4:
    return around(R"({"request_id":1,"body":{"last_contact_filter":")", "9", n, R"("}})");
  case 5:
    return around(R"({"request_id":1,"body":{"last_contact_filter":"2020-01-01T00:00:00.)", "0", n,
                  R"(Z"}})");
  case 6:
    return around(R"({"request_id":")", "<script>alert(1)</script>", n, R"(","body":{}})");
  case 7:
    return around(R"({"request_id":)", "9", n, R"(,"body":{"last_contact_filter":"9999"}})");
  case 8:
    return around(R"({"request_id":1,"body":{)", R"("a":1,)", n, R"("a":1}})");
  case 9:
    return around("{", R"("body":{},)", n, R"("request_id":1})");
  case 10:
    return around(R"({"request_id":1,"body":{"serial_number":")", "\xC3\xA9", n, R"("}})");
  case 11:
    return around(R"({"request_id":1,"body":{"serial_number":")", R"(\u0000\n\u001b[2J)", n,
                  R"("}})");
  case 12:
    return around(R"({"request_id":")", "\xFF\xFE\xED\xA0\x80\xC0\xAF", n, R"(","body":{}})");
  case 13:
    return around(R"({"request_id":")", R"(\ud800)", n, R"(","body":{}})");
  case 14:
    return around(R"({"request_id":1,"body":{"history":true,"x":[)", "1e999,", n, "1]}}");
  case 15:
    return R"({"is_stored": true, "token": ")" + std::string{"hawkeye:meta"} + "\"}";
  case 16:
    return around(R"({"is_stored": true, "token": ")", "a", n, R"("})");
  case 17:
    return around(R"({"body": [)", R"({"serialNumber":"B827EB000000"},)", n,
                  "1], \"status\": 200}");
  case 18:
    return around("", " \t\r\n", n, R"({"body":{}})");
  default:
    return around(R"({"version":18446744073709551615,"x":")", "\n2026-01-01 [critical] forged ", n,
                  "\"}");
  }
}

std::string hostile_bytes::http() {
  const auto n = size(200'000);
  const std::string end = "\r\n\r\n",
                    post = "POST /api/explain HTTP/1.1\r\nX-Hawkeye-Cache: explain\r\n";
  switch (luck_() % 14) {
  case 0:
    return noise(n);
  case 1:
    return "GET /" + repeated("A", n) + " HTTP/1.1" + end;
  case 2:
    return "GET / HTTP/1.1\r\n" + repeated("X-Filler: some header of no use\r\n", n) + "\r\n";
  case 3:
    return "GET / HTTP/1.1\r\nX-Long: " + repeated("B", n) + end;
  case 4:
    return post + "Content-Length: 18446744073709551615" + end + repeated("C", n);
  case 5:
    return post + "Content-Length: " + std::to_string(n) + end + message(n + 1 + room).substr(0, n);
  case 6:
    return post + "Transfer-Encoding: chunked" + end + "FFFFFFFFFFFFFFFF\r\n" + repeated("D", n);
  case 7:
    return post + "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: "
           + std::to_string(n) + end + repeated("--x\r\n\r\n", n);
  case 8:
    return "GET /api/devices?search=" + repeated("%FF%00%3Cscript%3E", n % 8'000) + " HTTP/1.1"
           + end;
  case 9:
    return "GET /api/devices?" + repeated("size=200&sort=client_name&", n % 8'000) + " HTTP/1.1"
           + end;
  case 10:
    return "GET /api/devices HTTP/1.1\r\nRange: bytes=" + repeated("0-1,", n % 8'000) + "0-" + end;
  case 11:
    return "GET /api/explain/" + repeated("%0a%1b[2J", n % 8'000) + " HTTP/1.1" + end;
  case 12:
    return "GET /../../../../etc/passwd HTTP/1.0" + end;
  default:
    return "CONNECT " + repeated("nats://x ", n) + end;
  }
}

} // namespace hawkeye::soak
