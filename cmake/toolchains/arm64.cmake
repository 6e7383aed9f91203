# 64-bit ARM on another machine: clang and lld with Debian's cross libraries (its cross gcc and gcc-multilib
# exclude each other), run by qemu. Programs are static, so that they start without a sysroot; tests that
# start others find the emulator in STRAIT_TEST_EMULATOR.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER clang-19)
set(CMAKE_C_COMPILER_TARGET aarch64-linux-gnu)
set(CMAKE_C_FLAGS_INIT "-isystem /usr/aarch64-linux-gnu/include")
file(GLOB strait_gcc "/usr/lib/gcc-cross/aarch64-linux-gnu/*")
set(strait_link "-fuse-ld=lld -B/usr/aarch64-linux-gnu/lib -L/usr/aarch64-linux-gnu/lib")
foreach(folder IN LISTS strait_gcc)
    string(APPEND strait_link " -B${folder} -L${folder}")
endforeach()
set(CMAKE_EXE_LINKER_FLAGS_INIT "${strait_link} -static")
set(CMAKE_SHARED_LINKER_FLAGS_INIT "${strait_link}")
set(CMAKE_CROSSCOMPILING_EMULATOR /usr/bin/qemu-aarch64-static)
set(CMAKE_FIND_ROOT_PATH /usr/aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(STRAIT_CXX OFF)

get_filename_component(strait_source "${CMAKE_CURRENT_LIST_DIR}/../.." ABSOLUTE)
set(STRAIT_DEPS_DIR "${strait_source}/build/deps/arm64" CACHE PATH "Test libraries for 64-bit ARM")
