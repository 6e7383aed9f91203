# FreeBSD on x86-64, compiled and linked by zig. Nothing of it can be run here.
set(CMAKE_SYSTEM_NAME FreeBSD)
set(CMAKE_SYSTEM_PROCESSOR amd64)
set(strait_zig_target x86_64-freebsd)
set(strait_zig_name freebsd)
include("${CMAKE_CURRENT_LIST_DIR}/zig.cmake")
