# What all builds by zig's C compiler have in common: it brings headers and link libraries of macOS, FreeBSD,
# NetBSD and OpenBSD along, so programs for them are compiled and linked anywhere. They cannot be run here. A target's own
# file sets CMAKE_SYSTEM_NAME, CMAKE_SYSTEM_PROCESSOR, strait_zig_target and strait_zig_name, and includes this.
set(strait_zig_tools "${CMAKE_CURRENT_LIST_DIR}/zig")
set(CMAKE_C_COMPILER "${strait_zig_tools}/cc")
set(CMAKE_C_COMPILER_TARGET "${strait_zig_target}")
set(CMAKE_AR "${strait_zig_tools}/ar" CACHE FILEPATH "")
set(CMAKE_RANLIB "${strait_zig_tools}/ranlib" CACHE FILEPATH "")
set(CMAKE_FIND_ROOT_PATH "${CMAKE_CURRENT_LIST_DIR}/zig") # nothing of this machine's own
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(STRAIT_CXX OFF)

get_filename_component(strait_source "${CMAKE_CURRENT_LIST_DIR}/../.." ABSOLUTE)
set(STRAIT_DEPS_DIR "${strait_source}/build/deps/${strait_zig_name}" CACHE PATH "Test libraries for this target")
