# macOS on ARM processors, compiled and linked by zig. Nothing of it can be run here.
set(CMAKE_SYSTEM_NAME Darwin)
set(CMAKE_SYSTEM_PROCESSOR arm64)
set(strait_zig_target aarch64-macos.13.0)
set(strait_zig_name macos-arm64)
include("${CMAKE_CURRENT_LIST_DIR}/zig.cmake")
