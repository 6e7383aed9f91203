# System V shared memory and semaphores. Any Unix that has them; what it has besides is probed for.
set(strait_sysv_definitions _DEFAULT_SOURCE "STRAIT_SYSV_SYSTEM=\"${CMAKE_SYSTEM_NAME}\"")
if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
    list(APPEND strait_sysv_definitions _GNU_SOURCE _FILE_OFFSET_BITS=64 _TIME_BITS=64)
elseif(CMAKE_SYSTEM_NAME STREQUAL "Darwin")
    list(APPEND strait_sysv_definitions _DARWIN_C_SOURCE)
elseif(CMAKE_SYSTEM_NAME STREQUAL "FreeBSD")
    list(APPEND strait_sysv_definitions _WANT_SYSVSHM_INTERNALS _WANT_SYSVSEM_INTERNALS) # struct shminfo, seminfo
endif()

# The probes only for the back end that is built, or may be.
if(UNIX AND (STRAIT_BACKEND STREQUAL "sysv" OR NOT CMAKE_SYSTEM_NAME STREQUAL "Linux"))
    include(CheckStructHasMember)
    include(CheckSymbolExists)
    include(CheckSourceCompiles)
    set(CMAKE_REQUIRED_DEFINITIONS ${strait_sysv_definitions})
    list(TRANSFORM CMAKE_REQUIRED_DEFINITIONS PREPEND "-D")
    foreach(field __key key _key)
        check_struct_has_member("struct ipc_perm" ${field} "sys/types.h;sys/ipc.h" STRAIT_SYSV_KEY_IS_${field})
        if(STRAIT_SYSV_KEY_IS_${field})
            list(APPEND strait_sysv_definitions "STRAIT_SYSV_KEY_FIELD=${field}")
            break()
        endif()
    endforeach()
    check_symbol_exists(semtimedop "sys/types.h;sys/sem.h" STRAIT_SYSV_HAVE_SEMTIMEDOP)
    check_symbol_exists(getrandom "sys/random.h" STRAIT_SYSV_HAVE_GETRANDOM)
    check_source_compiles(C "#include <linux/membarrier.h>
                             #include <sys/syscall.h>
                             int main(void) { return SYS_membarrier + MEMBARRIER_CMD_GLOBAL_EXPEDITED; }"
                          STRAIT_SYSV_HAVE_MEMBARRIER)
    foreach(found SEMTIMEDOP GETRANDOM MEMBARRIER)
        if(STRAIT_SYSV_HAVE_${found})
            list(APPEND strait_sysv_definitions STRAIT_SYSV_HAVE_${found})
        endif()
    endforeach()
    unset(CMAKE_REQUIRED_DEFINITIONS)
endif()

strait_backend(NAME sysv
               SYSTEMS Linux Darwin FreeBSD NetBSD OpenBSD DragonFly SunOS AIX
               DEFAULT_ON none
               SOURCES facts.c key.c attach.c find.c open.c create.c publish.c name.c clear.c semaphore.c set.c set_make.c token.c process.c
                       status.c list.c limits.c wait.c
               UNIX_SOURCES clock.c errors.c fork.c identity.c
               DEFINITIONS ${strait_sysv_definitions})
