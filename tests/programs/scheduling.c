/* POSIX.1-2017 2.8.4 and the Linux pages on scheduling: who runs, who is woken first, and who may ask for it. One CPU. */
#include "check.h"
#include <fcntl.h>
#include <mqueue.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>

#define RESET_ON_FORK 0x40000000

static char order[256];
static volatile int noted;

static void note(char c) { order[noted++] = c; }

/* musl leaves the sched_ functions of processes to the kernel's calls (sched_setscheduler(2) takes a thread). */
static long set_policy(pid_t tid, int policy, int priority) {
  struct sched_param p = {.sched_priority = priority};
  return syscall(SYS_sched_setscheduler, tid, policy, &p);
}

static long set_priority(pid_t tid, int priority) {
  struct sched_param p = {.sched_priority = priority};
  return syscall(SYS_sched_setparam, tid, &p);
}

static void become(int policy, int priority) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(0, &one);
  CHECK(sched_setaffinity(0, sizeof one, &one) == 0);
  CHECK(set_policy(0, policy, priority) == 0);
}

static pthread_t start(void *(*body)(void *), void *argument, int policy, int priority) {
  pthread_attr_t attributes;
  pthread_t thread;
  struct sched_param p = {.sched_priority = priority};
  CHECK(pthread_attr_init(&attributes) == 0);
  CHECK(pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED) == 0);
  CHECK(pthread_attr_setschedpolicy(&attributes, policy) == 0);
  CHECK(pthread_attr_setschedparam(&attributes, &p) == 0);
  CHECK(pthread_create(&thread, &attributes, body, argument) == 0);
  return thread;
}

static void spin(long milliseconds) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  long long until = t.tv_sec * 1000000000LL + t.tv_nsec + milliseconds * 1000000;
  do clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  while (t.tv_sec * 1000000000LL + t.tv_nsec < until);
}

/* Sleeps until every other thread has run out of things to do. */
static void let_others_run(void) {
  struct timespec t = {0, 30000000};
  nanosleep(&t, NULL);
}

static void *note_it(void *name) {
  note(*(char *)name);
  return NULL;
}

static void *note_twice(void *name) {
  note(*(char *)name);
  sched_yield();
  note(*(char *)name);
  return NULL;
}

static void join(pthread_t *threads, int count) {
  for (int i = 0; i < count; i++) CHECK(pthread_join(threads[i], NULL) == 0);
}

static void the_highest_priority_runs_first(void) {
  become(SCHED_FIFO, 50);
  pthread_t t[] = {start(note_it, "a", SCHED_FIFO, 10), start(note_it, "b", SCHED_RR, 30), start(note_it, "c", SCHED_FIFO, 20)};
  spin(20);
  CHECK(noted == 0);
  join(t, 3);
  CHECK(strcmp(order, "bca") == 0);
  pthread_t urgent = start(note_it, "u", SCHED_FIFO, 60);
  spin(5); /* it runs at once */
  CHECK(strcmp(order, "bcau") == 0);
  join(&urgent, 1);
}

static void equals_run_in_turn_and_yield_to_each_other(void) {
  become(SCHED_FIFO, 20);
  pthread_t t[] = {start(note_twice, "a", SCHED_FIFO, 20), start(note_twice, "b", SCHED_FIFO, 20)};
  spin(30); /* no quantum in SCHED_FIFO */
  CHECK(noted == 0);
  note('m');
  sched_yield();
  note('m');
  join(t, 2);
  CHECK(strcmp(order, "mabmab") == 0);
}

static volatile int turns, runs_now;

static void *count_turns(void *me) {
  for (int i = 0; i < 60; i++) {
    if (runs_now != *(char *)me) turns++;
    runs_now = *(char *)me;
    spin(5);
  }
  return NULL;
}

static void round_robin_shares(void) {
  struct timespec quantum;
  become(SCHED_FIFO, 30);
  pthread_t t[] = {start(count_turns, "a", SCHED_RR, 20), start(count_turns, "b", SCHED_RR, 20)};
  join(t, 2);
  CHECK(turns >= 4);
  CHECK(sched_rr_get_interval(0, &quantum) == 0 && quantum.tv_sec == 0 && quantum.tv_nsec == 0);
  CHECK(set_policy(0, SCHED_RR, 10) == 0);
  CHECK(sched_rr_get_interval(0, &quantum) == 0 && (quantum.tv_sec > 0 || quantum.tv_nsec > 0));
  CHECK_ERRNO(sched_rr_get_interval(-1, &quantum), EINVAL);
  CHECK_ERRNO(sched_rr_get_interval(3999999, &quantum), ESRCH);
}

static int second_priority, by_parameters;

static sem_t gate;

static void *change_priority(void *unused) {
  struct sched_param p = {.sched_priority = second_priority};
  sem_wait(&gate);
  note('c');
  if (by_parameters) pthread_setschedparam(pthread_self(), SCHED_FIFO, &p);
  else pthread_setschedprio(pthread_self(), second_priority);
  note('d');
  return unused;
}

static void *note_behind_the_gate(void *name) {
  sem_wait(&gate);
  return note_it(name);
}

/* c with its priority, b and e with 20 stand ready in this order; the first changes its priority. */
static void check_place(int first, int second, int parameters, const char *expected) {
  noted = 0;
  memset(order, 0, sizeof order);
  second_priority = second;
  by_parameters = parameters;
  pthread_t t[3];
  t[0] = start(change_priority, NULL, SCHED_FIFO, first);
  let_others_run();
  t[1] = start(note_behind_the_gate, "b", SCHED_FIFO, 20);
  let_others_run();
  t[2] = start(note_behind_the_gate, "e", SCHED_FIFO, 20);
  let_others_run();
  for (int i = 0; i < 3; i++) CHECK(sem_post(&gate) == 0);
  join(t, 3);
  if (strcmp(order, expected) != 0) FAIL("from %d to %d: %.16s instead of %s", first, second, order, expected);
}

/* Lowered by pthread_setschedprio a thread stands before its new equals, otherwise behind them (POSIX 2.8.4). */
static void places_after_a_change_of_priority(void) {
  become(SCHED_FIFO, 50);
  CHECK(sem_init(&gate, 0, 0) == 0);
  check_place(20, 20, 0, "cdbe"); /* keeps its place */
  check_place(20, 15, 0, "cbed");
  check_place(30, 20, 0, "cdbe");
  check_place(20, 25, 0, "cdbe");
  check_place(20, 15, 1, "cbed");
  check_place(30, 20, 1, "cbed"); /* Linux puts it before them here, too, */
  check_place(20, 20, 1, "cbed"); /* and leaves it where it is */
}

static void *drop_and_note(void *unused) {
  CHECK(set_priority(0, 5) == 0);
  note('l');
  return unused;
}

static void lowering_gives_the_cpu_to_the_next(void) {
  become(SCHED_FIFO, 50);
  pthread_t t[] = {start(drop_and_note, NULL, SCHED_FIFO, 30), start(note_it, "h", SCHED_FIFO, 10)};
  join(t, 2);
  CHECK(strcmp(order, "hl") == 0);
}

static sem_t semaphore;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static mqd_t queue;

static void *wait_semaphore(void *name) {
  CHECK(sem_wait(&semaphore) == 0);
  return note_it(name);
}

static void *wait_condition(void *name) {
  pthread_mutex_lock(&mutex);
  pthread_cond_wait(&condition, &mutex);
  note(*(char *)name);
  pthread_mutex_unlock(&mutex);
  return NULL;
}

static void *wait_mutex(void *name) {
  pthread_mutex_lock(&mutex);
  note(*(char *)name);
  pthread_mutex_unlock(&mutex);
  return NULL;
}

static void *wait_message(void *name) {
  char text[8];
  CHECK(mq_receive(queue, text, sizeof text, NULL) == 1);
  return note_it(name);
}

/* Three that wait, the last the most urgent, and two equals. */
static void start_waiters(pthread_t *t, void *(*body)(void *)) {
  noted = 0;
  memset(order, 0, sizeof order);
  t[0] = start(body, "a", SCHED_FIFO, 10);
  let_others_run();
  t[1] = start(body, "b", SCHED_FIFO, 20);
  let_others_run();
  t[2] = start(body, "c", SCHED_FIFO, 20);
  let_others_run();
  t[3] = start(body, "d", SCHED_FIFO, 30);
  let_others_run();
  CHECK(noted == 0);
}

static void the_most_urgent_waiter_is_woken(void) {
  pthread_t t[4];
  become(SCHED_FIFO, 50);
  CHECK(sem_init(&semaphore, 0, 0) == 0);
  start_waiters(t, wait_semaphore);
  for (int i = 0; i < 4; i++) {
    sem_post(&semaphore);
    let_others_run();
    CHECK(noted == i + 1);
  }
  join(t, 4);
  CHECK(strcmp(order, "dbca") == 0);

  pthread_mutex_lock(&mutex);
  start_waiters(t, wait_mutex);
  pthread_mutex_unlock(&mutex);
  join(t, 4);
  CHECK(order[0] == 'd' && noted == 4);

  struct mq_attr attributes = {.mq_maxmsg = 4, .mq_msgsize = 8};
  mq_unlink("/scheduling-test");
  queue = mq_open("/scheduling-test", O_RDWR | O_CREAT | O_EXCL, 0600, &attributes);
  CHECK(queue != (mqd_t)-1 && mq_unlink("/scheduling-test") == 0);
  start_waiters(t, wait_message);
  for (int i = 0; i < 4; i++) {
    CHECK(mq_send(queue, "x", 1, 0) == 0);
    let_others_run();
    CHECK(noted == i + 1);
  }
  join(t, 4);
  CHECK(strcmp(order, "dbca") == 0);
}

static void a_broadcast_wakes_all(void) {
  pthread_t t[4];
  become(SCHED_FIFO, 50);
  start_waiters(t, wait_condition);
  pthread_mutex_lock(&mutex);
  pthread_cond_broadcast(&condition);
  pthread_mutex_unlock(&mutex);
  join(t, 4);
  CHECK(noted == 4);
}

static pthread_mutex_t lent;

static void *hold_lent(void *unused) {
  pthread_mutex_lock(&lent);
  note('h');
  spin(60);
  note('r');
  pthread_mutex_unlock(&lent);
  note('e');
  return unused;
}

static void *want_lent(void *unused) {
  pthread_mutex_lock(&lent);
  note('w');
  pthread_mutex_unlock(&lent);
  return unused;
}

static void *be_in_between(void *unused) {
  note('m');
  return unused;
}

/* Who holds a mutex with PTHREAD_PRIO_INHERIT is as urgent as who waits for it: the one in between must not run before. */
static void waiters_lend_their_priority(void) {
  pthread_mutexattr_t attributes;
  CHECK(pthread_mutexattr_init(&attributes) == 0);
  CHECK(pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT) == 0);
  CHECK(pthread_mutex_init(&lent, &attributes) == 0);
  become(SCHED_FIFO, 50);
  pthread_t low = start(hold_lent, NULL, SCHED_FIFO, 10);
  struct timespec soon = {0, 10000000};
  while (noted == 0) nanosleep(&soon, NULL);
  pthread_t high = start(want_lent, NULL, SCHED_FIFO, 30), middle = start(be_in_between, NULL, SCHED_FIFO, 20);
  CHECK(pthread_join(high, NULL) == 0 && pthread_join(middle, NULL) == 0 && pthread_join(low, NULL) == 0);
  CHECK(strcmp(order, "hrwme") == 0);
}

static void may_not(void) {
  struct rlimit none = {0, 0}, some = {10, 10};
  struct sched_param p;
  CHECK(setrlimit(RLIMIT_RTPRIO, &some) == 0 && setrlimit(RLIMIT_NICE, &none) == 0);
  CHECK(set_policy(0, SCHED_FIFO, 20) == 0);
  CHECK(setuid(65534) == 0);
  CHECK(set_priority(0, 15) == 0); /* less is always allowed */
  CHECK_ERRNO(set_priority(0, 16), EPERM);
  CHECK(set_policy(0, SCHED_OTHER, 0) == 0);
  CHECK(set_policy(0, SCHED_RR, 10) == 0);
  CHECK_ERRNO(set_policy(0, SCHED_RR, 11), EPERM);
  CHECK_ERRNO(set_policy(1, SCHED_OTHER, 0), EPERM);
  CHECK(syscall(SYS_sched_getparam, 1, &p) == 0 && syscall(SYS_sched_getscheduler, 1) == SCHED_OTHER);
  CHECK(set_policy(0, SCHED_OTHER, 0) == 0);
  CHECK(setpriority(PRIO_PROCESS, 0, 5) == 0 && getpriority(PRIO_PROCESS, 0) == 5);
  CHECK_ERRNO(setpriority(PRIO_PROCESS, 0, 4), EACCES);
  CHECK_ERRNO(nice(-1), EPERM); /* POSIX nice, where setpriority has EACCES */
  CHECK_ERRNO(setpriority(PRIO_PROCESS, 1, 5), EPERM);
  errno = 0;
  CHECK(nice(2) == 7 && errno == 0);
}

static void values_out_of_range(void) {
  struct sched_param p = {.sched_priority = 0};
  CHECK(sched_get_priority_min(SCHED_FIFO) == 1 && sched_get_priority_max(SCHED_RR) == 99);
  CHECK_ERRNO(sched_get_priority_max(77), EINVAL);
  CHECK_ERRNO(set_policy(0, SCHED_FIFO, 0), EINVAL);
  CHECK_ERRNO(set_policy(0, SCHED_FIFO, 100), EINVAL);
  CHECK_ERRNO(set_policy(0, SCHED_OTHER, 1), EINVAL);
  CHECK_ERRNO(set_policy(0, 77, 1), EINVAL);
  CHECK_ERRNO(set_policy(-1, SCHED_OTHER, 0), EINVAL);
  CHECK_ERRNO(set_policy(3999999, SCHED_OTHER, 0), ESRCH);
  CHECK_ERRNO(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, NULL), EINVAL);
  CHECK_ERRNO(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, (void *)8), EFAULT);
  CHECK_ERRNO(syscall(SYS_sched_getparam, 0, NULL), EINVAL);
  CHECK(syscall(SYS_sched_getparam, 0, &p) == 0 && p.sched_priority == 0);
  CHECK_ERRNO(getpriority(7, 0), EINVAL);
  CHECK_ERRNO(getpriority(PRIO_PROCESS, 3999999), ESRCH);
  CHECK(setpriority(PRIO_PROCESS, 0, 100) == 0 && getpriority(PRIO_PROCESS, 0) == 19);
}

static void children_inherit_or_start_afresh(void) {
  struct sched_param p;
  int status;
  become(SCHED_FIFO, 12);
  pid_t pid = fork();
  if (pid == 0) _exit(syscall(SYS_sched_getscheduler, 0) != SCHED_FIFO || syscall(SYS_sched_getparam, 0, &p) != 0 || p.sched_priority != 12);
  CHECK(waitpid(pid, &status, 0) == pid && status == 0);
  CHECK(set_policy(0, SCHED_RR | RESET_ON_FORK, 12) == 0);
  CHECK(syscall(SYS_sched_getscheduler, 0) == (SCHED_RR | RESET_ON_FORK));
  pid = fork();
  if (pid == 0) _exit(syscall(SYS_sched_getscheduler, 0) != SCHED_OTHER);
  CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

static void *tell_mine(void *out) {
  struct sched_param p;
  ((int *)out)[0] = (int)syscall(SYS_sched_getscheduler, 0);
  ((int *)out)[1] = syscall(SYS_sched_getparam, 0, &p) == 0 ? p.sched_priority : -1;
  return NULL;
}

static void threads_inherit_or_are_told(void) {
  int got[2], policy;
  struct sched_param p;
  pthread_t t;
  become(SCHED_RR, 7);
  CHECK(pthread_create(&t, NULL, tell_mine, got) == 0 && pthread_join(t, NULL) == 0);
  CHECK(got[0] == SCHED_RR && got[1] == 7);
  t = start(tell_mine, got, SCHED_OTHER, 0);
  CHECK(pthread_join(t, NULL) == 0 && got[0] == SCHED_OTHER && got[1] == 0);
  CHECK(pthread_getschedparam(pthread_self(), &policy, &p) == 0 && policy == SCHED_RR && p.sched_priority == 7);
  p.sched_priority = 200;
  CHECK(pthread_setschedparam(pthread_self(), SCHED_RR, &p) == EINVAL);
  CHECK(pthread_setschedprio(pthread_self(), 9) == 0);
  CHECK(pthread_getschedparam(pthread_self(), &policy, &p) == 0 && policy == SCHED_RR && p.sched_priority == 9);
}

int main(void) {
  TEST(the_highest_priority_runs_first, "real-time run queues, preemption by a wake-up");
  TEST(equals_run_in_turn_and_yield_to_each_other, "SCHED_FIFO, sched_yield");
  TEST(round_robin_shares, "SCHED_RR, sched_rr_get_interval");
  TEST(places_after_a_change_of_priority, "reschedule: head or tail of the list");
  TEST(lowering_gives_the_cpu_to_the_next, "sched_setparam of a running thread");
  TEST(the_most_urgent_waiter_is_woken, "futexes and message queues wake by priority");
  TEST(a_broadcast_wakes_all, "pthread_cond_broadcast");
  TEST(waiters_lend_their_priority, "FUTEX_LOCK_PI: boost and its end");
  TEST(may_not, "EPERM and EACCES; RLIMIT_RTPRIO, RLIMIT_NICE");
  TEST(values_out_of_range, "EINVAL, ESRCH, EFAULT");
  TEST(children_inherit_or_start_afresh, "fork, SCHED_RESET_ON_FORK");
  TEST(threads_inherit_or_are_told, "pthread attributes");
  return finish();
}
