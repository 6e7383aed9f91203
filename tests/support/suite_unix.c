/* suite_unix.c - keeps one test apart from the others: a process, a process group, a time limit.
 *
 * The runner forks; the child leads a new process group, so that everything the test starts can be ended
 * with it. The outcome is written into a shared page (a test may close every descriptor it has). A test has
 * passed only if it says so there and its process then ends with code 0: leak checkers speak at exit.
 */
#define _GNU_SOURCE
#include "suite_run.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#endif

static volatile sig_atomic_t current_group;

static double now_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The runner is told to stop: so is the test. */
static void pass_on(int signal_number)
{
    if (current_group > 0) {
        kill(-(pid_t)current_group, SIGKILL);
    }
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

static void be_stoppable(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        signal(signals[i], pass_on);
    }
    signal(SIGCHLD, SIG_DFL);
}

static _Noreturn void be_the_test(const struct suite_test *test, struct suite_verdict *shared, FILE *output)
{
    setpgid(0, 0);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
    signal(SIGALRM, SIG_DFL);
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
    if (output != NULL) {
        dup2(fileno(output), STDOUT_FILENO);
        dup2(fileno(output), STDERR_FILENO);
        fclose(output);
    }
    pid_t self = getpid();
    struct suite_verdict mine = {SUITE_UNFINISHED, "", 0};
    suite_run_here(test, &mine);
    if (getpid() != self) {
        _exit(121); /* a child of the test ran on into the runner after a failed assertion */
    }
    *shared = mine;
    exit(mine.outcome == SUITE_FAILED ? 1 : 0);
}

/* Waits for the child until the limit; false if it had to be ended. A beat of SIGALRM breaks the wait,
 * again and again, so that none is lost between a look at the clock and the wait. */
static void wake(int signal_number)
{
    (void)signal_number;
}

static bool wait_within(pid_t child, unsigned limit_seconds)
{
    struct sigaction action = {.sa_handler = wake}, before;
    sigemptyset(&action.sa_mask);
    sigaction(SIGALRM, &action, &before);
    double end = now_seconds() + limit_seconds;
    bool ended = false;
    struct itimerval beat = {{0, 200000}, {0, 200000}}, quiet = {{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &beat, NULL);
    while (!ended && now_seconds() < end) {
        siginfo_t about;
        ended = waitid(P_PID, (id_t)child, &about, WEXITED | WNOWAIT) == 0; /* its number stays taken */
    }
    setitimer(ITIMER_REAL, &quiet, NULL);
    sigaction(SIGALRM, &before, NULL);
    return ended;
}

static void judge(struct suite_verdict *verdict, bool ended, int status, unsigned limit_seconds)
{
    const char *kind = NULL;
    char detail[96] = "";
    if (!ended) {
        kind = "took too long";
        snprintf(detail, sizeof detail, ", ended after %u s with all it had started", limit_seconds);
    } else if (WIFSIGNALED(status)) {
        kind = "killed by signal";
        snprintf(detail, sizeof detail, " %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    } else if (verdict->outcome == SUITE_UNFINISHED) {
        kind = "ended its process before it was done";
        snprintf(detail, sizeof detail, ", with code %d", WEXITSTATUS(status));
    } else if (verdict->outcome != SUITE_FAILED && WEXITSTATUS(status) != 0) {
        kind = "went well, but its process then ended with code";
        snprintf(detail, sizeof detail, " %d", WEXITSTATUS(status));
    }
    if (kind != NULL) {
        verdict->outcome = SUITE_FAILED;
        snprintf(verdict->reason, sizeof verdict->reason, "%s%s", kind, detail);
    }
}

static void show(FILE *output)
{
    char line[1024];
    rewind(output);
    while (fgets(line, sizeof line, output) != NULL) {
        printf("    | %s%s", line, strchr(line, '\n') != NULL ? "" : "\n");
    }
}

static struct suite_verdict cannot(const char *what)
{
    struct suite_verdict verdict = {SUITE_FAILED, "", 0};
    snprintf(verdict.reason, sizeof verdict.reason, "the runner cannot %s: %s", what, strerror(errno));
    return verdict;
}

int suite_play_if_asked(const struct suite_test *tests, size_t count)
{
    (void)tests;
    (void)count;
    return -1;
}

struct suite_verdict suite_isolate(const struct suite_test *test, size_t number, unsigned limit_seconds,
                                   bool loud)
{
    (void)number;
    struct suite_verdict *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) {
        return cannot("share a page with the test");
    }
    FILE *output = loud ? NULL : tmpfile();
    be_stoppable();
    fflush(NULL);
    double begun = now_seconds();
    pid_t child = fork();
    if (child == 0) {
        be_the_test(test, shared, output);
    }
    struct suite_verdict verdict;
    if (child < 0) {
        verdict = cannot("start a process");
    } else {
        int status = 0;
        setpgid(child, child); /* both do it: whoever comes first */
        current_group = child;
        bool ended = wait_within(child, limit_seconds);
        kill(-child, SIGKILL); /* also what a finished test left behind */
        kill(child, SIGKILL);
        waitpid(child, &status, 0);
        current_group = 0;
        verdict = *shared;
        judge(&verdict, ended, status, limit_seconds);
    }
    verdict.seconds = now_seconds() - begun;
    if (output != NULL) {
        if (verdict.outcome != SUITE_PASSED && verdict.outcome != SUITE_SKIPPED) {
            show(output);
        }
        fclose(output);
    }
    munmap(shared, sizeof *shared);
    return verdict;
}
