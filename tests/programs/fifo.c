/* FIFOs: what opening waits for, end of file, errors. */
#include "check.h"
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/uio.h>

static char path[64];

static void make(void) {
  snprintf(path, sizeof path, "/tmp/breenix-fifo-%d", getpid());
  unlink(path);
  CHECK(mkfifo(path, 0600) == 0);
}

static pid_t later(int flags, const char *text) {
  pid_t pid = fork();
  if (pid == 0) {
    usleep(30000);
    int fd = open(path, flags);
    if (fd < 0) _exit(1);
    char c[8];
    if (text) _exit(write(fd, text, strlen(text)) != (ssize_t)strlen(text));
    _exit(read(fd, c, sizeof c) <= 0);
  }
  return pid;
}

static void fifo_opening(void) {
  make();
  struct stat st;
  CHECK(stat(path, &st) == 0 && S_ISFIFO(st.st_mode));
  CHECK_ERRNO(mkfifo(path, 0600), EEXIST);
  CHECK_ERRNO(open(path, O_WRONLY | O_NONBLOCK), ENXIO);
  int status;
  pid_t pid = later(O_WRONLY, "hello");
  int fd = open(path, O_RDONLY); /* waits for the writer */
  char text[8];
  CHECK(fd >= 0 && read(fd, text, sizeof text) == 5 && !memcmp(text, "hello", 5));
  CHECK(waitpid(pid, &status, 0) == pid && status == 0);
  CHECK(read(fd, text, sizeof text) == 0);
  close(fd);
  pid = later(O_RDONLY, NULL);
  fd = open(path, O_WRONLY); /* waits for the reader */
  CHECK(fd >= 0 && write(fd, "x", 1) == 1);
  CHECK(waitpid(pid, &status, 0) == pid && status == 0);
  signal(SIGPIPE, SIG_IGN);
  CHECK_ERRNO(write(fd, "x", 1), EPIPE);
  close(fd);
  CHECK(unlink(path) == 0);
}

static void fifo_nonblocking(void) {
  make();
  char text[8];
  int r = open(path, O_RDONLY | O_NONBLOCK);
  CHECK(r >= 0);
  struct pollfd p = {.fd = r, .events = POLLIN};
  CHECK(poll(&p, 1, 0) == 0); /* no writer has been there yet */
  CHECK(read(r, text, 1) == 0);
  int w = open(path, O_WRONLY | O_NONBLOCK);
  CHECK(w >= 0);
  CHECK_ERRNO(read(r, text, 1), EAGAIN);
  CHECK(write(w, "abc", 3) == 3 && read(r, text, 8) == 3);
  CHECK(write(w, "left", 4) == 4);
  close(w);
  CHECK(poll(&p, 1, 0) == 1 && p.revents == (POLLIN | POLLHUP));
  CHECK(read(r, text, 8) == 4 && read(r, text, 8) == 0);
  close(r);
  int both = open(path, O_RDWR); /* waits for nobody */
  CHECK(both >= 0 && write(both, "self", 4) == 4 && read(both, text, 8) == 4);
  CHECK(write(both, "lost", 4) == 4);
  close(both);
  r = open(path, O_RDONLY | O_NONBLOCK);
  CHECK(read(r, text, 8) == 0); /* nothing outlives the last close */
  CHECK(unlink(path) == 0);
}

static void on_signal(int signal) { (void)signal; }

static void fifo_interrupted(void) {
  make();
  struct sigaction action = {.sa_handler = on_signal};
  sigaction(SIGUSR1, &action, NULL);
  pid_t parent = getpid(), pid = fork();
  if (pid == 0) {
    usleep(30000);
    kill(parent, SIGUSR1);
    _exit(0);
  }
  CHECK_ERRNO(open(path, O_RDONLY), EINTR);
  waitpid(pid, NULL, 0);
  CHECK_ERRNO(open(path, O_WRONLY | O_NONBLOCK), ENXIO); /* the interrupted open left no reader */
  CHECK(unlink(path) == 0);
}

static void pipe_tee(void) {
  int a[2], b[2];
  char text[16];
  CHECK(pipe(a) == 0 && pipe(b) == 0);
  CHECK(write(a[1], "twice", 5) == 5);
  CHECK(tee(a[0], b[1], 100, 0) == 5);
  CHECK(read(b[0], text, sizeof text) == 5 && !memcmp(text, "twice", 5));
  CHECK(read(a[0], text, sizeof text) == 5 && !memcmp(text, "twice", 5));
  CHECK_ERRNO(tee(a[0], b[1], 100, SPLICE_F_NONBLOCK), EAGAIN);
  CHECK_ERRNO(tee(a[0], a[1], 100, 0), EINVAL);
  struct iovec v[2] = {{"vm", 2}, {"splice", 6}};
  CHECK(vmsplice(a[1], v, 2, 0) == 8 && read(a[0], text, sizeof text) == 8 && !memcmp(text, "vmsplice", 8));
  CHECK_ERRNO(vmsplice(open("/dev/null", O_RDWR), v, 2, 0), EBADF);
}

int main(void) {
  TEST(fifo_opening, "POSIX open(): FIFOs");
  TEST(fifo_nonblocking, "POSIX open(), read(); Linux fifo(7)");
  TEST(fifo_interrupted, "POSIX open(): EINTR");
  TEST(pipe_tee, "tee(2), vmsplice(2)");
  return finish();
}
