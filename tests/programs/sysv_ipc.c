/* System V message queues and semaphores: msgget(), msgop(), semget(), semop() and their control. */
#include "check.h"
#include <pthread.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/stat.h>
#include <time.h>

struct message {
  long type;
  char text[100];
};

static int queue(void) {
  int q = msgget(IPC_PRIVATE, 0600);
  CHECK(q >= 0);
  return q;
}

static void put(int q, long type, const char *text) {
  struct message m = {.type = type};
  strcpy(m.text, text);
  CHECK(msgsnd(q, &m, strlen(text), IPC_NOWAIT) == 0);
}

static void expect(int q, long wanted, int flags, long type, const char *text) {
  struct message m = {0};
  ssize_t n = msgrcv(q, &m, sizeof m.text, wanted, flags | IPC_NOWAIT);
  if (n != (ssize_t)strlen(text) || m.type != type || strcmp(m.text, text))
    FAIL("%ld bytes \"%s\" of type %ld instead of \"%s\"", (long)n, m.text, m.type, text);
}

static void msg_keys(void) {
  key_t key = 0x42520000 + getpid();
  CHECK_ERRNO(msgget(key, 0), ENOENT);
  int q = msgget(key, IPC_CREAT | 0600);
  CHECK(q >= 0 && msgget(key, 0) == q);
  CHECK_ERRNO(msgget(key, IPC_CREAT | IPC_EXCL | 0600), EEXIST);
  CHECK(msgctl(q, IPC_RMID, NULL) == 0);
  CHECK_ERRNO(msgget(key, 0), ENOENT);
  CHECK_ERRNO(msgctl(q, IPC_RMID, NULL), EINVAL);
  struct message m = {.type = 1};
  CHECK_ERRNO(msgsnd(q, &m, 1, 0), EINVAL);
  CHECK_ERRNO(msgrcv(q, &m, 1, 0, 0), EINVAL);
  CHECK_ERRNO(msgsnd(-1, &m, 1, 0), EINVAL);
}

static void msg_types(void) {
  int q = queue();
  put(q, 3, "three"), put(q, 1, "one"), put(q, 2, "two"), put(q, 1, "uno"), put(q, 5, "five");
  expect(q, 1, 0, 1, "one");
  expect(q, -2, 0, 1, "uno");
  expect(q, -2, 0, 2, "two");
  expect(q, 3, MSG_EXCEPT, 5, "five");
  expect(q, 0, 0, 3, "three");
  struct message m = {.type = 0};
  CHECK_ERRNO(msgrcv(q, &m, sizeof m.text, 0, IPC_NOWAIT), ENOMSG);
  CHECK_ERRNO(msgsnd(q, &m, 1, 0), EINVAL);
  m.type = -1;
  CHECK_ERRNO(msgsnd(q, &m, 1, 0), EINVAL);
  put(q, 7, "long message");
  CHECK_ERRNO(msgrcv(q, &m, 4, 0, 0), E2BIG);
  CHECK(msgrcv(q, &m, 4, 0, MSG_NOERROR) == 4 && m.type == 7 && !memcmp(m.text, "long", 4));
  CHECK_ERRNO(msgrcv(q, &m, 4, 0, IPC_NOWAIT), ENOMSG); /* the rest is gone */
  put(q, 9, "");
  expect(q, 9, 0, 9, "");
  msgctl(q, IPC_RMID, NULL);
}

static void msg_limits(void) {
  int q = queue();
  struct msqid_ds ds;
  CHECK(msgctl(q, IPC_STAT, &ds) == 0);
  CHECK(ds.msg_qbytes == 16384 && ds.msg_qnum == 0 && ds.msg_perm.mode == 0600 && ds.msg_perm.uid == geteuid());
  static struct {
    long type;
    char text[9000];
  } big = {.type = 1};
  CHECK_ERRNO(msgsnd(q, &big, 8193, 0), EINVAL);
  CHECK(msgsnd(q, &big, 8192, 0) == 0 && msgsnd(q, &big, 8192, 0) == 0);
  CHECK_ERRNO(msgsnd(q, &big, 1, IPC_NOWAIT), EAGAIN);
  CHECK(msgsnd(q, &big, 0, IPC_NOWAIT) == 0);
  CHECK(msgctl(q, IPC_STAT, &ds) == 0 && ds.msg_qnum == 3 && ds.msg_cbytes == 16384 && ds.msg_lspid == getpid());
  ds.msg_qbytes = 100, ds.msg_perm.mode = 0640;
  CHECK(msgctl(q, IPC_SET, &ds) == 0 && msgctl(q, IPC_STAT, &ds) == 0 && ds.msg_qbytes == 100);
  CHECK((ds.msg_perm.mode & 0777) == 0640);
  CHECK(msgrcv(q, &big, 9000, 0, 0) == 8192 && msgrcv(q, &big, 9000, 0, 0) == 8192);
  CHECK(msgctl(q, IPC_STAT, &ds) == 0 && ds.msg_qnum == 1 && ds.msg_lrpid == getpid() && ds.msg_rtime > 0);
  struct msginfo info;
  CHECK(msgctl(0, IPC_INFO, (struct msqid_ds *)&info) >= 0 && info.msgmax == 8192 && info.msgmnb == 16384);
  msgctl(q, IPC_RMID, NULL);
}

static int shared;

static void *send_later(void *text) {
  usleep(30000);
  put(shared, 4, text);
  return NULL;
}

static void *remove_later(void *control) {
  usleep(30000);
  if (control) semctl(shared, 0, IPC_RMID);
  else msgctl(shared, IPC_RMID, NULL);
  return NULL;
}

static void on_signal(int signal) { (void)signal; }

static pid_t signal_later(void) {
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
  sigaction(SIGUSR1, &action, NULL);
  pid_t parent = getpid(), pid = fork();
  if (pid == 0) {
    usleep(30000);
    kill(parent, SIGUSR1);
    _exit(0);
  }
  return pid;
}

static void msg_waiting(void) {
  struct message m;
  pthread_t t;
  shared = queue();
  put(shared, 5, "other");
  pthread_create(&t, NULL, send_later, "waited");
  CHECK(msgrcv(shared, &m, sizeof m.text, 4, 0) == 6 && m.type == 4);
  pthread_join(t, NULL);
  pid_t pid = signal_later();
  CHECK_ERRNO(msgrcv(shared, &m, sizeof m.text, 4, 0), EINTR); /* never restarted */
  waitpid(pid, NULL, 0);
  pthread_create(&t, NULL, remove_later, NULL);
  CHECK_ERRNO(msgrcv(shared, &m, sizeof m.text, 4, 0), EIDRM);
  pthread_join(t, NULL);
}

union semun {
  int val;
  struct semid_ds *buf;
  unsigned short *array;
};

static int set_of(int count) {
  int s = semget(IPC_PRIVATE, count, 0600);
  CHECK(s >= 0);
  for (int i = 0; i < count; i++) CHECK(semctl(s, i, GETVAL) == 0);
  return s;
}

static int op(int s, unsigned short n, short amount, short flags) {
  struct sembuf b = {n, amount, flags};
  return semop(s, &b, 1);
}

static void sem_values(void) {
  key_t key = 0x42530000 + getpid();
  CHECK_ERRNO(semget(key, 1, 0), ENOENT);
  CHECK_ERRNO(semget(key, 0, IPC_CREAT | 0600), EINVAL);
  CHECK_ERRNO(semget(IPC_PRIVATE, 99999, 0600), EINVAL);
  int k = semget(key, 3, IPC_CREAT | 0600);
  CHECK(k >= 0 && semget(key, 2, 0) == k && semget(key, 0, 0) == k);
  CHECK_ERRNO(semget(key, 4, 0), EINVAL);
  CHECK_ERRNO(semget(key, 3, IPC_CREAT | IPC_EXCL), EEXIST);
  semctl(k, 0, IPC_RMID);
  int s = set_of(3);
  unsigned short values[3] = {1, 2, 3};
  CHECK(semctl(s, 0, SETALL, (union semun){.array = values}) == 0);
  values[0] = values[1] = values[2] = 9;
  CHECK(semctl(s, 0, GETALL, (union semun){.array = values}) == 0);
  CHECK(values[0] == 1 && values[1] == 2 && values[2] == 3);
  CHECK(semctl(s, 1, SETVAL, (union semun){.val = 32767}) == 0 && semctl(s, 1, GETVAL) == 32767);
  CHECK_ERRNO(semctl(s, 1, SETVAL, (union semun){.val = 32768}), ERANGE);
  CHECK_ERRNO(semctl(s, 1, SETVAL, (union semun){.val = -1}), ERANGE);
  CHECK_ERRNO(semctl(s, 3, GETVAL), EINVAL);
  CHECK_ERRNO(op(s, 1, 1, 0), ERANGE);
  CHECK_ERRNO(op(s, 3, 1, 0), EFBIG);
  CHECK(op(s, 0, 5, 0) == 0 && semctl(s, 0, GETVAL) == 6 && semctl(s, 0, GETPID) == getpid());
  CHECK_ERRNO(op(s, 0, -7, IPC_NOWAIT), EAGAIN);
  CHECK_ERRNO(op(s, 0, 0, IPC_NOWAIT), EAGAIN);
  CHECK(op(s, 0, -6, IPC_NOWAIT) == 0 && op(s, 0, 0, IPC_NOWAIT) == 0);
  struct semid_ds ds;
  CHECK(semctl(s, 0, IPC_STAT, (union semun){.buf = &ds}) == 0);
  CHECK(ds.sem_nsems == 3 && ds.sem_otime > 0 && ds.sem_ctime > 0 && (ds.sem_perm.mode & 0777) == 0600);
  ds.sem_perm.mode = 0644;
  CHECK(semctl(s, 0, IPC_SET, (union semun){.buf = &ds}) == 0);
  CHECK(semctl(s, 0, IPC_STAT, (union semun){.buf = &ds}) == 0 && (ds.sem_perm.mode & 0777) == 0644);
  struct sembuf many[501] = {{0}};
  CHECK_ERRNO(semop(s, many, 501), E2BIG);
  CHECK_ERRNO(semop(s, many, 0), EINVAL);
  CHECK(semctl(s, 0, IPC_RMID) == 0);
  CHECK_ERRNO(op(s, 0, 1, 0), EINVAL);
}

static void sem_atomic(void) {
  int s = set_of(3);
  struct sembuf both[] = {{0, 2, 0}, {1, -1, IPC_NOWAIT}, {2, 1, 0}};
  CHECK_ERRNO(semop(s, both, 3), EAGAIN);
  CHECK(semctl(s, 0, GETVAL) == 0 && semctl(s, 2, GETVAL) == 0);
  CHECK(op(s, 1, 1, 0) == 0 && semop(s, both, 3) == 0);
  CHECK(semctl(s, 0, GETVAL) == 2 && semctl(s, 1, GETVAL) == 0 && semctl(s, 2, GETVAL) == 1);
  struct sembuf same[] = {{0, -2, 0}, {0, 0, IPC_NOWAIT}, {0, 1, 0}};
  CHECK(semop(s, same, 3) == 0 && semctl(s, 0, GETVAL) == 1); /* one after the other */
  semctl(s, 0, IPC_RMID);
}

static void *up_later(void *n) {
  usleep(30000);
  CHECK(semctl(shared, 0, GETNCNT) == 1 && semctl(shared, 0, GETZCNT) == 0);
  CHECK(op(shared, 0, (short)(long)n, 0) == 0);
  return NULL;
}

static void *down_later(void *n) {
  usleep(30000);
  CHECK(semctl(shared, 0, GETZCNT) == 1);
  CHECK(op(shared, 0, (short)-(long)n, 0) == 0);
  return NULL;
}

static void sem_waiting(void) {
  shared = set_of(1);
  pthread_t t;
  pthread_create(&t, NULL, up_later, (void *)3);
  CHECK(op(shared, 0, -2, 0) == 0 && semctl(shared, 0, GETVAL) == 1);
  pthread_join(t, NULL);
  CHECK(semctl(shared, 0, GETNCNT) == 0);
  pthread_create(&t, NULL, down_later, (void *)1);
  CHECK(op(shared, 0, 0, 0) == 0);
  pthread_join(t, NULL);
  struct timespec limit = {.tv_nsec = 40000000}, before, after;
  struct sembuf down = {0, -1, 0};
  clock_gettime(CLOCK_MONOTONIC, &before);
  CHECK_ERRNO(semtimedop(shared, &down, 1, &limit), EAGAIN);
  clock_gettime(CLOCK_MONOTONIC, &after);
  CHECK((after.tv_sec - before.tv_sec) * 1000000000 + after.tv_nsec - before.tv_nsec >= 40000000);
  limit.tv_nsec = -1;
  CHECK_ERRNO(semtimedop(shared, &down, 1, &limit), EINVAL);
  pid_t pid = signal_later();
  CHECK_ERRNO(op(shared, 0, -1, 0), EINTR);
  waitpid(pid, NULL, 0);
  pthread_create(&t, NULL, remove_later, (void *)1);
  CHECK_ERRNO(op(shared, 0, -1, 0), EIDRM);
  pthread_join(t, NULL);
}

static void sem_undo(void) {
  int s = set_of(2), status;
  CHECK(op(s, 0, 5, 0) == 0);
  pid_t pid = fork();
  if (pid == 0) {
    struct sembuf b[] = {{0, -3, SEM_UNDO}, {1, 4, SEM_UNDO}, {1, 1, 0}};
    if (semop(s, b, 3)) _exit(1);
    _exit(semctl(s, 0, GETVAL) == 2 && semctl(s, 1, GETVAL) == 5 ? 0 : 2);
  }
  CHECK(waitpid(pid, &status, 0) == pid && status == 0);
  CHECK(semctl(s, 0, GETVAL) == 5 && semctl(s, 1, GETVAL) == 1);
  pid = fork();
  if (pid == 0) {
    op(s, 0, -2, SEM_UNDO);
    semctl(s, 0, SETVAL, (union semun){.val = 7}); /* clears what is to be undone */
    kill(getpid(), SIGKILL);
  }
  waitpid(pid, &status, 0);
  CHECK(semctl(s, 0, GETVAL) == 7);
  pid = fork();
  if (pid == 0) {
    op(s, 0, -7, SEM_UNDO);
    usleep(40000);
    _exit(0);
  }
  usleep(20000);
  CHECK(op(s, 0, -1, 0) == 0); /* waits for the child's end */
  CHECK(semctl(s, 0, GETVAL) == 6);
  waitpid(pid, &status, 0);
  semctl(s, 0, IPC_RMID);
}

/* Five processes take turns at a counter. */
static void sem_mutex(void) {
  int s = set_of(1), ends[2];
  CHECK(op(s, 0, 1, 0) == 0 && pipe(ends) == 0);
  int zero = 0;
  CHECK(write(ends[1], &zero, 4) == 4);
  for (int i = 0; i < 5; i++) {
    if (fork()) continue;
    for (int k = 0; k < 100; k++) {
      int value;
      if (op(s, 0, -1, SEM_UNDO)) _exit(1);
      if (read(ends[0], &value, 4) != 4) _exit(2);
      value++;
      if (write(ends[1], &value, 4) != 4) _exit(3);
      if (op(s, 0, 1, SEM_UNDO)) _exit(4);
    }
    _exit(0);
  }
  int status;
  for (int i = 0; i < 5; i++) CHECK(wait(&status) > 0 && status == 0);
  int value;
  CHECK(read(ends[0], &value, 4) == 4 && value == 500);
  semctl(s, 0, IPC_RMID);
}

int main(void) {
  TEST(msg_keys, "msgget(2)");
  TEST(msg_types, "msgop(2): types");
  TEST(msg_limits, "msgctl(2)");
  TEST(msg_waiting, "msgop(2): EINTR, EIDRM");
  TEST(sem_values, "semget(2), semctl(2)");
  TEST(sem_atomic, "semop(2): all or nothing");
  TEST(sem_waiting, "semop(2): waiting");
  TEST(sem_undo, "semop(2): SEM_UNDO");
  TEST(sem_mutex, "semop(2) between processes");
  return finish();
}
