# NetBSD on x86-64, compiled and linked by zig. Nothing of it can be run here.
set(CMAKE_SYSTEM_NAME NetBSD)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(strait_zig_target x86_64-netbsd)
set(strait_zig_name netbsd)
include("${CMAKE_CURRENT_LIST_DIR}/zig.cmake")
