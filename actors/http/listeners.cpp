#include "actors/http/listeners.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "messages/base/text.hpp"

namespace hawkeye {

owned_socket::owned_socket(owned_socket&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}

owned_socket::~owned_socket() {
  if (fd_ >= 0)
    ::close(fd_);
}

namespace {

using addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

host_port numbers_of(const sockaddr* address, socklen_t size) {
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  if (::getnameinfo(address, size, host.data(), host.size(), port.data(), port.size(),
                    NI_NUMERICHOST | NI_NUMERICSERV)
      != 0)
    return {};
  return {host.data(), whole_number<std::uint16_t>(port.data()).value_or(0)};
}

host_port bound_to(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  auto* const plain = reinterpret_cast<sockaddr*>(&address);
  return ::getsockname(fd, plain, &size) == 0 ? numbers_of(plain, size) : host_port{};
}

/// A listening socket; empty, with errno set, if that fails.
std::optional<listener> listen_at(const addrinfo& at) {
  owned_socket socket{::socket(at.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  const int on = 1;
  const auto set = [&](int level, int name) {
    ::setsockopt(socket.get(), level, name, &on, sizeof on);
  };
  if (socket.get() < 0)
    return {};
  set(SOL_SOCKET, SO_REUSEADDR);
  if (at.ai_family == AF_INET6)
    set(IPPROTO_IPV6, IPV6_V6ONLY);
  if (::bind(socket.get(), at.ai_addr, at.ai_addrlen) != 0
      || ::listen(socket.get(), SOMAXCONN) != 0)
    return {};
  const auto bound = bound_to(socket.get());
  return listener{std::move(socket), to_string(bound), bound.port};
}

std::optional<failure> add_name(std::vector<listener>& to, const std::string& name) {
  const auto refuse = [&](const char* why) {
    return fail("http.listen = \"{}\": the address cannot be listened on: {}", name, why);
  };
  const auto asked = read_host_port(name);
  if (!asked)
    return refuse("right is host:port");
  addrinfo hints{};
  hints.ai_flags = AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const auto port = std::to_string(asked->port);
  if (const int problem = ::getaddrinfo(asked->host.c_str(), port.c_str(), &hints, &found);
      problem != 0)
    return refuse(::gai_strerror(problem));
  const addresses all{found, &::freeaddrinfo};
  // Addresses that this machine does not have are skipped. Some names have an address twice.
  int missing = EADDRNOTAVAIL;
  bool listens = false;
  for (const auto* at = all.get(); at; at = at->ai_next) {
    const auto address = to_string(numbers_of(at->ai_addr, at->ai_addrlen));
    const bool is_known =
        std::any_of(to.begin(), to.end(), [&](const auto& x) { return x.address == address; });
    auto one = is_known ? std::nullopt : listen_at(*at);
    listens = listens || is_known || one;
    if (is_known)
      continue;
    if (one)
      to.push_back(std::move(*one));
    else if (missing = errno; missing != EADDRNOTAVAIL && missing != EAFNOSUPPORT)
      return refuse(std::strerror(missing));
  }
  if (!listens)
    return refuse(std::strerror(missing));
  return {};
}

} // namespace

expected<std::vector<listener>> listen_on(const std::vector<std::string>& names) {
  std::vector<listener> result;
  for (const auto& name : names)
    if (auto why = add_name(result, name))
      return fail(std::move(*why));
  return result;
}

} // namespace hawkeye
