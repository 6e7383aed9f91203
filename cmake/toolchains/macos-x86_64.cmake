# macOS on Intel processors, compiled and linked by zig. Nothing of it can be run here.
set(CMAKE_SYSTEM_NAME Darwin)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(strait_zig_target x86_64-macos.13.0)
set(strait_zig_name macos-x86_64)
include("${CMAKE_CURRENT_LIST_DIR}/zig.cmake")
