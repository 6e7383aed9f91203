/* selftest.c - is stepping possible here? Tried in a child, so that nothing of it stays. */
#define _GNU_SOURCE
#include "selftest.h"

#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stepper.h"

const char *selftest_possible(void)
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        _exit(stepper_prepare() == NULL ? 0 : 1);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid) {
        return "no process can be started";
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0
               ? NULL
               : "no process can be traced and single-stepped here (ptrace; an emulator or a filter stands before it)";
}
