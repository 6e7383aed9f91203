# Windows: files, views of them, byte-range locks, events. Windows 7 and newer; nothing newer is linked.
strait_backend(NAME win32
               SYSTEMS Windows
               SOURCES facts.c clock.c errors.c identity.c path.c access.c file.c create.c map.c name.c list.c token.c
                       handover.c section.c gate.c wait.c
               DEFINITIONS _WIN32_WINNT=0x0601 WINVER=0x0601 WIN32_LEAN_AND_MEAN NOMINMAX
               LIBRARIES advapi32)
