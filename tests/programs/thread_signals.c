/* POSIX.1-2017 2.4.1, signals in processes of several threads: who takes what, and that nothing is lost. */
#include "check.h"
#include <pthread.h>
#include <sched.h>
#include <time.h>

static volatile sig_atomic_t calls;

static void count(int signal) { (void)signal, calls++; }

static void handle(int signal, void (*handler)(int), int flags, int also_blocked) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
  sigemptyset(&action.sa_mask);
  if (also_blocked) sigaddset(&action.sa_mask, also_blocked);
  CHECK(sigaction(signal, &action, NULL) == 0);
}

static void block(int signal) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
}

static int is_pending(int signal) {
  sigset_t set;
  CHECK(sigpending(&set) == 0);
  return sigismember(&set, signal);
}

static void *sender(void *signal) {
  usleep(20000);
  kill(getpid(), (int)(long)signal);
  return NULL;
}

static void sigwait_takes_from_another_thread(void) {
  sigset_t set;
  int got = 0;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  block(SIGUSR1);
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, sender, (void *)SIGUSR1) == 0);
  CHECK(sigwait(&set, &got) == 0 && got == SIGUSR1);
  CHECK(pthread_join(thread, NULL) == 0 && is_pending(SIGUSR1) == 0);
}

static void *take(void *out) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  int signal = 0;
  sigwait(&set, &signal);
  *(int *)out = signal;
  return NULL;
}

static void pthread_kill_reaches_its_thread_only(void) {
  block(SIGUSR1);
  int got = 0;
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, take, &got) == 0);
  CHECK(pthread_kill(thread, SIGUSR1) == 0);
  CHECK(pthread_join(thread, NULL) == 0 && got == SIGUSR1 && is_pending(SIGUSR1) == 0);
  CHECK(pthread_kill(pthread_self(), SIGUSR1) == 0 && is_pending(SIGUSR1) == 1);
  CHECK(pthread_kill(pthread_self(), 10000) == EINVAL);
}

static volatile sig_atomic_t other_took;
static pthread_t first_thread;

static void took(int signal) {
  (void)signal;
  if (!pthread_equal(pthread_self(), first_thread)) other_took = 1;
}

/* Its handler's mask holds the second signal back. */
static void wait_for_the_other(int signal) {
  time_t until = time(NULL) + 5;
  (void)signal;
  while (!other_took && time(NULL) < until);
  calls++;
}

static void *sleep_open(void *unused) {
  sigset_t set;
  sigfillset(&set);
  sigdelset(&set, SIGUSR2);
  pthread_sigmask(SIG_SETMASK, &set, NULL);
  for (;;) pause();
  return unused;
}

static void what_a_handler_blocks_goes_to_another_thread(void) {
  pthread_t thread;
  first_thread = pthread_self();
  handle(SIGUSR1, wait_for_the_other, 0, SIGUSR2);
  handle(SIGUSR2, took, 0, 0);
  CHECK(pthread_create(&thread, NULL, sleep_open, NULL) == 0);
  usleep(50000);
  pid_t me = getpid(), pid = fork();
  if (pid == 0) _exit(kill(me, SIGUSR1) != 0 || kill(me, SIGUSR2) != 0);
  while (!calls);
  CHECK(other_took == 1);
  CHECK(waitpid(pid, NULL, 0) == pid);
}

static void *end_with_signals(void *unused) {
  sigset_t set;
  sigemptyset(&set);
  pthread_sigmask(SIG_SETMASK, &set, NULL);
  return unused;
}

static void *take_from_process(void *out) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  *(int *)out = sigwaitinfo(&set, NULL);
  return NULL;
}

/* Many threads come and go while signals are sent to the process: none is lost. */
static void signals_of_a_process_outlive_threads(void) {
  int got = 0;
  pthread_t waiter, short_lived;
  block(SIGUSR1);
  handle(SIGUSR1, count, 0, 0);
  for (int i = 0; i < 200; i++) {
    CHECK(pthread_create(&waiter, NULL, take_from_process, &got) == 0);
    CHECK(pthread_create(&short_lived, NULL, end_with_signals, NULL) == 0);
    int before = calls;
    got = 0;
    if (i % 2) sched_yield();
    CHECK(kill(getpid(), SIGUSR1) == 0);
    pthread_join(short_lived, NULL);
    if (calls != before) CHECK(kill(getpid(), SIGUSR1) == 0); /* the handler ran in the one that ended */
    CHECK(pthread_join(waiter, NULL) == 0 && got == SIGUSR1 && is_pending(SIGUSR1) == 0);
  }
}

int main(void) {
  TEST(sigwait_takes_from_another_thread, "rt_sigtimedwait and kill");
  TEST(pthread_kill_reaches_its_thread_only, "tkill and pending signals of a thread");
  TEST(what_a_handler_blocks_goes_to_another_thread, "setBlockedLocked when a handler is entered");
  TEST(signals_of_a_process_outlive_threads, "a thread that was woken for a signal ends");
  return finish();
}
