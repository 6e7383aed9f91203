/* msvc_start.c - how a program and a library begin that are built for Microsoft's binary interface without Microsoft's
 * libraries: thread-local storage, initialisers, the arguments, main. Only for the toolchain msvc-abi.
 */
#include <stdlib.h>
#include <windows.h>

int main(int argc, char **argv);
int __getmainargs(int *argc, char ***argv, char ***environment, int wildcards, int *new_mode);
void strait_start(void);
BOOL WINAPI strait_start_dll(HINSTANCE library, DWORD reason, void *reserved);

int _fltused = 1;

/* The import library of the C library asks its user this, for the functions to be called at the end. */
extern char __mingw_module_is_dll;
#ifdef STRAIT_START_OF_A_LIBRARY
char __mingw_module_is_dll = 1;
#else
char __mingw_module_is_dll = 0;
#endif

/* Thread-local variables: what the linker gathers between these two, and where the system finds that. */
unsigned int _tls_index;
#pragma section(".tls", read, write)
#pragma section(".tls$ZZZ", read, write)
#pragma section(".CRT$XLA", read)
#pragma section(".CRT$XLZ", read)
#pragma section(".rdata$T", read)
__declspec(allocate(".tls")) char _tls_start = 0;
__declspec(allocate(".tls$ZZZ")) char _tls_end = 0;
__declspec(allocate(".CRT$XLA")) PIMAGE_TLS_CALLBACK strait_tls_first = 0;
__declspec(allocate(".CRT$XLZ")) PIMAGE_TLS_CALLBACK strait_tls_last = 0;
__declspec(allocate(".rdata$T")) const IMAGE_TLS_DIRECTORY64 _tls_used = {(ULONGLONG)&_tls_start,
                                                                          (ULONGLONG)&_tls_end,
                                                                          (ULONGLONG)&_tls_index,
                                                                          (ULONGLONG)(&strait_tls_first + 1),
                                                                          0,
                                                                          {0}};
#pragma comment(linker, "/include:_tls_used")

/* Initialisers: functions between these two. */
typedef void initialiser(void);
#pragma section(".CRT$XCA", read)
#pragma section(".CRT$XCZ", read)
__declspec(allocate(".CRT$XCA")) initialiser *strait_first = 0;
__declspec(allocate(".CRT$XCZ")) initialiser *strait_last = 0;

static void initialise(void)
{
    for (initialiser **each = &strait_first + 1; each < &strait_last; each++) {
        if (*each != 0) {
            (*each)();
        }
    }
}

#ifdef STRAIT_START_OF_A_LIBRARY

BOOL WINAPI strait_start_dll(HINSTANCE library, DWORD reason, void *reserved)
{
    (void)library;
    (void)reserved;
    if (reason == DLL_PROCESS_ATTACH) {
        initialise();
    }
    return TRUE;
}

#else

/* Wine's header takes atexit from the C library's DLL, which has it by another name only. */
int _crt_atexit(void (*function)(void));
extern int (*const __imp_atexit)(void (*function)(void));
int (*const __imp_atexit)(void (*function)(void)) = _crt_atexit;

void strait_start(void)
{
    int argc = 0, new_mode = 0;
    char **argv = 0, **environment = 0;
    __getmainargs(&argc, &argv, &environment, 0, &new_mode);
    initialise();
    exit(main(argc, argv));
}

#endif
