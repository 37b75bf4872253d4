// Everything that config.ini says, checked and typed. config.ini is the manual
// of each key.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "messages/base/text.hpp"
#include "messages/base/timestamp.hpp"

namespace hawkeye {

/// How Redis is reached, as one of `redis.uri` and `redis.payload-uri` says it: by host and port,
/// by a unix socket, or by asking sentinels where the master is. Exactly one of `host`,
/// `socket_path` and `sentinels` is set.
struct redis_address {
  std::string host; ///< a name or an address; without brackets for IPv6
  std::uint16_t port = 6379;
  std::string socket_path;
  std::string user;     ///< empty: none. Of the server, and of the sentinels
  std::string password; ///< empty: none; never printed. Likewise
  int database = 0;
  /// rediss://: TLS, which the URI of sentinels cannot ask for.
  bool tls = false;
  /// redis+sentinel://: asked for the master in this order, at each connect.
  std::vector<host_port> sentinels{};
  std::string master_name{}; ///< by which the sentinels know it; empty without sentinels
  /// PEM files of redis.tls-ca, redis.tls-cert and redis.tls-key; empty: none.
  std::string tls_ca{}, tls_cert{}, tls_key{};
  friend bool operator==(const redis_address&, const redis_address&) = default;
};

struct service_settings {
  std::string name = "hawkeye-customer-cache";
  std::string environment = "dev";
};

struct nats_settings {
  std::vector<std::string> servers{"nats://127.0.0.1:4222"};
  std::string user, password, token;            ///< empty: none
  std::string password_file, token_file;        ///< where `password` and `token` were read from
  std::string credentials_file, nkey_seed_file; ///< empty: none
  std::string tls_ca, tls_cert, tls_key;        ///< PEM files; empty: none
  std::string subject = "hawkeye.customer.cache.get";
  std::string queue = "customer_cache";
  std::size_t max_pending = 65536;

  /// The subject beside `subject` that ends in `name`: sibling("updated") is
  /// `hawkeye.customer.cache.updated`.
  std::string sibling(std::string_view name) const;
  /// Whether TLS is asked for; then for all servers.
  bool tls() const;
};

struct redis_settings {
  std::string uri = "redis://127.0.0.1:6379/0"; ///< as given; secret
  std::string payload_uri;                      ///< as given; secret; empty: the same as `uri`
  std::string uri_file, payload_uri_file;       ///< where the two were read from; empty: from none
  std::string tls_ca, tls_cert, tls_key;        ///< PEM files for rediss://; empty: none
  redis_address address;                        ///< of `uri`, with the PEM files
  redis_address payload_address;                ///< of `payload_uri`, likewise
  /// A password may cross the network as it is.
  bool allow_plaintext_password = false;
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
  /// host:port each, where a name stands for all its addresses; none: off.
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

  /// Where each `section.key` that is no default was given: "config.ini:12", "command line",
  /// "environment variable NATS_SERVER1".
  std::map<std::string, std::string> sources;
  /// Environment variables that do not count, and what stands above each.
  std::vector<std::string> overruled;
};

} // namespace hawkeye
