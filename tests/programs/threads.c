/* POSIX threads as musl makes them of clone, futex and signals. */
#define _GNU_SOURCE
#include "check.h"
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static int counter;

static void *add(void *times) {
  for (long i = 0; i < (long)times; i++) {
    pthread_mutex_lock(&mutex);
    counter++;
    pthread_mutex_unlock(&mutex);
    if (i % 64 == 0) sched_yield();
  }
  return times;
}

static void mutex_counts_right(void) {
  pthread_t t[8];
  for (int i = 0; i < 8; i++) CHECK(pthread_create(&t[i], NULL, add, (void *)2000) == 0);
  for (int i = 0; i < 8; i++) {
    void *result = NULL;
    CHECK(pthread_join(t[i], &result) == 0 && (long)result == 2000);
  }
  CHECK(counter == 16000);
}

static void *tid_of(void *out) {
  *(long *)out = syscall(SYS_gettid);
  return NULL;
}

static void threads_have_numbers_of_their_own(void) {
  long tid = 0;
  pthread_t t;
  CHECK(pthread_create(&t, NULL, tid_of, &tid) == 0);
  CHECK(pthread_join(t, NULL) == 0);
  CHECK(tid != 0 && tid != getpid() && syscall(SYS_gettid) == getpid());
  CHECK(syscall(SYS_tgkill, getpid(), tid, 0) == -1 && errno == ESRCH);
}

static int turn;

static void *ping(void *me) {
  for (int i = 0; i < 200; i++) {
    pthread_mutex_lock(&mutex);
    while (turn != (int)(long)me) pthread_cond_wait(&cond, &mutex);
    turn = !turn;
    pthread_cond_broadcast(&cond);
    pthread_mutex_unlock(&mutex);
  }
  return NULL;
}

static void condition_variables(void) {
  pthread_t a, b;
  CHECK(pthread_create(&a, NULL, ping, (void *)0) == 0 && pthread_create(&b, NULL, ping, (void *)1) == 0);
  CHECK(pthread_join(a, NULL) == 0 && pthread_join(b, NULL) == 0);
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  t.tv_nsec += 20000000;
  if (t.tv_nsec >= 1000000000) t.tv_sec++, t.tv_nsec -= 1000000000;
  pthread_mutex_lock(&mutex);
  CHECK(pthread_cond_timedwait(&cond, &mutex, &t) == ETIMEDOUT);
  pthread_mutex_unlock(&mutex);
}

static pthread_barrier_t barrier;
static int serial, before;

static void *meet(void *unused) {
  for (int i = 0; i < 20; i++) {
    __sync_fetch_and_add(&before, 1);
    if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD) __sync_fetch_and_add(&serial, 1);
    if (before < (i + 1) * 4) __sync_fetch_and_add(&serial, 1000);
  }
  return unused;
}

static void barriers(void) {
  pthread_t t[4];
  CHECK(pthread_barrier_init(&barrier, NULL, 4) == 0);
  for (int i = 0; i < 4; i++) CHECK(pthread_create(&t[i], NULL, meet, NULL) == 0);
  for (int i = 0; i < 4; i++) pthread_join(t[i], NULL);
  CHECK(serial == 20);
}

static __thread int own = 7;
static pthread_key_t key;
static int destroyed;

static void destroy(void *value) { destroyed += (int)(long)value; }

static void *use_own(void *value) {
  if (own != 7) return (void *)1;
  own = (int)(long)value;
  pthread_setspecific(key, value);
  sched_yield();
  return (void *)(long)(own != (int)(long)value || pthread_getspecific(key) != value);
}

static void thread_local_storage(void) {
  pthread_t t[4];
  CHECK(pthread_key_create(&key, destroy) == 0);
  for (long i = 0; i < 4; i++) CHECK(pthread_create(&t[i], NULL, use_own, (void *)(i + 10)) == 0);
  for (int i = 0; i < 4; i++) {
    void *bad;
    CHECK(pthread_join(t[i], &bad) == 0 && bad == NULL);
  }
  CHECK(own == 7 && destroyed == 10 + 11 + 12 + 13);
}

static int cleaned;
static void clean(void *unused) { (void)unused, cleaned++; }

static void *wait_for_ever(void *unused) {
  pthread_cleanup_push(clean, NULL);
  sem_t s;
  sem_init(&s, 0, 0);
  sem_wait(&s);
  pthread_cleanup_pop(0);
  return unused;
}

static void cancellation(void) {
  pthread_t t;
  void *result;
  CHECK(pthread_create(&t, NULL, wait_for_ever, NULL) == 0);
  usleep(10000);
  CHECK(pthread_cancel(t) == 0 && pthread_join(t, &result) == 0);
  CHECK(result == PTHREAD_CANCELED && cleaned == 1);
}

static pthread_mutex_t robust;

static void *die_with_it(void *unused) {
  pthread_mutex_lock(&robust);
  return unused;
}

static void robust_mutexes(void) {
  pthread_mutexattr_t a;
  pthread_mutexattr_init(&a);
  CHECK(pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST) == 0);
  CHECK(pthread_mutex_init(&robust, &a) == 0);
  pthread_t t;
  CHECK(pthread_create(&t, NULL, die_with_it, NULL) == 0 && pthread_join(t, NULL) == 0);
  CHECK(pthread_mutex_lock(&robust) == EOWNERDEAD);
  CHECK(pthread_mutex_consistent(&robust) == 0 && pthread_mutex_unlock(&robust) == 0);
  CHECK(pthread_mutex_lock(&robust) == 0 && pthread_mutex_unlock(&robust) == 0);
}

static pthread_mutex_t pi;
static int pi_count;

static void *add_pi(void *times) {
  for (long i = 0; i < (long)times; i++) {
    pthread_mutex_lock(&pi);
    pi_count++;
    if (i % 16 == 0) sched_yield();
    pthread_mutex_unlock(&pi);
  }
  return NULL;
}

static void priority_inheritance_mutexes(void) {
  pthread_mutexattr_t a;
  pthread_mutexattr_init(&a);
  CHECK(pthread_mutexattr_setprotocol(&a, PTHREAD_PRIO_INHERIT) == 0);
  CHECK(pthread_mutexattr_settype(&a, PTHREAD_MUTEX_ERRORCHECK) == 0);
  CHECK(pthread_mutex_init(&pi, &a) == 0);
  pthread_t t[4];
  for (int i = 0; i < 4; i++) CHECK(pthread_create(&t[i], NULL, add_pi, (void *)300) == 0);
  for (int i = 0; i < 4; i++) pthread_join(t[i], NULL);
  CHECK(pi_count == 1200);
  CHECK(pthread_mutex_lock(&pi) == 0 && pthread_mutex_lock(&pi) == EDEADLK);
  CHECK(pthread_mutex_unlock(&pi) == 0 && pthread_mutex_unlock(&pi) == EPERM);
}

static volatile sig_atomic_t signalled_tid;
static void note(int signal) { (void)signal, signalled_tid = (int)syscall(SYS_gettid); }

static void *wait_signal(void *tid) {
  *(volatile int *)tid = (int)syscall(SYS_gettid);
  while (signalled_tid == 0) usleep(1000);
  return NULL;
}

static void signals_to_one_thread(void) {
  struct sigaction a = {.sa_handler = note};
  volatile int tid = 0;
  pthread_t t;
  CHECK(sigaction(SIGUSR1, &a, NULL) == 0);
  CHECK(pthread_create(&t, NULL, wait_signal, (void *)&tid) == 0);
  while (tid == 0) sched_yield();
  CHECK(pthread_kill(t, SIGUSR1) == 0 && pthread_join(t, NULL) == 0);
  CHECK(signalled_tid == tid);
}

static void *sleep_long(void *unused) {
  sleep(100);
  return unused;
}

static void *end_all(void *unused) {
  (void)unused;
  usleep(5000);
  exit(42);
}

static void exit_ends_all_threads(void) {
  pid_t pid = fork();
  if (pid == 0) {
    pthread_t t;
    for (int i = 0; i < 3; i++) pthread_create(&t, NULL, sleep_long, NULL);
    pthread_create(&t, NULL, end_all, NULL);
    sleep(100);
  }
  int status;
  CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 42);
}

static void *execute(void *unused) {
  (void)unused;
  char *argv[] = {"true", NULL};
  execv("/bin/true", argv);
  return NULL;
}

static void exec_ends_the_other_threads(void) {
  pid_t pid = fork();
  if (pid == 0) {
    pthread_t t;
    pthread_create(&t, NULL, sleep_long, NULL);
    pthread_create(&t, NULL, execute, NULL);
    sleep(100);
  }
  int status;
  CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void a_fatal_signal_ends_all(void) {
  pid_t pid = fork();
  if (pid == 0) {
    pthread_t t;
    pthread_create(&t, NULL, sleep_long, NULL);
    pthread_exit(NULL); /* the first thread goes, the process stays */
  }
  usleep(20000);
  CHECK(kill(pid, 0) == 0 && waitpid(pid, NULL, WNOHANG) == 0);
  CHECK(kill(pid, SIGTERM) == 0);
  int status;
  CHECK(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

static void stop_and_continue_all(void) {
  pid_t pid = fork();
  if (pid == 0) {
    pthread_t t;
    pthread_create(&t, NULL, end_all, NULL);
    sleep(100);
  }
  int status;
  CHECK(kill(pid, SIGSTOP) == 0 && waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
  usleep(20000);
  CHECK(waitpid(pid, &status, WNOHANG) == 0);
  CHECK(kill(pid, SIGCONT) == 0 && waitpid(pid, &status, 0) == pid);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 42);
}

static void spawned_programs(void) {
  char *argv[] = {"true", NULL}, *missing[] = {"none", NULL};
  pid_t pid;
  int status;
  CHECK(posix_spawn(&pid, "/bin/true", NULL, NULL, argv, NULL) == 0);
  CHECK(waitpid(pid, &status, 0) == pid && status == 0);
  CHECK(posix_spawn(&pid, "/bin/none", NULL, NULL, missing, NULL) == ENOENT);
}

static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
static int readers, writers, wrong;

static void *read_lock(void *unused) {
  for (int i = 0; i < 100; i++) {
    pthread_rwlock_rdlock(&rw);
    __sync_fetch_and_add(&readers, 1);
    sched_yield();
    if (writers) wrong++;
    __sync_fetch_and_sub(&readers, 1);
    pthread_rwlock_unlock(&rw);
  }
  return unused;
}

static void *write_lock(void *unused) {
  for (int i = 0; i < 100; i++) {
    pthread_rwlock_wrlock(&rw);
    writers++;
    sched_yield();
    if (readers || writers != 1) wrong++;
    writers--;
    pthread_rwlock_unlock(&rw);
  }
  return unused;
}

static void read_write_locks(void) {
  pthread_t t[6];
  for (int i = 0; i < 6; i++) CHECK(pthread_create(&t[i], NULL, i < 4 ? read_lock : write_lock, NULL) == 0);
  for (int i = 0; i < 6; i++) pthread_join(t[i], NULL);
  CHECK(wrong == 0);
}

/* With CLONE_PARENT the new process is its maker's sibling, and their parent hears of both in the same way. */
static void a_sibling_cannot_signal_its_parent(void) {
  pid_t pid = fork();
  if (pid == 0) {
    long sibling = syscall(SYS_clone, CLONE_PARENT | SIGABRT, 0, 0, 0, 0);
    if (sibling == 0) _exit(7);
    _exit(sibling > 0 ? 3 : 1);
  }
  int statuses = 0;
  for (int i = 0; i < 2; i++) {
    int status;
    CHECK(wait(&status) > 0 && WIFEXITED(status));
    statuses += WEXITSTATUS(status);
  }
  CHECK(statuses == 10);
  CHECK_ERRNO(wait(NULL), ECHILD);
}

int main(void) {
  TEST(mutex_counts_right, "clone with CLONE_THREAD, FUTEX_WAIT and FUTEX_WAKE");
  TEST(threads_have_numbers_of_their_own, "gettid, tgkill");
  TEST(condition_variables, "FUTEX_REQUEUE, timed waits");
  TEST(barriers, "futex");
  TEST(read_write_locks, "futex");
  TEST(thread_local_storage, "CLONE_SETTLS");
  TEST(cancellation, "a signal to a thread that sleeps in a futex");
  TEST(robust_mutexes, "set_robust_list");
  TEST(priority_inheritance_mutexes, "FUTEX_LOCK_PI");
  TEST(signals_to_one_thread, "tgkill");
  TEST(exit_ends_all_threads, "exit_group");
  TEST(exec_ends_the_other_threads, "execve in a thread");
  TEST(a_fatal_signal_ends_all, "exit of the first thread; signals to the rest");
  TEST(stop_and_continue_all, "SIGSTOP of several threads");
  TEST(spawned_programs, "vfork");
  TEST(a_sibling_cannot_signal_its_parent, "CLONE_PARENT: the exit signal");
  return finish();
}
