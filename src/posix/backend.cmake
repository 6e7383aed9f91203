# POSIX shared memory. Written for Linux: /dev/shm, O_TMPFILE, open file description locks, futexes, membarrier.
strait_backend(NAME posix
               SYSTEMS Linux
               SOURCES facts.c path.c map.c create.c name.c handover.c list.c token.c wait.c
               UNIX_SOURCES clock.c errors.c fork.c identity.c
               DEFINITIONS _GNU_SOURCE _FILE_OFFSET_BITS=64 _TIME_BITS=64)
