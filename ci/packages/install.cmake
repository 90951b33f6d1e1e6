# What `cmake --install` puts where, after GNUInstallDirs, and the packages that CPack makes of it: a .deb and a tarball.
include(GNUInstallDirs)

install(TARGETS kipc)

set(made ${PROJECT_BINARY_DIR}/made)
find_program(KIPC_GZIP gzip REQUIRED)
if(CMAKE_CROSSCOMPILING)
  message(STATUS "Installs no manual page and no completions: kipc writes them, and does not run here")
else()
  # kipc writes its own manual page and completions, so that they cannot tell of other options than it has.
  install(CODE "
    set(KIPC \"$<TARGET_FILE:kipc>\")
    set(GZIP \"${KIPC_GZIP}\")
    set(OUTPUT_DIR \"${made}\")
    include(\"${CMAKE_CURRENT_LIST_DIR}/made.cmake\")")
  install(FILES ${made}/kipc.1.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  install(FILES ${made}/kipc DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
  install(FILES ${made}/kipc.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
  install(FILES ${made}/_kipc DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
endif()

# Cases name their schema by its place, so they keep their folders.
install(DIRECTORY cases ci/templates DESTINATION ${CMAKE_INSTALL_DATADIR}/kipc USE_SOURCE_PERMISSIONS)
install(FILES reports/report.schema.json DESTINATION ${CMAKE_INSTALL_DATADIR}/kipc)
install(FILES README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR}/licences RENAME kipc)

if(KIPC_STATIC)
  # The licences of what is inside the binary, as the distribution it was built on tells them.
  execute_process(COMMAND ${CMAKE_CXX_COMPILER} -print-file-name=libc.a
    OUTPUT_VARIABLE libc_archive OUTPUT_STRIP_TRAILING_WHITESPACE)
  execute_process(COMMAND ${CMAKE_CXX_COMPILER} -print-file-name=libstdc++.a
    OUTPUT_VARIABLE libstdcxx_archive OUTPUT_STRIP_TRAILING_WHITESPACE)
  set(inside ${libc_archive} ${libstdcxx_archive} ${KIPC_SECCOMP_ARCHIVE} ${KIPC_ZLIB_ARCHIVE})
  if(KIPC_BPF)
    list(APPEND inside ${KIPC_BPF_LIBRARIES})
  endif()
  if(KIPC_WITH_SQLITE)
    list(APPEND inside ${KIPC_SQLITE_ARCHIVE})
  endif()
  # What is all in headers is found by one of them.
  foreach(header CLI/CLI.hpp fmt/format.h nlohmann/json.hpp tl/expected.hpp)
    find_file(KIPC_HEADER_${header} ${header} NO_CACHE REQUIRED)
    list(APPEND inside ${KIPC_HEADER_${header}})
  endforeach()
  install(CODE "
    set(INSIDE \"${inside}\")
    set(OUTPUT_DIR \"${made}/licences\")
    include(\"${CMAKE_CURRENT_LIST_DIR}/licences.cmake\")")
  install(DIRECTORY ${made}/licences DESTINATION ${CMAKE_INSTALL_DOCDIR})
endif()

# --- Packages -------------------------------------------------------------------------------------------------------

set(CPACK_GENERATOR DEB TGZ)
set(CPACK_PACKAGE_VENDOR "the kipc developers")
set(CPACK_PACKAGE_CONTACT "kipc developers <kipc@packages.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Conformance harness for inter-process communication of the kernel")
set(CPACK_PACKAGE_DESCRIPTION "kipc tells whether a platform keeps the promises that POSIX and the Linux
manual pages make on inter-process communication: pipes, FIFOs, message
queues, semaphores, shared memory, futexes, sockets, signals, descriptors
and locks. It puts them to the test with real processes, and says PASS, or
FAIL with the trace, what was expected, what came, and the clause.")
set(CPACK_PACKAGE_FILE_NAME kipc-${PROJECT_VERSION}-linux-${CMAKE_SYSTEM_PROCESSOR})
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_STRIP_FILES OFF)  # the linker has

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
# A static binary needs nothing; of a dynamic one dpkg-shlibdeps says what it needs.
if(NOT KIPC_STATIC)
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
endif()
# What Debian's policy wants in a package, and nobody else.
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/debian.cmake)
set(CPACK_KIPC_PACKAGES ${CMAKE_CURRENT_LIST_DIR})
set(CPACK_KIPC_STATIC ${KIPC_STATIC})
set(CPACK_KIPC_GZIP ${KIPC_GZIP})
set(CPACK_PROJECT_CONFIG_FILE ${CMAKE_CURRENT_LIST_DIR}/generator.cmake)
include(CPack)
