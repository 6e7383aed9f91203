/* specimen_unix.c - by fork. */
#define _GNU_SOURCE
#include "specimen.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

void it_crashes(void)
{
    raise(SIGSEGV);
}

void hang(void)
{
    for (;;) {
        pause();
    }
}

void it_hangs_with_its_child(void)
{
    (void)!fork();
    hang();
}

void its_child_fails(void)
{
    pid_t child = fork();
    if (child == 0) {
        assert_int_equal(1, 2);
    }
    int status = 0;
    waitpid(child, &status, 0);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
