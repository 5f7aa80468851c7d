/*
 * Nothing that processes communicate by may cost memory once it is gone: pipes, sockets with files in circles, queues,
 * semaphores, epoll sets. Free memory after many rounds is what it was after a few.
 */
#include "check.h"
#include <fcntl.h>
#include <mqueue.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/timerfd.h>
#include <sys/un.h>

/* What may be missing: caches of the kernel that grow with use, and what other programs of the machine take meanwhile. */
#define SLACK (192L << 10)
#define ROUNDS 600

static long free_memory(void) {
  struct sysinfo info;
  CHECK(sysinfo(&info) == 0);
  return (long)info.freeram;
}

static void measure(void (*round)(void)) {
  for (int i = 0; i < 30; i++) round();
  long before = free_memory();
  for (int i = 0; i < ROUNDS; i++) round();
  long lost = before - free_memory();
  if (lost > SLACK) FAIL("%ld bytes are gone after %d rounds", lost, ROUNDS);
}

static void pipes(void) {
  int ends[2];
  static char block[70000];
  CHECK(pipe2(ends, O_NONBLOCK) == 0);
  CHECK(write(ends[1], block, sizeof block) == 65536 && read(ends[0], block, 10000) == 10000);
  CHECK(fcntl(ends[0], F_SETPIPE_SZ, 1 << 17) == 1 << 17);
  close(ends[0]), close(ends[1]);
}

static void send_file(int over, int fd) {
  char control[CMSG_SPACE(sizeof(int))] = {0};
  struct iovec v = {"f", 1};
  struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  struct cmsghdr *c = CMSG_FIRSTHDR(&m);
  c->cmsg_level = SOL_SOCKET, c->cmsg_type = SCM_RIGHTS, c->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(c), &fd, sizeof fd);
  CHECK(sendmsg(over, &m, 0) == 1);
}

static void sockets(void) {
  int a[2], b[2], ends[2];
  static char block[8000];
  CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, a) == 0 && socketpair(AF_UNIX, SOCK_DGRAM, 0, b) == 0);
  CHECK(write(a[0], block, sizeof block) == sizeof block && write(b[1], block, 100) == 100);
  CHECK(pipe(ends) == 0);
  send_file(a[1], ends[0]); /* never read */
  send_file(a[0], a[1]);    /* a socket in its own queue */
  send_file(b[0], a[0]), send_file(a[0], b[1]), send_file(b[1], b[0]); /* a larger circle */
  close(ends[0]), close(ends[1]);
  close(a[0]), close(a[1]), close(b[0]), close(b[1]);
  struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "\0breenix-leak"};
  int l = socket(AF_UNIX, SOCK_STREAM, 0), c = socket(AF_UNIX, SOCK_STREAM, 0);
  CHECK(bind(l, (struct sockaddr *)&name, sizeof name) == 0 && listen(l, 3) == 0);
  CHECK(connect(c, (struct sockaddr *)&name, sizeof name) == 0);
  send_file(c, l); /* the listener waits in the queue of a connection that it never accepts */
  close(l), close(c);
}

static void queues(void) {
  static char text[200];
  mqd_t q = mq_open("/breenix-leak", O_CREAT | O_RDWR, 0600, &(struct mq_attr){.mq_maxmsg = 5, .mq_msgsize = 200});
  CHECK(q >= 0);
  for (unsigned i = 0; i < 5; i++) CHECK(mq_send(q, text, sizeof text, i) == 0);
  CHECK(mq_unlink("/breenix-leak") == 0 && mq_close(q) == 0);
  int m = msgget(IPC_PRIVATE, 0600), s = semget(IPC_PRIVATE, 20, 0600);
  struct {
    long type;
    char text[500];
  } message = {.type = 1};
  for (int i = 0; i < 5; i++) CHECK(msgsnd(m, &message, 500, 0) == 0);
  struct sembuf up = {3, 1, SEM_UNDO};
  CHECK(semop(s, &up, 1) == 0);
  CHECK(msgctl(m, IPC_RMID, NULL) == 0 && semctl(s, 0, IPC_RMID) == 0);
}

static void descriptors(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  int e = epoll_create1(0), inner = epoll_create1(0), fds[4] = {eventfd(0, 0), timerfd_create(CLOCK_REALTIME, 0), signalfd(-1, &set, 0), inner};
  struct itimerspec at = {.it_value = {.tv_sec = 4000000000}};
  CHECK(timerfd_settime(fds[1], TFD_TIMER_ABSTIME, &at, NULL) == 0);
  for (int i = 0; i < 4; i++) {
    struct epoll_event event = {.events = EPOLLIN};
    CHECK(epoll_ctl(e, EPOLL_CTL_ADD, fds[i], &event) == 0);
    if (i < 3) CHECK(epoll_ctl(inner, EPOLL_CTL_ADD, fds[i], &event) == 0);
  }
  close(fds[0]), close(e);
  close(fds[1]), close(fds[2]), close(fds[3]);
}

static void processes(void) {
  static int s = -1, ends[2];
  if (s < 0) {
    s = semget(IPC_PRIVATE, 1, 0600);
    CHECK(pipe(ends) == 0);
  }
  pid_t pid = fork();
  if (pid == 0) {
    struct sembuf up = {0, 1, SEM_UNDO};
    semop(s, &up, 1);
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair)) _exit(1);
    _exit(0);
  }
  CHECK(waitpid(pid, NULL, 0) == pid && semctl(s, 0, GETVAL) == 0);
}

static void leak_pipes(void) { measure(pipes); }
static void leak_sockets(void) { measure(sockets); }
static void leak_queues(void) { measure(queues); }
static void leak_descriptors(void) { measure(descriptors); }
static void leak_processes(void) { measure(processes); }

int main(void) {
  TEST(leak_pipes, "ipc/pipe.ts");
  TEST(leak_sockets, "net/unix: messages, and the collector of files in flight");
  TEST(leak_queues, "ipc/mqueue.ts, sysv-msg.ts, sysv-sem.ts");
  TEST(leak_descriptors, "ipc/epoll.ts and what it watches");
  TEST(leak_processes, "what ends with a process");
  return finish();
}
