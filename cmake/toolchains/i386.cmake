# 32-bit x86, run by the 64-bit kernel as it is.
set(CMAKE_C_COMPILER gcc)
set(CMAKE_CXX_COMPILER g++)
set(CMAKE_C_FLAGS_INIT -m32)
set(CMAKE_CXX_FLAGS_INIT -m32)

get_filename_component(strait_source "${CMAKE_CURRENT_LIST_DIR}/../.." ABSOLUTE)
set(STRAIT_DEPS_DIR "${strait_source}/build/deps/i386" CACHE PATH "Test libraries for 32-bit x86")
