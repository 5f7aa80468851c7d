/*
 * Random calls on shared descriptors by several threads of several processes: whatever they do to pipes, sockets, queues,
 * semaphores and epoll sets at once, the system goes on and nothing is lost. What each call returns does not matter; the
 * calls never wait.
 */
#include "check.h"
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>

#define FIRST 10
#define COUNT 24
#define PROCESSES 4
#define CALLS 6000
#define SLACK (1L << 20)

static int queue_id, set_id;

static unsigned next(unsigned *state) {
  *state ^= *state << 13, *state ^= *state >> 17, *state ^= *state << 5;
  return *state;
}

static int any(unsigned *s) { return FIRST + (int)(next(s) % COUNT); }

/* Puts a new descriptor to a random place. */
static void place(int fd, unsigned *s) {
  if (fd < 0 || (fd >= FIRST && fd < FIRST + COUNT)) return;
  dup2(fd, any(s));
  if (fd >= FIRST + COUNT || fd > 2) close(fd);
}

static void make(unsigned *s) {
  int ends[2] = {-1, -1};
  sigset_t set;
  switch (next(s) % 8) {
  case 0: if (pipe2(ends, O_NONBLOCK)) return; break;
  case 1: if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends)) return; break;
  case 2: if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, ends)) return; break;
  case 3: ends[0] = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0); break;
  case 4: ends[0] = eventfd(next(s) % 3, EFD_NONBLOCK); break;
  case 5: ends[0] = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK); break;
  case 6: sigemptyset(&set), sigaddset(&set, SIGUSR1), ends[0] = signalfd(-1, &set, SFD_NONBLOCK); break;
  default: ends[0] = epoll_create1(0);
  }
  place(ends[0], s), place(ends[1], s);
}

static void named(unsigned *s) {
  struct sockaddr_un a = {.sun_family = AF_UNIX};
  a.sun_path[1] = (char)('a' + next(s) % 4);
  int fd = any(s);
  switch (next(s) % 4) {
  case 0: bind(fd, (struct sockaddr *)&a, 5); break;
  case 1: listen(fd, 2); break;
  case 2: connect(fd, (struct sockaddr *)&a, 5); break;
  default: if (fcntl(fd, F_GETFL) & O_NONBLOCK) place(accept4(fd, NULL, NULL, SOCK_NONBLOCK), s);
  }
}

static void messages(unsigned *s) {
  char text[2000], control[CMSG_SPACE(3 * sizeof(int))] = {0};
  struct iovec v = {text, next(s) % sizeof text};
  struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  memset(text, 1, sizeof text);
  if (next(s) % 2) {
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    c->cmsg_level = SOL_SOCKET, c->cmsg_type = SCM_RIGHTS, c->cmsg_len = CMSG_LEN(3 * sizeof(int));
    for (int i = 0; i < 3; i++) ((int *)CMSG_DATA(c))[i] = any(s);
    sendmsg(any(s), &m, MSG_DONTWAIT | MSG_NOSIGNAL);
  } else if (recvmsg(any(s), &m, MSG_DONTWAIT | (next(s) % 4 ? 0 : MSG_PEEK)) >= 0) {
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    int n = c && c->cmsg_type == SCM_RIGHTS ? (int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int)) : 0;
    for (int i = 0; i < n; i++) place(((int *)CMSG_DATA(c))[i], s);
  }
}

static void readiness(unsigned *s) {
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | (next(s) % 2 ? EPOLLET : 0) | (next(s) % 4 ? 0 : EPOLLONESHOT)};
  struct epoll_event out[8];
  struct pollfd p[4];
  switch (next(s) % 4) {
  case 0: epoll_ctl(any(s), EPOLL_CTL_ADD, any(s), &event); break;
  case 1: epoll_ctl(any(s), next(s) % 2 ? EPOLL_CTL_MOD : EPOLL_CTL_DEL, any(s), &event); break;
  case 2: epoll_wait(any(s), out, 8, (int)(next(s) % 2)); break;
  default:
    for (int i = 0; i < 4; i++) p[i].fd = any(s), p[i].events = POLLIN | POLLOUT;
    poll(p, 4, (int)(next(s) % 2));
  }
}

static void queues(unsigned *s) {
  struct {
    long type;
    char text[300];
  } m = {.type = 1 + (long)(next(s) % 3)};
  struct sembuf b[2] = {{(unsigned short)(next(s) % 3), (short)(next(s) % 3 - 1), IPC_NOWAIT | SEM_UNDO}, {(unsigned short)(next(s) % 3), 1, IPC_NOWAIT}};
  char name[3] = {'/', (char)('p' + next(s) % 3), 0}, text[64];
  switch (next(s) % 5) {
  case 0: msgsnd(queue_id, &m, next(s) % 300, IPC_NOWAIT); break;
  case 1: msgrcv(queue_id, &m, 300, (long)(next(s) % 5) - 2, IPC_NOWAIT | MSG_NOERROR); break;
  case 2: semop(set_id, b, 2); break;
  case 3: {
    mqd_t q = mq_open(name, O_CREAT | O_RDWR | O_NONBLOCK, 0600, &(struct mq_attr){.mq_maxmsg = 4, .mq_msgsize = 64});
    if (q < 0) break;
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    mq_notify(q, &event);
    mq_send(q, text, 30, next(s) % 5);
    mq_receive(q, text, 64, NULL);
    mq_close(q);
    break;
  }
  default: mq_unlink(name);
  }
}

static void transfer(unsigned *s) {
  static __thread char block[9000];
  int fd = any(s), n;
  struct itimerspec t = {.it_value = {.tv_nsec = 100000}, .it_interval = {.tv_nsec = 2000000}};
  switch (next(s) % 8) {
  case 0: if (fcntl(fd, F_GETFL) & O_NONBLOCK) (void)!write(fd, block, next(s) % sizeof block); break;
  case 1: if (fcntl(fd, F_GETFL) & O_NONBLOCK) (void)!read(fd, block, next(s) % sizeof block); break;
  case 2: fcntl(fd, F_SETPIPE_SZ, 4096 << next(s) % 6); break;
  case 3: ioctl(fd, FIONREAD, &n); break;
  case 4: timerfd_settime(fd, 0, &t, NULL); break;
  case 5: shutdown(fd, (int)(next(s) % 3)); break;
  case 6: tee(fd, any(s), 1000, 2); break;
  default: kill(getpid(), SIGUSR1);
  }
}

static void *hammer(void *seed) {
  unsigned s = (unsigned)(long)seed;
  static void (*const kinds[])(unsigned *) = {make, named, messages, readiness, queues, transfer, transfer, readiness};
  for (int i = 0; i < CALLS; i++) {
    kinds[next(&s) % 8](&s);
    if (next(&s) % 6 == 0) close(any(&s));
    if (next(&s) % 500 == 0) {
      pid_t pid = fork();
      if (pid == 0) {
        struct sembuf b = {0, 1, IPC_NOWAIT | SEM_UNDO};
        semop(set_id, &b, 1);
        _exit(0);
      }
      waitpid(pid, NULL, 0);
    }
  }
  return NULL;
}

static long free_memory(void) {
  struct sysinfo info;
  CHECK(sysinfo(&info) == 0);
  return (long)info.freeram;
}

static void round_of(unsigned seed) {
  queue_id = msgget(IPC_PRIVATE, 0600), set_id = semget(IPC_PRIVATE, 3, 0600);
  CHECK(queue_id >= 0 && set_id >= 0);
  for (unsigned p = 0; p < PROCESSES; p++) {
    pid_t pid = fork();
    if (pid) continue;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGUSR1, SIG_IGN);
    if (p % 2) {
      sigset_t set;
      sigemptyset(&set), sigaddset(&set, SIGUSR1), sigprocmask(SIG_BLOCK, &set, NULL);
      signal(SIGUSR1, SIG_DFL);
    }
    pthread_t t[2];
    for (long i = 0; i < 2; i++) pthread_create(&t[i], NULL, hammer, (void *)(long)(seed * 1000 + p * 10 + (unsigned)i + 1));
    for (int i = 0; i < 2; i++) pthread_join(t[i], NULL);
    _exit(0);
  }
  int status;
  for (int p = 0; p < PROCESSES; p++) CHECK(wait(&status) > 0 && status == 0);
  msgctl(queue_id, IPC_RMID, NULL), semctl(set_id, 0, IPC_RMID);
  mq_unlink("/p"), mq_unlink("/q"), mq_unlink("/r");
}

static void ipc_hammered(void) {
  round_of(1);
  long before = free_memory();
  for (unsigned i = 2; i < 6; i++) round_of(i);
  long lost = before - free_memory();
  if (lost > SLACK) FAIL("%ld bytes are gone", lost);
}

int main(void) {
  TEST(ipc_hammered, "kernel/ipc, kernel/net/unix: locks and references");
  return finish();
}
