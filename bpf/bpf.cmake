# Compiles bpf/*.bpf.c to skeleton headers. Sets KIPC_BPF, and KIPC_BPF_LIBRARIES: what a user of the skeletons links.

set(missing)
find_program(KIPC_BPF_CLANG NAMES clang clang-21 clang-19 clang-14)
find_program(KIPC_BPFTOOL bpftool PATHS /usr/sbin /sbin)
find_path(KIPC_BPF_INCLUDE bpf/libbpf.h)
set(KIPC_BPF_LIBRARIES)
if(KIPC_STATIC)
  set(suffix .a)
else()
  set(suffix .so)
endif()
foreach(library bpf elf z)
  find_library(KIPC_BPF_${library} NAMES lib${library}${suffix})
  list(APPEND KIPC_BPF_LIBRARIES ${KIPC_BPF_${library}})
  if(NOT KIPC_BPF_${library})
    list(APPEND missing lib${library}${suffix})
  endif()
endforeach()
if(KIPC_STATIC AND NOT missing)
  # From 0.189 on libelf unpacks with it.
  find_library(KIPC_BPF_zstd NAMES libzstd.a)
  if(KIPC_BPF_zstd)
    list(APPEND KIPC_BPF_LIBRARIES ${KIPC_BPF_zstd})
  endif()
  # The static libelf of Debian 13 (elfutils 0.192) calls eu_tsearch() and three more, which no archive there has.
  include(CheckCXXSourceCompiles)
  set(CMAKE_REQUIRED_INCLUDES ${KIPC_BPF_INCLUDE})
  set(CMAKE_REQUIRED_LIBRARIES ${KIPC_BPF_LIBRARIES})
  set(CMAKE_REQUIRED_LINK_OPTIONS -static)
  check_cxx_source_compiles("
    #include <bpf/libbpf.h>
    int main() { return bpf_object__open(nullptr) != nullptr; }" KIPC_BPF_STATIC_WORKS)
  unset(CMAKE_REQUIRED_INCLUDES)
  unset(CMAKE_REQUIRED_LIBRARIES)
  unset(CMAKE_REQUIRED_LINK_OPTIONS)
  if(NOT KIPC_BPF_STATIC_WORKS)
    list(APPEND missing "libbpf.a and libelf.a that link (the preset dynamic needs none)")
  endif()
endif()
if(NOT KIPC_BPF_CLANG)
  list(APPEND missing clang)
endif()
if(NOT KIPC_BPFTOOL)
  list(APPEND missing bpftool)
endif()
if(NOT KIPC_BPF_INCLUDE)
  list(APPEND missing libbpf-dev)
endif()
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|amd64|AMD64)$")
  set(bpf_arch x86)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
  set(bpf_arch arm64)
else()
  list(APPEND missing "a processor the programs know (x86-64, arm64)")
endif()

if(missing)
  list(JOIN missing ", " missing)
  if(KIPC_BPF_WANTED STREQUAL "AUTO")
    message(STATUS "Without eBPF probes: no ${missing}")
    return()
  endif()
  message(FATAL_ERROR "KIPC_BPF_WANTED is ON, but there is no ${missing}")
endif()
set(KIPC_BPF ON)

set(skeletons)
file(GLOB programs CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/bpf/*.bpf.c)
file(GLOB headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/bpf/*.h)
file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/bpf)
foreach(program IN LISTS programs)
  get_filename_component(name ${program} NAME_WE)
  set(object ${PROJECT_BINARY_DIR}/bpf/${name}.bpf.o)
  set(skeleton ${PROJECT_BINARY_DIR}/bpf/${name}.skel.h)
  # -g makes the BTF that libbpf moves accesses by; bpftool leaves the rest of the debugging information behind. The
  # kernel's headers for the machine lie in a folder that clang does not know when it compiles for BPF.
  add_custom_command(
    OUTPUT ${skeleton}
    COMMAND ${KIPC_BPF_CLANG} -target bpf -D__TARGET_ARCH_${bpf_arch} -O2 -g -Wall -Wextra -Werror
            -Wno-unused-parameter $<$<BOOL:${CMAKE_LIBRARY_ARCHITECTURE}>:-I/usr/include/${CMAKE_LIBRARY_ARCHITECTURE}>
            -c ${program} -o ${object}.full
    COMMAND ${KIPC_BPFTOOL} gen object ${object} ${object}.full
    COMMAND ${KIPC_BPFTOOL} gen skeleton ${object} name ${name} > ${skeleton}
    DEPENDS ${program} ${headers}
    VERBATIM)
  list(APPEND skeletons ${skeleton})
endforeach()
add_custom_target(kipc_skeleton_headers DEPENDS ${skeletons})
add_library(kipc_skeletons INTERFACE)
add_dependencies(kipc_skeletons kipc_skeleton_headers)
