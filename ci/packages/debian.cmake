# Run by CPack when all is in its place and not yet packed: what Debian's policy wants in a .deb.
if(NOT CPACK_GENERATOR STREQUAL "DEB")
  return()
endif()
set(share ${CPACK_TEMPORARY_INSTALL_DIRECTORY}${CPACK_PACKAGING_INSTALL_PREFIX}/share)
set(doc ${share}/doc/kipc)
configure_file(${CPACK_KIPC_PACKAGES}/copyright ${doc}/copyright COPYONLY)
file(REMOVE ${doc}/licences/kipc)  # copyright says where its text is
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)  # of SOURCE_DATE_EPOCH if set
file(WRITE ${doc}/changelog.Debian "kipc (${CPACK_PACKAGE_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}) unstable; \
urgency=medium

  * Built from version ${CPACK_PACKAGE_VERSION}; `kipc version` names the commit.

 -- ${CPACK_PACKAGE_CONTACT}  ${date}
")
execute_process(COMMAND ${CPACK_KIPC_GZIP} -9nf ${doc}/changelog.Debian COMMAND_ERROR_IS_FATAL ANY)
if(CPACK_KIPC_STATIC)
  configure_file(${CPACK_KIPC_PACKAGES}/lintian-overrides ${share}/lintian/overrides/kipc COPYONLY)
endif()
