# What makes a mistake in memory harder to exploit, in the builds that are shipped (docs/security.md). Not with sanitizers: they look
# for the same mistakes themselves, and fortified calls would pass them by. Not for tests, which are compiled without optimization.
add_library(hardening INTERFACE)
if(CMAKE_BUILD_TYPE MATCHES "^(RelWithDebInfo|Release)$" AND NOT CMAKE_CXX_FLAGS MATCHES "-fsanitize")
  set(HARDENED ON)
  # -U first: a compiler that defines another level by itself would warn. SHELL: keeps the two together.
  target_compile_options(hardening INTERFACE "SHELL:-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3"
    -fPIE -fstack-protector-strong -fstack-clash-protection)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|amd64|AMD64)$")
    target_compile_options(hardening INTERFACE -fcf-protection)
  endif()
  target_link_options(hardening INTERFACE -pie -Wl,-z,relro -Wl,-z,now)
endif()
