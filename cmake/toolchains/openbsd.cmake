# OpenBSD on x86-64, compiled and linked by zig. Nothing of it can be run here.
set(CMAKE_SYSTEM_NAME OpenBSD)
set(CMAKE_SYSTEM_PROCESSOR amd64)
set(strait_zig_target x86_64-openbsd)
set(strait_zig_name openbsd)
include("${CMAKE_CURRENT_LIST_DIR}/zig.cmake")
