/* Signals and timers as descriptors, and waiting with another signal mask. */
#include "check.h"
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>

static long long now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static void block(int signal) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
}

static int signal_descriptor(int flags, int signal) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  return signalfd(-1, &set, flags);
}

static void signalfd_reads(void) {
  struct signalfd_siginfo info[3];
  block(SIGUSR1);
  block(SIGRTMIN);
  int fd = signal_descriptor(SFD_NONBLOCK | SFD_CLOEXEC, SIGUSR1);
  CHECK(fd >= 0 && (fcntl(fd, F_GETFD) & FD_CLOEXEC));
  CHECK_ERRNO(read(fd, info, sizeof info), EAGAIN);
  kill(getpid(), SIGUSR1);
  kill(getpid(), SIGUSR1);
  struct pollfd p = {.fd = fd, .events = POLLIN};
  CHECK(poll(&p, 1, 0) == 1 && p.revents == POLLIN);
  CHECK(read(fd, info, sizeof info) == sizeof info[0]);
  CHECK(info[0].ssi_signo == SIGUSR1 && info[0].ssi_code == SI_USER && info[0].ssi_pid == (unsigned)getpid());
  CHECK(poll(&p, 1, 0) == 0);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGRTMIN);
  CHECK(signalfd(fd, &set, 0) == fd);
  for (int i = 1; i <= 3; i++) CHECK(sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = i * 11}) == 0);
  CHECK(read(fd, info, sizeof info) == sizeof info);
  for (int i = 0; i < 3; i++) CHECK(info[i].ssi_int == (i + 1) * 11 && info[i].ssi_code == SI_QUEUE);
  CHECK_ERRNO(read(fd, info, 100), EINVAL);
  CHECK_ERRNO(signalfd(0, &set, 0), EINVAL);
  CHECK_ERRNO(signalfd(-1, &set, 1), EINVAL);
}

static void signalfd_wakes(void) {
  struct signalfd_siginfo info;
  block(SIGCHLD);
  int fd = signal_descriptor(0, SIGCHLD);
  int set = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN};
  CHECK(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) == 0);
  pid_t child = fork();
  if (child == 0) {
    usleep(30000);
    _exit(7);
  }
  CHECK(epoll_wait(set, &event, 1, 5000) == 1);
  CHECK(read(fd, &info, sizeof info) == sizeof info);
  CHECK(info.ssi_signo == SIGCHLD && info.ssi_pid == (unsigned)child && info.ssi_status == 7);
  CHECK(info.ssi_code == CLD_EXITED);
  CHECK(waitpid(child, NULL, 0) == child);
}

static void timerfd_counts(void) {
  int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
  unsigned long long count = 0;
  struct itimerspec spec = {.it_value = {.tv_nsec = 50000000}, .it_interval = {.tv_nsec = 20000000}}, old;
  long long before = now_ms();
  CHECK(timerfd_settime(fd, 0, &spec, NULL) == 0);
  CHECK(timerfd_gettime(fd, &old) == 0 && old.it_interval.tv_nsec == 20000000);
  CHECK(old.it_value.tv_nsec > 0 && old.it_value.tv_nsec <= 50000000);
  CHECK(read(fd, &count, 8) == 8 && count >= 1);
  CHECK(now_ms() - before >= 50);
  usleep(100000);
  CHECK(read(fd, &count, 8) == 8 && count >= 4);
  memset(&spec, 0, sizeof spec);
  CHECK(timerfd_settime(fd, 0, &spec, &old) == 0 && old.it_interval.tv_nsec == 20000000);
  CHECK(timerfd_gettime(fd, &old) == 0 && old.it_value.tv_sec == 0 && old.it_value.tv_nsec == 0);
  fcntl(fd, F_SETFL, O_NONBLOCK);
  CHECK_ERRNO(read(fd, &count, 8), EAGAIN);
  CHECK_ERRNO(read(fd, &count, 4), EINVAL);
  spec.it_value.tv_nsec = 1000000000;
  CHECK_ERRNO(timerfd_settime(fd, 0, &spec, NULL), EINVAL);
  CHECK_ERRNO(timerfd_settime(0, 0, &(struct itimerspec){0}, NULL), EINVAL);
  CHECK_ERRNO(timerfd_create(99, 0), EINVAL);
  CHECK_ERRNO(timerfd_create(CLOCK_REALTIME, 1), EINVAL);
}

static void timerfd_absolute(void) {
  static const int clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME};
  for (int i = 0; i < 3; i++) {
    int fd = timerfd_create(clocks[i], 0);
    struct itimerspec spec = {0};
    clock_gettime(clocks[i], &spec.it_value);
    spec.it_value.tv_nsec += 40000000;
    if (spec.it_value.tv_nsec >= 1000000000) spec.it_value.tv_sec++, spec.it_value.tv_nsec -= 1000000000;
    CHECK(timerfd_settime(fd, TFD_TIMER_ABSTIME, &spec, NULL) == 0);
    struct pollfd p = {.fd = fd, .events = POLLIN};
    CHECK(poll(&p, 1, 0) == 0);
    CHECK(poll(&p, 1, 3000) == 1);
    unsigned long long count;
    CHECK(read(fd, &count, 8) == 8 && count == 1);
    spec.it_value.tv_sec = 1;
    CHECK(timerfd_settime(fd, TFD_TIMER_ABSTIME, &spec, NULL) == 0);
    CHECK(read(fd, &count, 8) == 8 && count == 1); /* long past */
    close(fd);
  }
}

static volatile int came;

static void on_signal(int signal) { came = signal; }

static void with_mask(void) {
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
  sigset_t none, now;
  sigemptyset(&none);
  CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
  block(SIGUSR1);
  struct timespec second = {.tv_sec = 5};
  int ends[2];
  CHECK(pipe(ends) == 0);
  struct pollfd p = {.fd = ends[0], .events = POLLIN};
  kill(getpid(), SIGUSR1);
  CHECK_ERRNO(ppoll(&p, 1, &second, &none), EINTR); /* it was pending before */
  CHECK(came == SIGUSR1);
  sigprocmask(SIG_BLOCK, NULL, &now);
  CHECK(sigismember(&now, SIGUSR1));
  came = 0;
  fd_set set;
  FD_ZERO(&set);
  FD_SET(ends[0], &set);
  kill(getpid(), SIGUSR1);
  CHECK_ERRNO(pselect(ends[0] + 1, &set, NULL, NULL, &second, &none), EINTR);
  CHECK(came == SIGUSR1 && second.tv_sec == 5);
  sigprocmask(SIG_BLOCK, NULL, &now);
  CHECK(sigismember(&now, SIGUSR1));
  came = 0;
  int ep = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN};
  CHECK(epoll_ctl(ep, EPOLL_CTL_ADD, ends[0], &event) == 0);
  kill(getpid(), SIGUSR1);
  CHECK_ERRNO(epoll_pwait(ep, &event, 1, 5000, &none), EINTR);
  CHECK(came == SIGUSR1);
  CHECK(write(ends[1], "x", 1) == 1);
  CHECK(ppoll(&p, 1, &second, &none) == 1);
  CHECK(epoll_pwait(ep, &event, 1, 5000, &none) == 1);
  sigprocmask(SIG_BLOCK, NULL, &now);
  CHECK(sigismember(&now, SIGUSR1));
}

static void stopped_poll(void) {
  pid_t child = fork();
  if (child == 0) {
    struct pollfd p = {.fd = -1};
    long long before = now_ms();
    int n = poll(&p, 1, 200);
    long long spent = now_ms() - before;
    _exit(n == 0 && spent >= 200 && spent < 1500 ? 0 : 1);
  }
  usleep(50000);
  kill(child, SIGSTOP);
  usleep(50000);
  kill(child, SIGCONT);
  int status;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
}

int main(void) {
  TEST(signalfd_reads, "signalfd(2)");
  TEST(signalfd_wakes, "signalfd(2), epoll(7)");
  TEST(timerfd_counts, "timerfd_create(2)");
  TEST(timerfd_absolute, "timerfd_create(2), TFD_TIMER_ABSTIME");
  TEST(with_mask, "POSIX pselect(): the mask is in place while it waits");
  TEST(stopped_poll, "signal(7): poll goes on after SIGCONT with the time that is left");
  return finish();
}
