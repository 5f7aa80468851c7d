/* POSIX semaphores: unnamed between threads and processes, named, timed waits, limits. */
#include "check.h"
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <time.h>

static sem_t sem;
static int counter;

static void *count_up(void *unused) {
  (void)unused;
  for (int i = 0; i < 2000; i++) {
    CHECK(sem_wait(&sem) == 0);
    counter++;
    CHECK(sem_post(&sem) == 0);
  }
  return NULL;
}

static void sem_threads(void) {
  pthread_t t[4];
  CHECK(sem_init(&sem, 0, 1) == 0);
  for (int i = 0; i < 4; i++) CHECK(pthread_create(&t[i], NULL, count_up, NULL) == 0);
  for (int i = 0; i < 4; i++) pthread_join(t[i], NULL);
  int value;
  CHECK(counter == 8000 && sem_getvalue(&sem, &value) == 0 && value == 1);
  CHECK(sem_trywait(&sem) == 0);
  CHECK_ERRNO(sem_trywait(&sem), EAGAIN);
  CHECK(sem_destroy(&sem) == 0);
  CHECK_ERRNO(sem_init(&sem, 0, (unsigned)SEM_VALUE_MAX + 1), EINVAL);
  CHECK(sem_init(&sem, 0, SEM_VALUE_MAX) == 0);
  CHECK_ERRNO(sem_post(&sem), EOVERFLOW);
}

static void sem_processes(void) {
  sem_t *s = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  CHECK(s != MAP_FAILED && sem_init(s, 1, 0) == 0 && sem_init(s + 1, 1, 0) == 0);
  pid_t pid = fork();
  if (pid == 0) {
    for (int i = 0; i < 500; i++) {
      if (sem_wait(s)) _exit(1);
      if (sem_post(s + 1)) _exit(2);
    }
    _exit(0);
  }
  for (int i = 0; i < 500; i++) CHECK(sem_post(s) == 0 && sem_wait(s + 1) == 0);
  int status;
  CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

static void sem_named(void) {
  char name[64];
  snprintf(name, sizeof name, "/breenix-sem-%d", getpid());
  CHECK(sem_open(name, 0) == SEM_FAILED && errno == ENOENT);
  sem_t *s = sem_open(name, O_CREAT | O_EXCL, 0600, 2);
  CHECK(s != SEM_FAILED);
  CHECK(sem_open(name, O_CREAT | O_EXCL, 0600, 2) == SEM_FAILED && errno == EEXIST);
  CHECK(sem_open(name, 0) == s);
  int value, status;
  CHECK(sem_getvalue(s, &value) == 0 && value == 2);
  pid_t pid = fork();
  if (pid == 0) {
    sem_t *mine = sem_open(name, 0);
    _exit(mine == SEM_FAILED || sem_wait(mine) || sem_wait(mine) || sem_post(mine));
  }
  CHECK(waitpid(pid, &status, 0) == pid && status == 0);
  CHECK(sem_getvalue(s, &value) == 0 && value == 1);
  CHECK(sem_unlink(name) == 0);
  CHECK_ERRNO(sem_unlink(name), ENOENT);
  CHECK(sem_open(name, 0) == SEM_FAILED && errno == ENOENT);
  CHECK(sem_wait(s) == 0 && sem_close(s) == 0 && sem_close(s) == 0);
}

static void on_signal(int signal) { (void)signal; }

static void sem_timed(void) {
  struct timespec at;
  CHECK(sem_init(&sem, 0, 0) == 0);
  clock_gettime(CLOCK_REALTIME, &at);
  at.tv_nsec += 50000000;
  if (at.tv_nsec >= 1000000000) at.tv_sec++, at.tv_nsec -= 1000000000;
  CHECK_ERRNO(sem_timedwait(&sem, &at), ETIMEDOUT);
  at.tv_nsec = 1000000000;
  CHECK_ERRNO(sem_timedwait(&sem, &at), EINVAL);
  sem_post(&sem);
  CHECK(sem_timedwait(&sem, &at) == 0); /* the time is not looked at */
  struct sigaction action = {.sa_handler = on_signal};
  sigaction(SIGUSR1, &action, NULL);
  pid_t parent = getpid(), pid = fork();
  if (pid == 0) {
    usleep(30000);
    kill(parent, SIGUSR1);
    _exit(0);
  }
  CHECK_ERRNO(sem_wait(&sem), EINTR);
  waitpid(pid, NULL, 0);
}

int main(void) {
  TEST(sem_threads, "POSIX sem_wait(), sem_post()");
  TEST(sem_processes, "POSIX sem_init() with pshared");
  TEST(sem_named, "POSIX sem_open(), sem_unlink(); /dev/shm");
  TEST(sem_timed, "POSIX sem_timedwait()");
  return finish();
}
