# POSIX shared memory, in two halves. The files in this folder are Linux's: /dev/shm, O_TMPFILE, open file description
# locks, futexes, membarrier. Those in portable/ need no more than shm_open and flock; they are what macOS and the BSDs
# get, and Linux on request (-DSTRAIT_POSIX_PORTABLE=ON), which is how they are tested. What one system alone has
# is one small file there (wait_*.c) and one in src/unix (process_*.c).
if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
    option(STRAIT_POSIX_PORTABLE "Use the half of the posix back end that other systems get (to test it on Linux)" OFF)
    set(strait_posix_portable ${STRAIT_POSIX_PORTABLE})
else()
    set(strait_posix_portable ON)
endif()

if(strait_posix_portable)
    set(STRAIT_POSIX_SIDE_DIRECTORY "/var/tmp/strait" CACHE STRING
        "Where names and tokens lie on systems other than Linux; the same for all programs that share segments")
    set(strait_posix_definitions "STRAIT_POSIX_SIDE_DIRECTORY=\"${STRAIT_POSIX_SIDE_DIRECTORY}\""
        "STRAIT_POSIX_SYSTEM=\"${CMAKE_SYSTEM_NAME}\"")
    set(strait_posix_wait wait_none.c)
    set(strait_posix_exact true)
    set(strait_posix_memory "the system (shared memory)")
    set(strait_posix_libraries "")
    if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
        list(APPEND strait_posix_definitions _GNU_SOURCE _FILE_OFFSET_BITS=64 _TIME_BITS=64
             STRAIT_POSIX_HAVE_FALLOCATE)
        set(strait_posix_memory "/dev/shm")
    elseif(CMAKE_SYSTEM_NAME STREQUAL "Darwin")
        list(APPEND strait_posix_definitions _DARWIN_C_SOURCE)
        set(strait_posix_wait wait_darwin.c)
        set(strait_posix_exact false) # sizes of shared memory are rounded up to pages
    elseif(CMAKE_SYSTEM_NAME STREQUAL "FreeBSD")
        list(APPEND strait_posix_definitions STRAIT_POSIX_HAVE_FALLOCATE)
        set(strait_posix_wait wait_freebsd.c)
    elseif(CMAKE_SYSTEM_NAME STREQUAL "NetBSD")
        list(APPEND strait_posix_definitions _NETBSD_SOURCE STRAIT_POSIX_HAVE_FALLOCATE)
        set(strait_posix_libraries rt)
    elseif(CMAKE_SYSTEM_NAME STREQUAL "OpenBSD")
        set(strait_posix_wait wait_openbsd.c)
    endif()
    list(APPEND strait_posix_definitions "STRAIT_POSIX_SIZE_IS_EXACT=${strait_posix_exact}"
         "STRAIT_POSIX_SHARED_MEMORY=\"${strait_posix_memory}\"")
    set(strait_posix_sources side.c object.c record.c life.c token.c create.c map.c name.c list.c status.c facts.c wait.c
        ${strait_posix_wait})
    list(TRANSFORM strait_posix_sources PREPEND portable/)
    strait_backend(NAME posix
                   SYSTEMS Linux Darwin FreeBSD NetBSD OpenBSD
                   SOURCES ${strait_posix_sources}
                   UNIX_SOURCES clock.c children.c errors.c fork.c identity.c
                   DEFINITIONS ${strait_posix_definitions}
                   LIBRARIES ${strait_posix_libraries}
                   TESTS portable)
else()
    strait_backend(NAME posix
                   SYSTEMS Linux
                   SOURCES facts.c path.c map.c create.c name.c handover.c list.c token.c wait.c
                   UNIX_SOURCES clock.c errors.c fork.c identity.c
                   DEFINITIONS _GNU_SOURCE _FILE_OFFSET_BITS=64 _TIME_BITS=64
                   TESTS posix NOT_TESTS portable)
endif()
