/* Clocks and timers: setitimer, timer_create, sleeping, setting the clock, processor time. */
#include "check.h"
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <time.h>

static volatile sig_atomic_t hits, last_code, last_value, last_overrun;

static void hit(int signal, siginfo_t *info, void *context) {
  (void)signal, (void)context;
  hits++;
  last_code = info->si_code;
  last_value = info->si_value.sival_int;
  last_overrun = info->si_overrun;
}

static void catch_signal(int signal) {
  struct sigaction a = {.sa_sigaction = hit, .sa_flags = SA_SIGINFO};
  CHECK(sigaction(signal, &a, NULL) == 0);
}

static double now_on(clockid_t clock) {
  struct timespec t;
  CHECK(clock_gettime(clock, &t) == 0);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static void burn(double seconds) {
  double until = now_on(CLOCK_PROCESS_CPUTIME_ID) + seconds;
  while (now_on(CLOCK_PROCESS_CPUTIME_ID) < until);
}

static void interval_timers(void) {
  catch_signal(SIGALRM);
  struct itimerval v = {{0, 20000}, {0, 10000}}, old;
  CHECK(setitimer(ITIMER_REAL, &v, NULL) == 0);
  double start = now_on(CLOCK_MONOTONIC);
  while (hits < 4) pause();
  double took = now_on(CLOCK_MONOTONIC) - start;
  CHECK(took >= 0.065 && took < 2);
  CHECK(getitimer(ITIMER_REAL, &old) == 0 && old.it_interval.tv_usec == 20000 && old.it_value.tv_usec > 0);
  memset(&v, 0, sizeof v);
  CHECK(setitimer(ITIMER_REAL, &v, &old) == 0 && old.it_interval.tv_usec == 20000);
  CHECK_ERRNO(setitimer(9, &v, NULL), EINVAL);
  v.it_value.tv_usec = 1000000;
  CHECK_ERRNO(setitimer(ITIMER_REAL, &v, NULL), EINVAL);
  alarm(100);
  CHECK(alarm(0) == 100 && alarm(0) == 0);
}

static void timers_of_processor_time(void) {
  catch_signal(SIGPROF);
  catch_signal(SIGVTALRM);
  struct itimerval v = {{0, 0}, {0, 30000}};
  CHECK(setitimer(ITIMER_PROF, &v, NULL) == 0);
  double start = now_on(CLOCK_PROCESS_CPUTIME_ID);
  while (!hits) now_on(CLOCK_MONOTONIC);
  CHECK(now_on(CLOCK_PROCESS_CPUTIME_ID) - start >= 0.02);
  hits = 0;
  CHECK(setitimer(ITIMER_VIRTUAL, &v, NULL) == 0);
  while (!hits);
}

static void posix_timers(void) {
  timer_t id;
  struct sigevent e = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 1, .sigev_value.sival_int = 77};
  catch_signal(SIGRTMIN + 1);
  CHECK(timer_create(CLOCK_MONOTONIC, &e, &id) == 0);
  struct itimerspec v = {{0, 10000000}, {0, 5000000}}, now;
  CHECK(timer_settime(id, 0, &v, NULL) == 0);
  while (hits < 3) pause();
  CHECK(last_code == SI_TIMER && last_value == 77);
  CHECK(timer_gettime(id, &now) == 0 && now.it_interval.tv_nsec == 10000000);
  CHECK(now.it_value.tv_sec == 0 && now.it_value.tv_nsec > 0 && now.it_value.tv_nsec <= 10000000);
  CHECK(timer_delete(id) == 0);
  CHECK(timer_delete(id) != 0); /* musl 1.2.3 returns the kernel's number */
  int before = hits;
  usleep(30000);
  CHECK(hits == before);
  v.it_value.tv_nsec = 1000000000;
  CHECK_ERRNO(timer_create((clockid_t)100, &e, &id), EINVAL);
}

static void overruns_are_counted(void) {
  timer_t id;
  struct sigevent e = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
  sigset_t set, none;
  catch_signal(SIGUSR1);
  sigemptyset(&none);
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigprocmask(SIG_BLOCK, &set, NULL);
  CHECK(timer_create(CLOCK_REALTIME, &e, &id) == 0);
  struct itimerspec v = {{0, 5000000}, {0, 5000000}};
  CHECK(timer_settime(id, 0, &v, NULL) == 0);
  struct timespec t = {0, 102000000};
  nanosleep(&t, NULL);
  sigsuspend(&none);
  CHECK(hits == 1 && last_overrun >= 15 && last_overrun < 60);
  CHECK(timer_getoverrun(id) == last_overrun);
}

static long long ns_of(struct timespec t) { return t.tv_sec * 1000000000LL + t.tv_nsec; }

/* All that passed until the signal is taken, also since the timer's last interrupt. */
static void overruns_are_counted_to_the_moment_of_delivery(void) {
  enum { INTERVAL = 1000, LEAD = 10000000 };
  timer_t id;
  struct sigevent e = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2};
  struct timespec now, before, after, none = {0, 0};
  sigset_t set;
  siginfo_t info;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR2);
  sigprocmask(SIG_BLOCK, &set, NULL);
  CHECK(timer_create(CLOCK_MONOTONIC, &e, &id) == 0);
  clock_gettime(CLOCK_MONOTONIC, &now);
  long long first = ns_of(now) + LEAD;
  struct itimerspec v = {{0, INTERVAL}, {first / 1000000000, first % 1000000000}};
  CHECK(timer_settime(id, TIMER_ABSTIME, &v, NULL) == 0);
  struct timespec rest = {0, 2 * LEAD};
  nanosleep(&rest, NULL);
  clock_gettime(CLOCK_MONOTONIC, &before);
  CHECK(sigtimedwait(&set, &info, &none) == SIGUSR2);
  clock_gettime(CLOCK_MONOTONIC, &after);
  CHECK(info.si_overrun >= (ns_of(before) - first) / INTERVAL);
  CHECK(info.si_overrun <= (ns_of(after) - first) / INTERVAL);
  CHECK(timer_getoverrun(id) == info.si_overrun);
  CHECK(timer_delete(id) == 0);
}

static void absolute_timers_and_none(void) {
  timer_t id;
  struct sigevent e = {.sigev_notify = SIGEV_NONE};
  CHECK(timer_create(CLOCK_REALTIME, &e, &id) == 0);
  struct itimerspec v = {{0, 0}, {0, 0}};
  clock_gettime(CLOCK_REALTIME, &v.it_value);
  v.it_value.tv_sec += 5;
  CHECK(timer_settime(id, TIMER_ABSTIME, &v, NULL) == 0);
  CHECK(timer_gettime(id, &v) == 0 && v.it_value.tv_sec >= 4 && v.it_value.tv_sec <= 5);
  clock_gettime(CLOCK_REALTIME, &v.it_value);
  v.it_value.tv_sec -= 5;
  CHECK(timer_settime(id, TIMER_ABSTIME, &v, NULL) == 0);
  CHECK(timer_gettime(id, &v) == 0 && v.it_value.tv_sec == 0 && v.it_value.tv_nsec == 0);
}

static void timers_on_processor_time_clocks(void) {
  timer_t id;
  struct sigevent e = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2};
  catch_signal(SIGUSR2);
  CHECK(timer_create(CLOCK_PROCESS_CPUTIME_ID, &e, &id) == 0);
  struct itimerspec v = {{0, 0}, {0, 40000000}};
  double start = now_on(CLOCK_PROCESS_CPUTIME_ID);
  CHECK(timer_settime(id, 0, &v, NULL) == 0);
  while (!hits) now_on(CLOCK_MONOTONIC);
  double took = now_on(CLOCK_PROCESS_CPUTIME_ID) - start;
  CHECK(took >= 0.04 && took < 0.5);
}

static timer_t thread_timer;
static volatile int notified;
static void notify(union sigval v) { notified = v.sival_int; }

static void notification_by_thread(void) {
  struct sigevent e = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = notify, .sigev_value.sival_int = 5};
  CHECK(timer_create(CLOCK_MONOTONIC, &e, &thread_timer) == 0);
  struct itimerspec v = {{0, 0}, {0, 5000000}};
  CHECK(timer_settime(thread_timer, 0, &v, NULL) == 0);
  for (int i = 0; i < 100 && !notified; i++) usleep(10000);
  CHECK(notified == 5 && timer_delete(thread_timer) == 0);
}

static void interrupted_sleep_tells_what_is_left(void) {
  catch_signal(SIGALRM);
  struct itimerval v = {{0, 0}, {0, 20000}};
  struct timespec t = {10, 0}, left = {0, 0};
  setitimer(ITIMER_REAL, &v, NULL);
  CHECK_ERRNO(nanosleep(&t, &left), EINTR);
  CHECK(left.tv_sec == 9 && left.tv_nsec > 0);
  setitimer(ITIMER_REAL, &v, NULL);
  CHECK(clock_nanosleep(CLOCK_MONOTONIC, 0, &t, &left) == EINTR && left.tv_sec == 9);
  t.tv_nsec = -1;
  CHECK_ERRNO(nanosleep(&t, NULL), EINVAL);
  CHECK(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &left, NULL) == EINVAL);
  clock_gettime(CLOCK_MONOTONIC, &t);
  double start = now_on(CLOCK_MONOTONIC);
  t.tv_nsec += 30000000;
  if (t.tv_nsec >= 1000000000) t.tv_sec++, t.tv_nsec -= 1000000000;
  CHECK(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == 0);
  CHECK(now_on(CLOCK_MONOTONIC) - start >= 0.029);
}

static void a_stop_does_not_restart_a_sleep(void) {
  double start = now_on(CLOCK_MONOTONIC);
  pid_t pid = fork();
  if (pid == 0) {
    struct timespec t = {0, 300000000};
    _exit(nanosleep(&t, NULL) != 0);
  }
  usleep(100000);
  kill(pid, SIGSTOP);
  usleep(100000);
  kill(pid, SIGCONT);
  int status;
  CHECK(waitpid(pid, &status, 0) == pid && status == 0);
  double took = now_on(CLOCK_MONOTONIC) - start;
  CHECK(took >= 0.29 && took < 0.45);
}

static void setting_the_clock_moves_absolute_sleepers(void) {
  struct timespec now, t;
  struct utsname u;
  if (uname(&u) != 0 || strcmp(u.sysname, "Breenix") != 0) return; /* not the clock of a machine in use */
  clock_gettime(CLOCK_REALTIME, &now);
  pid_t pid = fork();
  if (pid == 0) {
    t = now;
    t.tv_sec += 1000;
    _exit(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &t, NULL) != 0);
  }
  usleep(50000);
  t = now;
  t.tv_sec += 1001;
  CHECK(clock_settime(CLOCK_REALTIME, &t) == 0);
  int status;
  CHECK(waitpid(pid, &status, 0) == pid && status == 0);
  now.tv_sec++;
  CHECK(clock_settime(CLOCK_REALTIME, &now) == 0);
  CHECK_ERRNO(clock_settime(CLOCK_MONOTONIC, &now), EINVAL);
}

static void times_used(void) {
  struct rusage before, after;
  struct tms t;
  burn(0.05);
  CHECK(getrusage(RUSAGE_SELF, &before) == 0);
  double used = before.ru_utime.tv_sec + before.ru_utime.tv_usec / 1e6 + before.ru_stime.tv_sec + before.ru_stime.tv_usec / 1e6;
  CHECK(used >= 0.049);
  pid_t pid = fork();
  if (pid == 0) {
    burn(0.05);
    _exit(0);
  }
  waitpid(pid, NULL, 0);
  CHECK(getrusage(RUSAGE_CHILDREN, &after) == 0);
  used = after.ru_utime.tv_sec + after.ru_utime.tv_usec / 1e6 + after.ru_stime.tv_sec + after.ru_stime.tv_usec / 1e6;
  CHECK(used >= 0.049);
  CHECK(times(&t) != (clock_t)-1 && t.tms_cutime + t.tms_cstime >= 4);
  clockid_t clock;
  CHECK(clock_getcpuclockid(0, &clock) == 0 && now_on(clock) >= 0.05);
  CHECK(clock_getcpuclockid(4000000, &clock) != 0);
}

/* Ticks divide processor time between the two modes; a time that was told is never taken back. */
static void times_never_go_back(void) {
  struct tms last, t;
  CHECK(times(&last) != (clock_t)-1);
  double until = now_on(CLOCK_MONOTONIC) + 0.3;
  for (int i = 0; now_on(CLOCK_MONOTONIC) < until; i++) {
    if (i % 400 < 200) {
      for (volatile int j = 0; j < 1000; j++);
    }
    CHECK(times(&t) != (clock_t)-1);
    CHECK(t.tms_utime >= last.tms_utime && t.tms_stime >= last.tms_stime);
    last = t;
  }
  for (int i = 0; i < 200; i++) {
    pid_t pid = fork();
    if (pid == 0) {
      /* Before the first tick meets it. */
      _exit(times(&t) == (clock_t)-1 || t.tms_utime + t.tms_stime > 100 || t.tms_stime < 0 || t.tms_stime > 100);
    }
    int status;
    CHECK(waitpid(pid, &status, 0) == pid && status == 0);
  }
}

static void profiling_timers_go_by_processor_time(void) {
  catch_signal(SIGPROF);
  struct itimerval v = {{0, 20000}, {0, 50000}}, left;
  double start = now_on(CLOCK_PROCESS_CPUTIME_ID);
  CHECK(setitimer(ITIMER_PROF, &v, NULL) == 0);
  usleep(100000);
  CHECK(hits == 0 && getitimer(ITIMER_PROF, &left) == 0);
  CHECK(left.it_value.tv_sec == 0 && left.it_value.tv_usec > 10000 && left.it_value.tv_usec <= 50000);
  while (hits < 3) now_on(CLOCK_MONOTONIC);
  CHECK(now_on(CLOCK_PROCESS_CPUTIME_ID) - start >= 0.089);
}

static void timers_on_the_time_of_another_process(void) {
  pid_t pid = fork();
  if (pid == 0) for (;;);
  clockid_t clock;
  timer_t id;
  siginfo_t info;
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigprocmask(SIG_BLOCK, &set, NULL);
  struct sigevent e = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
  CHECK(clock_getcpuclockid(pid, &clock) == 0 && timer_create(clock, &e, &id) == 0);
  struct itimerspec v = {{0, 0}, {0, 50000000}};
  double start = now_on(clock);
  CHECK(timer_settime(id, 0, &v, NULL) == 0);
  CHECK(sigwaitinfo(&set, &info) == SIGUSR1 && info.si_code == SI_TIMER);
  CHECK(now_on(clock) - start >= 0.05);
  CHECK(timer_gettime(id, &v) == 0 && v.it_value.tv_sec == 0 && v.it_value.tv_nsec == 0);
  /* The clock goes before the timer. */
  v.it_value.tv_sec = 100;
  CHECK(timer_settime(id, 0, &v, NULL) == 0);
  CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
  CHECK(timer_delete(id) == 0);
  CHECK(clock_gettime(clock, &v.it_value) != 0 && errno == EINVAL);
}

static void no_sleep_on_the_time_of_oneself(void) {
  struct timespec t = {0, 1};
  clockid_t mine;
  CHECK(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &t, NULL) == EINVAL);
  CHECK_ERRNO(syscall(SYS_clock_nanosleep, CLOCK_THREAD_CPUTIME_ID, 0, &t, NULL), EOPNOTSUPP);
  CHECK(pthread_getcpuclockid(pthread_self(), &mine) == 0);
  CHECK_ERRNO(syscall(SYS_clock_nanosleep, mine, 0, &t, NULL), EINVAL);
}

static void limit_of_processor_time(void) {
  struct rlimit r = {1, 2};
  pid_t pid = fork();
  if (pid == 0) {
    setrlimit(RLIMIT_CPU, &r);
    for (;;);
  }
  int status;
  CHECK(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU);
}

int main(void) {
  TEST(interval_timers, "setitimer, alarm");
  TEST(timers_of_processor_time, "ITIMER_PROF, ITIMER_VIRTUAL");
  TEST(posix_timers, "timer_create, timer_settime");
  TEST(overruns_are_counted, "timer_getoverrun, si_overrun");
  TEST(overruns_are_counted_to_the_moment_of_delivery, "overruns up to the delivery");
  TEST(absolute_timers_and_none, "TIMER_ABSTIME, SIGEV_NONE");
  TEST(timers_on_processor_time_clocks, "CLOCK_PROCESS_CPUTIME_ID");
  TEST(notification_by_thread, "SIGEV_THREAD_ID");
  TEST(interrupted_sleep_tells_what_is_left, "nanosleep");
  TEST(a_stop_does_not_restart_a_sleep, "restart_syscall");
  TEST(setting_the_clock_moves_absolute_sleepers, "clock_settime");
  TEST(times_used, "getrusage, times");
  TEST(times_never_go_back, "times: user and system time");
  TEST(profiling_timers_go_by_processor_time, "ITIMER_PROF: getitimer and intervals");
  TEST(timers_on_the_time_of_another_process, "clock_getcpuclockid and timer_create");
  TEST(no_sleep_on_the_time_of_oneself, "clock_nanosleep: EINVAL, EOPNOTSUPP");
  TEST(limit_of_processor_time, "RLIMIT_CPU");
  return finish();
}
