/* Unix domain sockets: streams, datagrams, packets, names, ancillary data, options. */
#include "check.h"
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>

static int ends[2];

static void pair(int type) { CHECK(socketpair(AF_UNIX, type, 0, ends) == 0); }

/* An abstract name of this process's own. */
static socklen_t abstract(struct sockaddr_un *a, const char *name) {
  memset(a, 0, sizeof *a);
  a->sun_family = AF_UNIX;
  int n = snprintf(a->sun_path + 1, sizeof a->sun_path - 1, "breenix-%d-%s", getpid(), name);
  return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);
}

static int listener(int type, const char *name, struct sockaddr_un *a, socklen_t *length) {
  int fd = socket(AF_UNIX, type, 0);
  *length = abstract(a, name);
  CHECK(fd >= 0 && bind(fd, (struct sockaddr *)a, *length) == 0 && listen(fd, 5) == 0);
  return fd;
}

static void unix_errors(void) {
  CHECK_ERRNO(socket(99, SOCK_STREAM, 0), EAFNOSUPPORT);
  CHECK_ERRNO(socket(AF_UNIX, SOCK_STREAM, 99), EPROTONOSUPPORT);
  CHECK_ERRNO(socket(AF_UNIX, SOCK_RDM, 0), ESOCKTNOSUPPORT);
  CHECK_ERRNO(listen(0, 1), ENOTSOCK);
  CHECK_ERRNO(listen(99, 1), EBADF);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC && (fcntl(fd, F_GETFL) & O_NONBLOCK));
  char c;
  CHECK_ERRNO(send(fd, "x", 1, 0), ENOTCONN);
  CHECK_ERRNO(recv(fd, &c, 1, 0), EINVAL);
  CHECK_ERRNO(accept(fd, NULL, NULL), EINVAL);
  CHECK_ERRNO(listen(fd, 1), EINVAL);
  struct sockaddr_un a;
  socklen_t length = abstract(&a, "nobody");
  CHECK_ERRNO(connect(fd, (struct sockaddr *)&a, length), ECONNREFUSED);
  CHECK_ERRNO(getpeername(fd, (struct sockaddr *)&a, &length), ENOTCONN);
  length = sizeof a;
  CHECK(getsockname(fd, (struct sockaddr *)&a, &length) == 0 && length == 2 && a.sun_family == AF_UNIX);
  struct stat st;
  CHECK(fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode));
  CHECK_ERRNO(lseek(fd, 0, SEEK_SET), ESPIPE);
  int dgram = socket(AF_UNIX, SOCK_DGRAM, 0);
  CHECK_ERRNO(listen(dgram, 1), EOPNOTSUPP);
  CHECK_ERRNO(accept(dgram, NULL, NULL), EOPNOTSUPP);
  CHECK_ERRNO(send(dgram, "x", 1, 0), ENOTCONN);
  /* Nothing is asked for, so nothing is waited for. */
  CHECK(read(dgram, &c, 0) == 0);
}

static void unix_stream(void) {
  char text[100];
  pair(SOCK_STREAM);
  CHECK(write(ends[0], "hello ", 6) == 6 && send(ends[0], "world", 5, 0) == 5);
  int n;
  CHECK(ioctl(ends[1], FIONREAD, &n) == 0 && n == 11);
  CHECK(recv(ends[1], text, 3, MSG_PEEK) == 3 && !memcmp(text, "hel", 3));
  CHECK(recv(ends[1], text, 8, 0) == 8 && !memcmp(text, "hello wo", 8));
  CHECK(read(ends[1], text, sizeof text) == 3 && !memcmp(text, "rld", 3));
  CHECK_ERRNO(recv(ends[1], text, 1, MSG_DONTWAIT), EAGAIN);
  struct iovec out[2] = {{"ab", 2}, {"cde", 3}}, in[2] = {{text, 1}, {text + 10, 50}};
  CHECK(writev(ends[1], out, 2) == 5);
  CHECK(readv(ends[0], in, 2) == 5 && text[0] == 'a' && !memcmp(text + 10, "bcde", 4));
  CHECK(shutdown(ends[0], SHUT_WR) == 0);
  CHECK(read(ends[1], text, 1) == 0);
  signal(SIGPIPE, SIG_IGN);
  CHECK_ERRNO(write(ends[0], "x", 1), EPIPE);
  CHECK(write(ends[1], "back", 4) == 4 && read(ends[0], text, 10) == 4);
  struct pollfd p = {.fd = ends[1], .events = POLLIN | POLLRDHUP};
  CHECK(poll(&p, 1, 0) == 1 && p.revents == (POLLIN | POLLRDHUP));
  CHECK(write(ends[1], "last", 4) == 4);
  close(ends[1]);
  CHECK(read(ends[0], text, 10) == 4 && read(ends[0], text, 10) == 0);
  p.fd = ends[0], p.events = POLLIN | POLLOUT;
  CHECK(poll(&p, 1, 0) == 1 && (p.revents & POLLHUP) && (p.revents & POLLIN));
  pair(SOCK_STREAM);
  CHECK(write(ends[0], "unread", 6) == 6);
  close(ends[1]);
  CHECK_ERRNO(read(ends[0], text, 1), ECONNRESET);
  CHECK(read(ends[0], text, 1) == 0);
}

static void *write_much(void *unused) {
  (void)unused;
  char block[10000];
  memset(block, 7, sizeof block);
  for (int i = 0; i < 100; i++) CHECK(send(ends[0], block, sizeof block, 0) == sizeof block);
  close(ends[0]);
  return NULL;
}

static void unix_flow(void) {
  static char block[50000];
  pair(SOCK_STREAM);
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  long sent = 0, n;
  while ((n = send(ends[0], block, sizeof block, 0)) > 0) sent += n;
  CHECK(n == -1 && errno == EAGAIN && sent > 100000);
  struct pollfd p = {.fd = ends[0], .events = POLLOUT};
  CHECK(poll(&p, 1, 0) == 0);
  while (sent > 0) CHECK((n = recv(ends[1], block, sizeof block, 0)) > 0 && (sent -= n) >= 0);
  CHECK(poll(&p, 1, 0) == 1);
  fcntl(ends[0], F_SETFL, 0);
  pthread_t t;
  CHECK(pthread_create(&t, NULL, write_much, NULL) == 0);
  long total = 0;
  CHECK(recv(ends[1], block, sizeof block, MSG_WAITALL) == sizeof block);
  for (total = sizeof block; (n = read(ends[1], block, sizeof block)) > 0; total += n)
    for (long i = 0; i < n; i++) CHECK(block[i] == 7);
  CHECK(n == 0 && total == 1000000);
  pthread_join(t, NULL);
}

static void unix_messages(void) {
  static const int types[] = {SOCK_DGRAM, SOCK_SEQPACKET};
  char text[20];
  for (int i = 0; i < 2; i++) {
    pair(types[i]);
    CHECK(send(ends[0], "first", 5, 0) == 5 && send(ends[0], "", 0, 0) == 0 && send(ends[0], "second", 6, 0) == 6);
    CHECK(recv(ends[1], text, 2, MSG_PEEK | MSG_TRUNC) == 5);
    CHECK(recv(ends[1], text, sizeof text, 0) == 5);
    CHECK(recv(ends[1], text, sizeof text, 0) == 0);
    struct iovec v = {text, 3};
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};
    CHECK(recvmsg(ends[1], &m, 0) == 3 && (m.msg_flags & MSG_TRUNC) && !memcmp(text, "sec", 3));
    CHECK_ERRNO(recv(ends[1], text, 1, MSG_DONTWAIT), EAGAIN);
    static char big[300000];
    CHECK_ERRNO(send(ends[0], big, sizeof big, 0), EMSGSIZE);
    close(ends[1]);
    if (types[i] == SOCK_DGRAM) CHECK_ERRNO(send(ends[0], "x", 1, MSG_NOSIGNAL), ECONNREFUSED);
    else {
      CHECK_ERRNO(send(ends[0], "x", 1, MSG_NOSIGNAL), EPIPE);
      CHECK(recv(ends[0], text, 1, 0) == 0);
    }
    close(ends[0]);
  }
}

static void *connect_later(void *address) {
  usleep(30000);
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  struct sockaddr_un *a = address;
  CHECK(connect(fd, (struct sockaddr *)a, (socklen_t)(strlen(a->sun_path + 1) + 3)) == 0);
  CHECK(write(fd, "hi", 2) == 2);
  close(fd);
  return NULL;
}

static void unix_connections(void) {
  struct sockaddr_un a, b;
  socklen_t length, other = sizeof b;
  char text[10];
  int l = listener(SOCK_STREAM, "listen", &a, &length), on;
  socklen_t size = sizeof on;
  CHECK(getsockopt(l, SOL_SOCKET, SO_ACCEPTCONN, &on, &size) == 0 && on == 1);
  CHECK(getsockname(l, (struct sockaddr *)&b, &other) == 0 && other == length && !memcmp(&a, &b, length));
  int again = socket(AF_UNIX, SOCK_STREAM, 0);
  CHECK_ERRNO(bind(again, (struct sockaddr *)&a, length), EADDRINUSE);
  struct pollfd p = {.fd = l, .events = POLLIN};
  CHECK(poll(&p, 1, 0) == 0);
  pthread_t t;
  CHECK(pthread_create(&t, NULL, connect_later, &a) == 0);
  other = sizeof b;
  int fd = accept4(l, (struct sockaddr *)&b, &other, SOCK_CLOEXEC);
  CHECK(fd >= 0 && other == 2 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
  CHECK(read(fd, text, sizeof text) == 2 && read(fd, text, sizeof text) == 0);
  pthread_join(t, NULL);
  int c = socket(AF_UNIX, SOCK_STREAM, 0);
  CHECK(connect(c, (struct sockaddr *)&a, length) == 0);
  CHECK_ERRNO(connect(c, (struct sockaddr *)&a, length), EISCONN);
  CHECK(poll(&p, 1, 0) == 1);
  CHECK(write(c, "early", 5) == 5); /* before it is accepted */
  fd = accept(l, NULL, NULL);
  CHECK(read(fd, text, sizeof text) == 5);
  struct ucred who;
  size = sizeof who;
  CHECK(getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0);
  CHECK(who.pid == getpid() && who.uid == getuid() && who.gid == getgid());
  other = sizeof b;
  CHECK(getpeername(c, (struct sockaddr *)&b, &other) == 0 && other == length && !memcmp(&a, &b, length));
  int dgram = socket(AF_UNIX, SOCK_DGRAM, 0);
  CHECK_ERRNO(connect(dgram, (struct sockaddr *)&a, length), ECONNREFUSED);
  int n = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0), error = 0, count = 0;
  while (error == 0 && count++ < 20) {
    error = connect(n, (struct sockaddr *)&a, length) ? errno : 0;
    n = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
  }
  CHECK(error == EAGAIN && count >= 6 && count <= 8);
  c = socket(AF_UNIX, SOCK_STREAM, 0);
  close(l);
  CHECK_ERRNO(connect(c, (struct sockaddr *)&a, length), ECONNREFUSED);
}

static void unix_paths(void) {
  struct sockaddr_un a = {.sun_family = AF_UNIX};
  snprintf(a.sun_path, sizeof a.sun_path, "/tmp/breenix-socket-%d", getpid());
  unlink(a.sun_path);
  int l = socket(AF_UNIX, SOCK_STREAM, 0), c = socket(AF_UNIX, SOCK_STREAM, 0);
  CHECK_ERRNO(connect(c, (struct sockaddr *)&a, sizeof a), ENOENT);
  umask(022);
  CHECK(bind(l, (struct sockaddr *)&a, sizeof a) == 0);
  struct stat st;
  CHECK(stat(a.sun_path, &st) == 0 && S_ISSOCK(st.st_mode) && (st.st_mode & 0777) == 0755);
  CHECK_ERRNO(open(a.sun_path, O_RDWR), ENXIO);
  CHECK_ERRNO(connect(c, (struct sockaddr *)&a, sizeof a), ECONNREFUSED);
  CHECK(listen(l, 1) == 0 && connect(c, (struct sockaddr *)&a, sizeof a) == 0);
  int fd = accept(l, NULL, NULL);
  CHECK(fd >= 0 && write(fd, "x", 1) == 1);
  char x;
  CHECK(read(c, &x, 1) == 1);
  struct sockaddr_un b;
  socklen_t n = sizeof b;
  CHECK(getsockname(l, (struct sockaddr *)&b, &n) == 0 && !strcmp(b.sun_path, a.sun_path) && n == 2 + strlen(a.sun_path) + 1);
  CHECK_ERRNO(bind(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&a, sizeof a), EADDRINUSE);
  close(l);
  c = socket(AF_UNIX, SOCK_STREAM, 0);
  CHECK_ERRNO(connect(c, (struct sockaddr *)&a, sizeof a), ECONNREFUSED);
  CHECK(unlink(a.sun_path) == 0);
  strcpy(a.sun_path, "/dev/null");
  CHECK_ERRNO(connect(c, (struct sockaddr *)&a, sizeof a), ECONNREFUSED);
}

static void unix_datagrams(void) {
  struct sockaddr_un a, b, from;
  socklen_t la = abstract(&a, "da"), lb = abstract(&b, "db"), n = sizeof from;
  int x = socket(AF_UNIX, SOCK_DGRAM, 0), y = socket(AF_UNIX, SOCK_DGRAM, 0), z = socket(AF_UNIX, SOCK_DGRAM, 0);
  char text[20];
  CHECK(bind(x, (struct sockaddr *)&a, la) == 0 && bind(y, (struct sockaddr *)&b, lb) == 0);
  CHECK(sendto(x, "one", 3, 0, (struct sockaddr *)&b, lb) == 3);
  CHECK(recvfrom(y, text, sizeof text, 0, (struct sockaddr *)&from, &n) == 3 && n == la && !memcmp(&from, &a, la));
  CHECK(sendto(z, "two", 3, 0, (struct sockaddr *)&b, lb) == 3);
  n = sizeof from;
  CHECK(recvfrom(y, text, sizeof text, 0, (struct sockaddr *)&from, &n) == 3 && n == 0);
  CHECK(connect(z, (struct sockaddr *)&b, lb) == 0 && send(z, "three", 5, 0) == 5);
  CHECK(recv(y, text, sizeof text, 0) == 5);
  CHECK(connect(y, (struct sockaddr *)&a, la) == 0);
  CHECK_ERRNO(send(z, "x", 1, 0), EPERM); /* y listens to x only */
  struct sockaddr none = {.sa_family = AF_UNSPEC};
  CHECK(connect(y, &none, sizeof none) == 0 && send(z, "x", 1, 0) == 1);
  CHECK(recv(y, text, sizeof text, 0) == 1);
  struct sockaddr_un automatic = {.sun_family = AF_UNIX};
  int w = socket(AF_UNIX, SOCK_DGRAM, 0);
  CHECK(bind(w, (struct sockaddr *)&automatic, 2) == 0);
  n = sizeof from;
  CHECK(getsockname(w, (struct sockaddr *)&from, &n) == 0 && n == 8 && from.sun_path[0] == 0);
}

static int send_fd(int over, int fd, int more) {
  char control[CMSG_SPACE(2 * sizeof(int))] = {0};
  struct iovec v = {"f", 1};
  struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = CMSG_SPACE(sizeof(int) * (more >= 0 ? 2 : 1))};
  struct cmsghdr *c = CMSG_FIRSTHDR(&m);
  c->cmsg_level = SOL_SOCKET, c->cmsg_type = SCM_RIGHTS, c->cmsg_len = CMSG_LEN(sizeof(int) * (more >= 0 ? 2 : 1));
  ((int *)CMSG_DATA(c))[0] = fd;
  if (more >= 0) ((int *)CMSG_DATA(c))[1] = more;
  return (int)sendmsg(over, &m, 0);
}

static void unix_rights(void) {
  int p[2], got[2];
  char text[4], control[CMSG_SPACE(2 * sizeof(int))];
  CHECK(pipe(p) == 0);
  pair(SOCK_STREAM);
  CHECK(send_fd(ends[0], p[0], p[1]) == 1);
  close(p[0]), close(p[1]);
  CHECK(write(ends[0], "more", 4) == 4);
  struct iovec v = {text, sizeof text};
  struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  CHECK(recvmsg(ends[1], &m, MSG_CMSG_CLOEXEC) == 1); /* what follows is another read */
  struct cmsghdr *c = CMSG_FIRSTHDR(&m);
  CHECK(c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(2 * sizeof(int)));
  memcpy(got, CMSG_DATA(c), sizeof got);
  CHECK(fcntl(got[0], F_GETFD) == FD_CLOEXEC);
  CHECK(write(got[1], "thru", 4) == 4 && read(got[0], text, 4) == 4 && !memcmp(text, "thru", 4));
  CHECK(recv(ends[1], text, 4, 0) == 4);
  CHECK(send_fd(ends[0], got[0], got[1]) == 1);
  m.msg_controllen = CMSG_LEN(sizeof(int));
  CHECK(recvmsg(ends[1], &m, 0) == 1 && (m.msg_flags & MSG_CTRUNC));
  CHECK(send_fd(ends[0], got[0], -1) == 1);
  CHECK(recv(ends[1], text, 1, 0) == 1); /* nobody takes it: it is closed */
  CHECK_ERRNO(send_fd(ends[0], 99, -1), EBADF);
  CHECK(send_fd(ends[0], got[0], -1) == 1); /* a message that is never read */
}

static void unix_credentials(void) {
  int on = 1;
  char text[4], control[CMSG_SPACE(sizeof(struct ucred))];
  pair(SOCK_DGRAM);
  CHECK(setsockopt(ends[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == 0);
  CHECK(send(ends[0], "x", 1, 0) == 1);
  struct iovec v = {text, sizeof text};
  struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  CHECK(recvmsg(ends[1], &m, 0) == 1);
  struct cmsghdr *c = CMSG_FIRSTHDR(&m);
  CHECK(c && c->cmsg_type == SCM_CREDENTIALS && c->cmsg_len == CMSG_LEN(sizeof(struct ucred)));
  struct ucred *who = (struct ucred *)CMSG_DATA(c);
  CHECK(who->pid == getpid() && who->uid == getuid() && who->gid == getgid());
}

static void unix_options(void) {
  int value = 1;
  socklen_t size = sizeof value;
  pair(SOCK_SEQPACKET);
  CHECK(getsockopt(ends[0], SOL_SOCKET, SO_TYPE, &value, &size) == 0 && value == SOCK_SEQPACKET);
  CHECK(getsockopt(ends[0], SOL_SOCKET, SO_DOMAIN, &value, &size) == 0 && value == AF_UNIX);
  CHECK(getsockopt(ends[0], SOL_SOCKET, SO_ERROR, &value, &size) == 0 && value == 0);
  value = 1;
  CHECK(setsockopt(ends[0], SOL_SOCKET, SO_REUSEADDR, &value, sizeof value) == 0);
  value = 0;
  CHECK(getsockopt(ends[0], SOL_SOCKET, SO_REUSEADDR, &value, &size) == 0 && value == 1);
  value = 20000;
  CHECK(setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &value, sizeof value) == 0);
  CHECK(getsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &value, &size) == 0 && value == 40000);
  CHECK_ERRNO(setsockopt(ends[0], SOL_SOCKET, 999, &value, sizeof value), ENOPROTOOPT);
  CHECK_ERRNO(setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &value, 2), EINVAL);
  struct timeval t = {.tv_usec = 50000};
  CHECK(setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t) == 0);
  struct timespec before, after;
  clock_gettime(CLOCK_MONOTONIC, &before);
  char x;
  CHECK_ERRNO(recv(ends[0], &x, 1, 0), EAGAIN);
  clock_gettime(CLOCK_MONOTONIC, &after);
  CHECK((after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000 >= 49);
}

static void unix_many(void) {
  struct mmsghdr m[3] = {0};
  struct iovec v[3];
  char text[3][8];
  pair(SOCK_DGRAM);
  for (int i = 0; i < 3; i++) {
    v[i].iov_base = text[i], v[i].iov_len = (size_t)i + 1;
    memset(text[i], 'a' + i, sizeof text[i]);
    m[i].msg_hdr.msg_iov = &v[i], m[i].msg_hdr.msg_iovlen = 1;
  }
  CHECK(sendmmsg(ends[0], m, 3, 0) == 3 && m[2].msg_len == 3);
  for (int i = 0; i < 3; i++) v[i].iov_len = 8, memset(text[i], 0, 8);
  CHECK(recvmmsg(ends[1], m, 3, MSG_WAITFORONE, NULL) == 3);
  CHECK(m[0].msg_len == 1 && m[1].msg_len == 2 && m[2].msg_len == 3 && !memcmp(text[2], "ccc", 4));
}

int main(void) {
  TEST(unix_errors, "POSIX socket(), connect(), accept(): errors");
  TEST(unix_stream, "POSIX send(), recv(), shutdown()");
  TEST(unix_flow, "buffer limits and who is woken when they are passed");
  TEST(unix_messages, "unix(7): message boundaries");
  TEST(unix_connections, "POSIX listen(), accept(); backlog");
  TEST(unix_paths, "unix(7): path names");
  TEST(unix_datagrams, "unix(7): datagrams, autobind");
  TEST(unix_rights, "unix(7): SCM_RIGHTS");
  TEST(unix_credentials, "unix(7): SCM_CREDENTIALS");
  TEST(unix_options, "socket(7)");
  TEST(unix_many, "sendmmsg(2), recvmmsg(2)");
  return finish();
}
