/* system.h - what tests need of the system beside the library itself: threads, pages, files and folders, who we
 * are. One set of sentences, a file for each family of systems (system_unix.c, system_win32.c), so that
 * no test has to know where it runs.
 */
#ifndef STRAIT_TESTS_SYSTEM_H
#define STRAIT_TESTS_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- processes and threads ------------------------------------------------------------------------------ */

long system_pid(void);

/* The number of the user we act as; 0 where users have none. */
uint32_t system_user(void);

/* Lets others run. */
void system_yield(void);

typedef struct system_thread {
    void *(*run)(void *context);
    void *context, *result;
    uintptr_t handle;
} system_thread;

/* The thread's data must stay where it is until the join. False if there are no more threads to be had. */
bool system_thread_start(system_thread *thread, void *(*run)(void *context), void *context);
void *system_thread_join(system_thread *thread);

/* Whether the kernel has ended a child of ours; its number stays taken. */
bool system_child_ended(long pid);

/* Stops a process, and lets it go on. The first returns when that has been asked for; whether it stands still
 * already is a question of its own. */
bool system_stop(long pid);
bool system_continue(long pid);
bool system_stands_still(long pid);

/* Whether the process sleeps in the kernel; true where the system does not show it. */
bool system_sleeps(long pid);

/* Ends a process at once. */
bool system_kill(long pid);

/* Sends a process a signal that it may have a handler for; false where there are none. */
bool system_interrupt(long pid);

/* What a test may expect here: how soon a death shows, in microseconds, on a machine that is not crowded; how many
 * processes a storm takes; whether a file keeps the permission bits that it was given. */
uint64_t system_death_shows_us(void);
unsigned system_crowd(void);
bool system_keeps_modes(void);

/* Writes lines to standard output as they are, without a carriage return. */
void system_plain_output(void);

/* --- pages ---------------------------------------------------------------------------------------------- */

/* Zeroed pages of this process's own; NULL if there are none. */
void *system_pages(size_t bytes);
bool system_pages_read_only(void *pages, size_t bytes);
void system_pages_free(void *pages, size_t bytes);

/* --- files and folders ---------------------------------------------------------------------------------- */

/* Makes a file that must not be there yet. */
bool system_file_make(const char *path, const void *bytes, size_t count);
bool system_file_there(const char *path);
int64_t system_file_bytes(const char *path); /* -1 if it is not there */
bool system_file_read(const char *path, int64_t offset, void *bytes, size_t count);
bool system_file_cut(const char *path, int64_t bytes);
bool system_file_move(const char *from, const char *to);
bool system_file_delete(const char *path);

/* Maps a file as any program may; stays mapped. NULL if that cannot be. */
void *system_file_map(const char *path);

/* A fresh, empty folder for files that come and go; writes its path. */
bool system_folder_make(char *path, size_t room);
bool system_folder_delete(const char *path); /* only an empty one goes */
bool system_folder_enter(const char *path);

#ifdef __cplusplus
}
#endif

#endif
