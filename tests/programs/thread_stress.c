/*
 * Threads and signals under load: locks of every kind, threads that come, go and are cancelled, timers, queued signals, fork
 * and exec beside each other, with signals falling into all of it. Nothing may be lost and everybody must go on: a worker
 * that makes no turn for some seconds has been forgotten. `thread_stress SECONDS` goes on for so long.
 */
#include "check.h"
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <time.h>

#define SECONDS 3
/* No worker needs so long for one turn, on a slow machine either. */
#define STALLED_AFTER 15

static double seconds = SECONDS;
static volatile int stop;
static volatile sig_atomic_t interruptions;

/* Shared by threads and the children that are forked: locks, what they guard, and how many changes there were. */
static struct shared {
  pthread_mutex_t normal, inherit, robust, shared;
  pthread_rwlock_t rwlock;
  long of_normal, of_inherit, of_robust, of_shared;
  long changes_normal, changes_inherit, changes_robust, changes_shared;
  long left, right;
} *common;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static void interrupt(int signal) { (void)signal, interruptions++; }

/* Not atomic: two at once would lose one. */
static void change(long *value, long *count) {
  long seen = *value;
  if (seen % 16 == 0) sched_yield();
  *value = seen + 1;
  __atomic_add_fetch(count, 1, __ATOMIC_RELAXED);
}

static void locks(unsigned turn) {
  pthread_mutex_lock(&common->normal);
  change(&common->of_normal, &common->changes_normal);
  pthread_mutex_unlock(&common->normal);
  pthread_mutex_lock(&common->inherit);
  change(&common->of_inherit, &common->changes_inherit);
  pthread_mutex_unlock(&common->inherit);
  if (turn % 4 == 0) {
    pthread_rwlock_wrlock(&common->rwlock);
    common->left++, sched_yield(), common->right++;
  } else {
    pthread_rwlock_rdlock(&common->rwlock);
    CHECK(common->left == common->right);
  }
  pthread_rwlock_unlock(&common->rwlock);
}

static void *hold_and_end(void *unused) {
  int error = pthread_mutex_lock(&common->robust);
  if (error == EOWNERDEAD) pthread_mutex_consistent(&common->robust);
  change(&common->of_robust, &common->changes_robust);
  return unused; /* still locked */
}

static void owners_die(unsigned turn) {
  pthread_t t;
  (void)turn;
  CHECK(pthread_create(&t, NULL, hold_and_end, NULL) == 0 && pthread_join(t, NULL) == 0);
}

static void *wait_to_be_cancelled(void *of_type) {
  pthread_setcanceltype(*(int *)of_type, NULL);
  for (int i = 0; i < 100; i++) {
    struct timespec t = {5, 0};
    nanosleep(&t, NULL);
  }
  return NULL;
}

static void cancelled(unsigned turn) {
  int type = turn % 2 ? PTHREAD_CANCEL_ASYNCHRONOUS : PTHREAD_CANCEL_DEFERRED;
  pthread_t t;
  void *result;
  CHECK(pthread_create(&t, NULL, wait_to_be_cancelled, &type) == 0);
  if (turn % 3) sched_yield();
  CHECK(pthread_cancel(t) == 0 && pthread_join(t, &result) == 0 && result == PTHREAD_CANCELED);
}

/* A ball between two threads, by a condition variable and by semaphores. */
static struct game {
  pthread_mutex_t mutex;
  pthread_cond_t condition;
  int turn;
  sem_t here, there;
} game = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, {{0}}, {{0}}};

static void unlock(void *mutex) { pthread_mutex_unlock(mutex); }

static void pass_to(int next) {
  pthread_mutex_lock(&game.mutex);
  pthread_cleanup_push(unlock, &game.mutex);
  while (game.turn == next) pthread_cond_wait(&game.condition, &game.mutex);
  game.turn = next;
  pthread_cond_signal(&game.condition);
  pthread_cleanup_pop(1);
}

static void wait_for(sem_t *semaphore) {
  while (sem_wait(semaphore) != 0) CHECK(errno == EINTR);
}

static void serve(unsigned turn) {
  (void)turn;
  pass_to(1);
  sem_post(&game.there);
  wait_for(&game.here);
}

static void give_back(unsigned turn) {
  (void)turn;
  pass_to(0);
  wait_for(&game.there);
  sem_post(&game.here);
}

static void children(unsigned turn) {
  int status;
  pid_t pid = fork();
  CHECK(pid >= 0);
  if (pid == 0) {
    for (int i = 0; i < 20; i++) {
      pthread_mutex_lock(&common->shared);
      change(&common->of_shared, &common->changes_shared);
      pthread_mutex_unlock(&common->shared);
    }
    if (turn % 3 == 0) execl("/proc/self/exe", "thread_stress", "leave", (char *)NULL);
    _exit(7);
  }
  while (waitpid(pid, &status, 0) != pid) CHECK(errno == EINTR);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

/* Real-time signals are all delivered; the values come in order. */
static void queued(unsigned turn) {
  sigset_t set;
  siginfo_t info;
  sigemptyset(&set);
  sigaddset(&set, SIGRTMIN + 5);
  for (int i = 0; i < 8; i++) CHECK(sigqueue(getpid(), SIGRTMIN + 5, (union sigval){.sival_int = (int)turn + i}) == 0);
  for (int i = 0; i < 8; i++) {
    int got;
    while ((got = sigwaitinfo(&set, &info)) < 0) CHECK(errno == EINTR);
    CHECK(got == SIGRTMIN + 5 && info.si_value.sival_int == (int)turn + i);
  }
}

static void timers(unsigned turn) {
  timer_t id;
  struct sigevent e = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
  struct itimerspec v = {{0, 500000}, {0, 500000 + turn % 1000}};
  CHECK(timer_create(CLOCK_MONOTONIC, &e, &id) == 0 && timer_settime(id, 0, &v, NULL) == 0);
  struct timespec t = {0, 3000000};
  while (nanosleep(&t, &t) != 0 && errno == EINTR);
  CHECK(timer_delete(id) == 0);
}

static struct worker {
  const char *name;
  void (*body)(unsigned turn);
  pthread_t thread;
  volatile unsigned turns;
} workers[] = {
  {"locks 1", locks, 0, 0},     {"locks 2", locks, 0, 0},         {"locks 3", locks, 0, 0},
  {"owners die", owners_die, 0, 0}, {"owners die too", owners_die, 0, 0}, {"cancelled", cancelled, 0, 0},
  {"serve", serve, 0, 0},       {"give back", give_back, 0, 0},   {"children", children, 0, 0},
  {"more children", children, 0, 0}, {"queued signals", queued, 0, 0}, {"timers", timers, 0, 0},
};
#define WORKERS (int)(sizeof workers / sizeof *workers)

static void *work(void *argument) {
  struct worker *w = argument;
  while (!stop) {
    w->body(w->turns);
    w->turns++;
  }
  return NULL;
}

/* SIGUSR2 to every thread in turn, and a look whether all go on. */
static void disturb_and_watch(void) {
  unsigned seen[WORKERS] = {0};
  double since[WORKERS], until = now() + seconds;
  for (int i = 0; i < WORKERS; i++) since[i] = now();
  while (now() < until) {
    for (int i = 0; i < WORKERS; i++) {
      pthread_kill(workers[i].thread, SIGUSR2);
      if (workers[i].turns != seen[i]) seen[i] = workers[i].turns, since[i] = now();
      else if (now() - since[i] > STALLED_AFTER) FAIL("'%s' stands still after %u turns", workers[i].name, seen[i]);
    }
    struct timespec t = {0, 2000000};
    nanosleep(&t, NULL);
  }
}

static void make_locks(void) {
  pthread_mutexattr_t m;
  pthread_rwlockattr_t r;
  common = mmap(NULL, sizeof *common, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  CHECK(common != MAP_FAILED);
  pthread_mutex_init(&common->normal, NULL);
  pthread_mutexattr_init(&m);
  pthread_mutexattr_setprotocol(&m, PTHREAD_PRIO_INHERIT);
  CHECK(pthread_mutex_init(&common->inherit, &m) == 0);
  pthread_mutexattr_init(&m);
  pthread_mutexattr_setrobust(&m, PTHREAD_MUTEX_ROBUST);
  CHECK(pthread_mutex_init(&common->robust, &m) == 0);
  pthread_mutexattr_init(&m);
  pthread_mutexattr_setpshared(&m, PTHREAD_PROCESS_SHARED);
  CHECK(pthread_mutex_init(&common->shared, &m) == 0);
  pthread_rwlockattr_init(&r);
  CHECK(pthread_rwlock_init(&common->rwlock, &r) == 0);
  CHECK(sem_init(&game.here, 0, 0) == 0 && sem_init(&game.there, 0, 0) == 0);
}

static void everything_at_once(void) {
  sigset_t set;
  struct sigaction a = {.sa_handler = interrupt};
  alarm((unsigned)seconds + 4 * STALLED_AFTER);
  sigemptyset(&set);
  sigaddset(&set, SIGRTMIN + 5);
  CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
  CHECK(sigaction(SIGUSR1, &a, NULL) == 0);
  a.sa_flags = SA_RESTART;
  CHECK(sigaction(SIGUSR2, &a, NULL) == 0);
  make_locks();
  for (int i = 0; i < WORKERS; i++) CHECK(pthread_create(&workers[i].thread, NULL, work, &workers[i]) == 0);
  disturb_and_watch();
  stop = 1;
  /* The two with the ball may wait for each other's last turn. */
  for (int i = 0; i < WORKERS; i++) {
    if (workers[i].body == serve || workers[i].body == give_back) pthread_cancel(workers[i].thread);
    CHECK(pthread_join(workers[i].thread, NULL) == 0);
  }
  CHECK(interruptions > 0);
  CHECK(common->of_normal == common->changes_normal && common->of_normal > 0);
  CHECK(common->of_inherit == common->changes_inherit && common->of_inherit > 0);
  CHECK(common->of_robust == common->changes_robust && common->of_robust > 0);
  CHECK(common->of_shared == common->changes_shared && common->of_shared > 0);
  CHECK(common->left == common->right);
}

int main(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "leave") == 0) return 7;
  if (argc > 1) seconds = atof(argv[1]);
  TEST(everything_at_once, "somebody waits for a wake-up that was lost");
  return finish();
}
