// The settings of config.ini, validated and typed. config.ini documents each key.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "messages/base/text.hpp"
#include "messages/base/timestamp.hpp"

namespace hawkeye {

/// The address in `redis.uri` or `redis.payload-uri`: a host and port, a unix socket, or sentinels
/// that are asked for the master. Exactly one of `host`, `socket_path` and `sentinels` is set.
struct redis_address {
  std::string host; ///< a name or an address; without brackets for IPv6
  std::uint16_t port = 6379;
  std::string socket_path;
  std::string user;     ///< for the server and the sentinels; empty: none
  std::string password; ///< for both, too; empty: none; never printed
  int database = 0;
  /// rediss://; a URI with sentinels cannot request TLS.
  bool tls = false;
  /// redis+sentinel://; asked for the master in this order at each connect.
  std::vector<host_port> sentinels{};
  /// The master's name in the sentinels' configuration; empty without sentinels.
  std::string master_name{};
  /// PEM files of redis.tls-ca, redis.tls-cert and redis.tls-key; empty: none.
  std::string tls_ca{}, tls_cert{}, tls_key{};
  friend bool operator==(const redis_address&, const redis_address&) = default;
};

/// The last tokens of the subjects that are derived from nats.subject.
inline constexpr std::array<std::string_view, 5> sibling_subjects{"status", "refresh", "explain",
                                                                  "updated", "leader"};

struct service_settings {
  std::string name = "hawkeye-customer-cache";
  std::string environment = "dev";
};

struct nats_settings {
  std::vector<std::string> servers{"nats://127.0.0.1:4222"};
  std::string user, password, token;     ///< empty: none
  std::string password_file, token_file; ///< the files that `password` and `token` were read from
  std::string credentials_file, nkey_seed_file; ///< empty: none
  std::string tls_ca, tls_cert, tls_key;        ///< PEM files; empty: none
  std::string subject = "hawkeye.customer.cache.get";
  std::string queue = "customer_cache";
  std::size_t max_pending = 65536;

  /// `subject` with its last token replaced by `name`: sibling("updated") is
  /// `hawkeye.customer.cache.updated`.
  std::string sibling(std::string_view name) const {
    return subject.substr(0, subject.rfind('.') + 1) + std::string{name};
  }
  /// True if TLS is configured; it then applies to all servers.
  bool tls() const {
    return !tls_ca.empty() || !tls_cert.empty()
           || std::any_of(servers.begin(), servers.end(),
                          [](const std::string& url) { return url.starts_with("tls://"); });
  }
  /// True if a server's URL has a login. It is sent to all servers, and used instead of `user` and
  /// `token`.
  bool has_login_in_url() const {
    return std::any_of(servers.begin(), servers.end(),
                       [](const std::string& url) { return url.find('@') != url.npos; });
  }
};

struct redis_settings {
  std::string uri = "redis://127.0.0.1:6379/0"; ///< as given; secret
  std::string payload_uri;                      ///< as given; secret; empty: the same as `uri`
  std::string uri_file, payload_uri_file; ///< the files that the two were read from; empty: none
  std::string tls_ca, tls_cert, tls_key;  ///< PEM files for rediss://; empty: none
  redis_address address;                  ///< parsed from `uri`, with the PEM files
  redis_address payload_address;          ///< parsed from `payload_uri`, too
  /// True if a password may be sent over the network without TLS.
  bool allow_plaintext_password = false;
  /// The configuration key that names this address, for messages.
  const char* key_of(const redis_address& x) const {
    return x == address ? "redis.uri" : "redis.payload-uri";
  }
  std::string key = "hawkeye";
  std::chrono::seconds payload_ttl = 300s;
  duration timeout = 2s;
};

struct refresh_settings {
  duration interval = 4h;
  duration jitter = 1min;
  duration retry_min = 5s, retry_max = 5min;
  std::size_t alert_after_attempts = 10;
  duration deadline = 60min;
  duration max_stale = 24h; ///< 0: no carry-over
  std::size_t guard_min_devices = 3;
  unsigned guard_max_drop = 10; ///< per cent; 100: off
  duration guard_confirm_after = 10min;
};

struct hawkeye_settings {
  std::string subject = "hawkeye.probe.request";
  duration timeout = 120s;
};

struct bruin_settings {
  std::string client_info_subject = "bruin.customer.get.info";
  std::string management_status_subject = "bruin.inventory.management.status";
  duration timeout = 90s;
  std::size_t concurrency = 64;
  std::size_t attempts = 3;
  std::vector<std::string> monitored_statuses{"Pending", "Active – Gold Monitoring",
                                              "Active – Platinum Monitoring"};
};

struct notifier_settings {
  std::string slack_subject = "notification.slack.request"; ///< empty: off
  std::string email_subject = "notification.email.request"; ///< empty: off
  std::string email_recipient;                              ///< empty: no e-mail
};

struct http_settings {
  /// host:port each; a name means all its addresses; empty: off.
  std::vector<std::string> listen{"127.0.0.1:5000"};
};

struct log_settings {
  std::string level = "info";
  std::string format = "text";
};

struct settings {
  service_settings service;
  nats_settings nats;
  redis_settings redis;
  refresh_settings refresh;
  hawkeye_settings hawkeye;
  bruin_settings bruin;
  notifier_settings notifier;
  http_settings http;
  log_settings log;

  std::string config_file; ///< the file that was read; empty: none
  /// The source of each `section.key` that is not a default: "config.ini:12", "command line",
  /// "environment variable NATS_SERVER1".
  std::map<std::string, std::string> sources;
  /// Environment variables that are not used, each with the reason.
  std::vector<std::string> overruled;
};

} // namespace hawkeye
