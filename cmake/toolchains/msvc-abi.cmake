# Windows with Microsoft's binary interface, without Microsoft's tools: clang for that target, Wine's headers, lld-link,
# the import library of the system's own C library (ucrtbase.dll), and a start of our own (msvc_start.c), since what a
# program begins with is part of Microsoft's libraries. C only; there is no libuv for it, so the behaviour suite is not
# built; the programs run under Wine.
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_C_COMPILER clang-19)
set(CMAKE_C_COMPILER_TARGET x86_64-pc-windows-msvc)
set(CMAKE_AR llvm-ar-19 CACHE FILEPATH "")
set(CMAKE_RC_COMPILER x86_64-w64-mingw32-windres)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_MSVC_RUNTIME_LIBRARY "")
set(STRAIT_CXX OFF)

get_filename_component(strait_source "${CMAKE_CURRENT_LIST_DIR}/../.." ABSOLUTE)
set(wine /usr/include/wine/wine)
# Frames are not probed page by page (the probe is in Microsoft's library): the whole stack is there from the start.
set(CMAKE_C_FLAGS_INIT "-fms-compatibility-version=19.38 -mno-stack-arg-probe -isystem ${wine}/msvcrt -isystem ${wine}/windows -D_UCRT -D_MT -D_CRT_SECURE_NO_WARNINGS")
set(CMAKE_C_STANDARD_LIBRARIES "-lstart -lucrtbase -lkernel32 -ladvapi32" CACHE STRING "" FORCE)
set(libraries "-Xlinker /libpath:${strait_source}/build/deps/msvc-abi/lib")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-nostdlib ${libraries} -Xlinker /entry:strait_start -Xlinker /subsystem:console -Xlinker /stack:2097152,2097152")
set(CMAKE_SHARED_LINKER_FLAGS_INIT "-nostdlib ${libraries} -Xlinker /entry:strait_start_dll -lstart_dll")
if(NOT CMAKE_HOST_WIN32)
    set(CMAKE_CROSSCOMPILING_EMULATOR "${strait_source}/scripts/wine.sh")
endif()
set(STRAIT_DEPS_DIR "${strait_source}/build/deps/msvc-abi" CACHE PATH "Test libraries for Microsoft's binary interface")
