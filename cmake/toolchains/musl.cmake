# musl instead of glibc, by the musl-gcc wrapper. The wrapper hides the system's headers, and with them the
# kernel's; a folder of links to just those is put behind musl's own.
set(CMAKE_C_COMPILER musl-gcc)
set(STRAIT_CXX OFF)

get_filename_component(strait_source "${CMAKE_CURRENT_LIST_DIR}/../.." ABSOLUTE)
set(strait_kernel_headers "${strait_source}/build/deps/musl/kernel-headers")
file(MAKE_DIRECTORY "${strait_kernel_headers}")
execute_process(COMMAND cc -print-multiarch OUTPUT_VARIABLE strait_triple OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
foreach(folder linux asm-generic asm mtd)
    foreach(parent "/usr/include/${strait_triple}" "/usr/include")
        if(EXISTS "${parent}/${folder}" AND NOT EXISTS "${strait_kernel_headers}/${folder}")
            file(CREATE_LINK "${parent}/${folder}" "${strait_kernel_headers}/${folder}" SYMBOLIC)
        endif()
    endforeach()
endforeach()
set(CMAKE_C_FLAGS_INIT "-idirafter ${strait_kernel_headers}")

set(STRAIT_DEPS_DIR "${strait_source}/build/deps/musl" CACHE PATH "Test libraries for musl")
