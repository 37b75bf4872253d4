# What is installed where, and the Debian package made of it by `cpack` (scripts/package).
set(PACKAGING "${CMAKE_CURRENT_SOURCE_DIR}/packaging")
set(PACKED "${CMAKE_CURRENT_BINARY_DIR}/packed") # what is made only to be packed
set(DOC_DIR ${CMAKE_INSTALL_DATAROOTDIR}/doc/${PROJECT_NAME})
file(MAKE_DIRECTORY "${PACKED}")
configure_file("${PACKAGING}/debian/changelog" "${PACKED}/changelog.Debian" @ONLY)

# As Debian wants it: compressed best, without a time in it. -> NAME.gz in ${PACKED}.
function(gzipped from name)
  add_custom_command(OUTPUT "${PACKED}/${name}.gz" DEPENDS "${from}" VERBATIM
    COMMAND sh -c "gzip -9nc \"$1\" >\"$2\"" sh "${from}" "${PACKED}/${name}.gz")
endfunction()
gzipped("${CMAKE_CURRENT_SOURCE_DIR}/CHANGELOG.md" changelog)
gzipped("${PACKED}/changelog.Debian" changelog.Debian)
gzipped("${PACKAGING}/man/hawkeye-customer-cache.1" hawkeye-customer-cache.1)
set(completion "${PACKAGING}/bash-completion")
add_custom_command(OUTPUT "${PACKED}/completion" VERBATIM
  DEPENDS config.ini "${completion}/make" "${completion}/hawkeye-customer-cache.in"
  COMMAND sh -c "\"$1\" \"$2\" \"$3\" >\"$4\"" sh "${completion}/make" "${CMAKE_CURRENT_SOURCE_DIR}/config.ini"
    "${completion}/hawkeye-customer-cache.in" "${PACKED}/completion")
add_custom_target(packed ALL DEPENDS "${PACKED}/changelog.gz" "${PACKED}/changelog.Debian.gz"
  "${PACKED}/hawkeye-customer-cache.1.gz" "${PACKED}/completion")

install(TARGETS hawkeye-customer-cache RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES config.ini DESTINATION /etc/${PROJECT_NAME})
install(DIRECTORY DESTINATION /etc/${PROJECT_NAME}/secrets DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
install(FILES "${PACKAGING}/systemd/hawkeye-customer-cache.service" DESTINATION /lib/systemd/system)
install(FILES "${PACKED}/hawkeye-customer-cache.1.gz" DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES "${PACKED}/completion" DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/bash-completion/completions
  RENAME hawkeye-customer-cache)
install(FILES "${PACKAGING}/debian/copyright" "${PACKED}/changelog.gz" "${PACKED}/changelog.Debian.gz" README.md docs/architecture.md
  docs/clients.md docs/migration.md docs/operations.md docs/security.md DESTINATION ${DOC_DIR})
file(GLOB client_programs docs/clients/devices.*)
install(FILES ${client_programs} DESTINATION ${DOC_DIR}/clients)
install(FILES "${PACKAGING}/debian/lintian-overrides" DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/lintian/overrides
  RENAME ${PROJECT_NAME})
install(DIRECTORY "${PACKAGING}/prometheus" "${PACKAGING}/grafana" "${PACKAGING}/kubernetes" "${PACKAGING}/nats" "${PACKAGING}/redis"
  DESTINATION ${DOC_DIR}/examples PATTERN "*.test.yml" EXCLUDE)
# After the binary is where it goes, and is what it will be.
install(CODE "execute_process(COMMAND \"${CMAKE_CURRENT_SOURCE_DIR}/scripts/sbom\" \"${CMAKE_CURRENT_BINARY_DIR}\"
  OUTPUT_FILE \"${PACKED}/sbom.spdx.json\" COMMAND_ERROR_IS_FATAL ANY)")
install(FILES "${PACKED}/sbom.spdx.json" DESTINATION ${DOC_DIR})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_VENDOR "hawkeye-customer-cache maintainers")
set(CPACK_PACKAGE_CONTACT "hawkeye-customer-cache maintainers <maintainers@hawkeye-customer-cache.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "answers over NATS which Hawkeye probes belong to which customers")
set(CPACK_PACKAGE_DESCRIPTION
"Every four hours the service crosses the probes that Hawkeye knows with the
customers that Bruin knows, keeps the result in Redis, and answers over NATS at
once which devices, of which customers, were last contacted after a moment.
A bad day of the systems it asks does not shrink its answer.
.
It comes with a client for the terminal and a hardened systemd unit. NATS and
Redis can be on other machines.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
  WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "nats-server, redis-server")
file(WRITE "${PACKED}/conffiles" "/etc/${PROJECT_NAME}/config.ini\n")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA "${PACKED}/conffiles" "${PACKAGING}/debian/postinst" "${PACKAGING}/debian/prerm"
  "${PACKAGING}/debian/postrm")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON) # cpack packs what was built, and builds nothing
include(CPack)
