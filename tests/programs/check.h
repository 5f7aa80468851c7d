/*
 * For the C tests: checks, and the TEST_MARKER line of docs/internals/contracts.md.
 *
 *   static void waits(void) { CHECK(pthread_join(t, 0) == 0); }
 *   int main(void) { TEST(waits, "what to look at when it fails"); return finish(); }
 *
 * Each test runs in a child of its own with a time limit, so that what it does to its process is gone afterwards and a
 * test that hangs is one that fails. The first check that fails is reported. A test of which the system cannot do what
 * it needs must fail: there is no skipping.
 */
#ifndef CHECK_H
#define CHECK_H
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A test that takes longer hangs; on a host that is busy elsewhere a guest may have a tenth of a processor. */
#define TEST_SECONDS 90

static int tests_failed;

/* In the test's process: says why, ends it. From any thread. */
#define FAIL(...)                                                                                  \
  do {                                                                                             \
    char reason_[200];                                                                             \
    snprintf(reason_, sizeof reason_, __VA_ARGS__);                                                \
    char line_[400];                                                                               \
    int n_ = snprintf(line_, sizeof line_, "%s (line %d)", reason_, __LINE__);                     \
    if (write(check_pipe, line_, (size_t)n_) != n_) _exit(2);                                      \
    _exit(1);                                                                                      \
  } while (0)

#define CHECK(condition)                                                                           \
  do {                                                                                             \
    if (!(condition)) FAIL("%s is not so, errno %d", #condition, errno);                           \
  } while (0)

/* A call that must give -1 with this errno. */
#define CHECK_ERRNO(call, expected)                                                                \
  do {                                                                                             \
    errno = 0;                                                                                     \
    long long got_ = (long long)(call);                                                            \
    if (got_ != -1 || errno != (expected))                                                         \
      FAIL("%s: %lld, errno %d instead of " #expected, #call, got_, errno);                        \
  } while (0)

static int check_pipe = -1;

static inline void run_test(const char *name, const char *hint, void (*body)(void)) {
  int ends[2];
  char reason[400] = "";
  fflush(stdout);
  if (pipe(ends) != 0) {
    printf("TEST_MARKER: %s FAIL pipe: errno %d; %s\n", name, errno, hint);
    tests_failed = 1;
    return;
  }
  pid_t pid = fork();
  if (pid == 0) {
    close(ends[0]);
    setpgid(0, 0);
    check_pipe = ends[1];
    alarm(TEST_SECONDS);
    body();
    _exit(0);
  }
  close(ends[1]);
  int status = -1;
  if (pid < 0) snprintf(reason, sizeof reason, "fork: errno %d", errno);
  else if (waitpid(pid, &status, 0) != pid) snprintf(reason, sizeof reason, "waitpid: errno %d", errno);
  else if (WIFSIGNALED(status)) {
    if (WTERMSIG(status) == SIGALRM) snprintf(reason, sizeof reason, "not done after %d s", TEST_SECONDS);
    else snprintf(reason, sizeof reason, "killed by signal %d", WTERMSIG(status));
  } else if (WEXITSTATUS(status) != 0) {
    ssize_t n = read(ends[0], reason, sizeof reason - 1);
    if (n <= 0) snprintf(reason, sizeof reason, "exit status %d", WEXITSTATUS(status));
    else reason[n] = 0;
  }
  close(ends[0]);
  /* Whatever it left running ends with it. */
  if (pid > 0) kill(-pid, SIGKILL);
  if (status == 0) printf("TEST_MARKER: %s OK\n", name);
  else {
    printf("TEST_MARKER: %s FAIL %s; %s\n", name, reason, hint);
    tests_failed = 1;
  }
}

#define TEST(function, hint) run_test(#function, hint, function)

static inline int finish(void) {
  fflush(stdout);
  return tests_failed;
}

#endif
