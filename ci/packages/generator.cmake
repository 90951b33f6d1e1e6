# Read by CPack for each generator: the .deb lies below /usr, the tarball below its own name.
if(CPACK_GENERATOR STREQUAL "DEB")
  set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
endif()
