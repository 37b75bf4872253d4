// The readers of foreign bytes, each with what must hold whatever the bytes are. One function a
// reader, one file each; libFuzzer drives them (scripts/fuzz), and replay.cpp plays their corpora
// in every build. A promise that breaks ends the process, as a crash does.
#pragma once

#include <array>
#include <string_view>
#include <utility>

namespace hawkeye::fuzz {

void bridge_reply(std::string_view bytes);
void bruin_reply(std::string_view bytes);
void config(std::string_view bytes);
void admin_request(std::string_view bytes);
void device_page(std::string_view bytes);
void foreign_devices(std::string_view bytes);
void http_input(std::string_view bytes);
void json_text(std::string_view bytes);
void leader_view(std::string_view bytes);
void login_error_hint(std::string_view bytes);
void merge(std::string_view bytes);
void timestamp_text(std::string_view bytes);
void nkey_seed(std::string_view bytes);
void probes_reply(std::string_view bytes);
void rpc_request(std::string_view bytes);
void stored_explanations(std::string_view bytes);
void stored_reports(std::string_view bytes);
void stored_snapshot(std::string_view bytes);
void uri(std::string_view bytes);

using target = void (*)(std::string_view bytes);

/// By the name of its file and of its corpus.
inline constexpr std::array<std::pair<std::string_view, target>, 19> targets{{
    {"bridge_reply", bridge_reply},
    {"bruin_reply", bruin_reply},
    {"config", config},
    {"admin_request", admin_request},
    {"device_page", device_page},
    {"foreign_devices", foreign_devices},
    {"http_input", http_input},
    {"json", json_text},
    {"leader_view", leader_view},
    {"login_error_hint", login_error_hint},
    {"merge", merge},
    {"timestamp", timestamp_text},
    {"nkey_seed", nkey_seed},
    {"probes_reply", probes_reply},
    {"rpc_request", rpc_request},
    {"stored_explanations", stored_explanations},
    {"stored_reports", stored_reports},
    {"stored_snapshot", stored_snapshot},
    {"uri", uri},
}};

/// Null where there is none of that name.
constexpr target find_target(std::string_view name) {
  for (const auto& [known, what] : targets)
    if (known == name)
      return what;
  return nullptr;
}

} // namespace hawkeye::fuzz
