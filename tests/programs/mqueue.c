/* POSIX message queues: mq_open(), mq_send(), mq_receive(), mq_notify(), mq_setattr(), mq_unlink() and their rules. */
#include "check.h"
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/stat.h>
#include <time.h>

#define NAME "/breenix-test"

static mqd_t open_new(long messages, long size, int flags) {
  struct mq_attr attr = {.mq_maxmsg = messages, .mq_msgsize = size};
  mq_unlink(NAME);
  mqd_t q = mq_open(NAME, O_CREAT | O_EXCL | O_RDWR | flags, 0600, &attr);
  CHECK(q >= 0);
  return q;
}

static void from_now(struct timespec *at, long ms) {
  clock_gettime(CLOCK_REALTIME, at);
  at->tv_nsec += ms * 1000000;
  at->tv_sec += at->tv_nsec / 1000000000;
  at->tv_nsec %= 1000000000;
}

static void mq_opening(void) {
  mq_unlink(NAME);
  CHECK_ERRNO(mq_open(NAME, O_RDWR), ENOENT);
  mqd_t q = open_new(5, 100, 0);
  CHECK_ERRNO(mq_open(NAME, O_CREAT | O_EXCL | O_RDWR, 0600, NULL), EEXIST);
  CHECK(fcntl(q, F_GETFD) == FD_CLOEXEC); /* exec closes queues */
  mqd_t again = mq_open(NAME, O_WRONLY);
  CHECK(again >= 0 && again != q);
  struct mq_attr attr;
  CHECK(mq_getattr(again, &attr) == 0);
  CHECK(attr.mq_maxmsg == 5 && attr.mq_msgsize == 100 && attr.mq_curmsgs == 0 && attr.mq_flags == 0);
  char text[100];
  CHECK_ERRNO(mq_receive(again, text, sizeof text, NULL), EBADF);
  mqd_t reader = mq_open(NAME, O_RDONLY);
  CHECK_ERRNO(mq_send(reader, text, 1, 0), EBADF);
  CHECK(mq_close(again) == 0);
  CHECK_ERRNO(mq_close(again), EBADF);
  CHECK(mq_unlink(NAME) == 0);
  CHECK_ERRNO(mq_unlink(NAME), ENOENT);
  CHECK_ERRNO(mq_open(NAME, O_RDWR), ENOENT);
  CHECK(mq_send(q, "x", 1, 0) == 0); /* it lives on until it is closed */
  struct mq_attr bad = {.mq_maxmsg = 0, .mq_msgsize = 10};
  CHECK_ERRNO(mq_open(NAME, O_CREAT | O_RDWR, 0600, &bad), EINVAL);
  bad.mq_maxmsg = 10, bad.mq_msgsize = -1;
  CHECK_ERRNO(mq_open(NAME, O_CREAT | O_RDWR, 0600, &bad), EINVAL);
  char name[300];
  memset(name, 'a', sizeof name);
  name[0] = '/', name[sizeof name - 1] = 0;
  CHECK_ERRNO(mq_open(name, O_CREAT | O_RDWR, 0600, NULL), ENAMETOOLONG);
  CHECK_ERRNO(mq_open("/a/b", O_CREAT | O_RDWR, 0600, NULL), EACCES);
  struct stat st;
  CHECK(fstat(q, &st) == 0 && (st.st_mode & 0777) == 0600 && st.st_uid == geteuid());
  q = mq_open(NAME, O_CREAT | O_RDWR, 0600, NULL);
  CHECK(mq_getattr(q, &attr) == 0 && attr.mq_maxmsg == 10 && attr.mq_msgsize == 8192);
  mq_unlink(NAME);
}

static void mq_order(void) {
  mqd_t q = open_new(10, 16, O_NONBLOCK);
  static const int priorities[] = {3, 0, 7, 3, 31, 7, 0, 3};
  static const char expected[] = "ecfadhbg";
  char text[16];
  unsigned priority;
  for (int i = 0; i < 8; i++) {
    text[0] = (char)('a' + i);
    CHECK(mq_send(q, text, 1, (unsigned)priorities[i]) == 0);
  }
  struct mq_attr attr;
  CHECK(mq_getattr(q, &attr) == 0 && attr.mq_curmsgs == 8);
  for (int i = 0; i < 8; i++) {
    CHECK(mq_receive(q, text, sizeof text, &priority) == 1);
    CHECK(text[0] == expected[i]);
    CHECK((int)priority == priorities[text[0] - 'a']);
  }
  CHECK_ERRNO(mq_receive(q, text, sizeof text, NULL), EAGAIN);
  CHECK(mq_send(q, "", 0, 32767) == 0);
  CHECK(mq_receive(q, text, sizeof text, &priority) == 0 && priority == 32767);
  CHECK_ERRNO(mq_send(q, text, 1, 32768), EINVAL);
  CHECK_ERRNO(mq_send(q, "12345678901234567", 17, 0), EMSGSIZE);
  CHECK_ERRNO(mq_receive(q, text, 15, NULL), EMSGSIZE);
  for (int i = 0; i < 10; i++) CHECK(mq_send(q, text, 16, 1) == 0);
  CHECK_ERRNO(mq_send(q, text, 1, 1), EAGAIN);
  struct mq_attr off = {0}, old;
  CHECK(mq_setattr(q, &off, &old) == 0 && old.mq_flags == O_NONBLOCK);
  CHECK(mq_getattr(q, &attr) == 0 && attr.mq_flags == 0 && attr.mq_maxmsg == 10);
  off.mq_flags = O_NONBLOCK, off.mq_maxmsg = 99, off.mq_curmsgs = 1;
  CHECK(mq_setattr(q, &off, NULL) == 0);
  CHECK(mq_getattr(q, &attr) == 0 && attr.mq_flags == O_NONBLOCK && attr.mq_maxmsg == 10 && attr.mq_curmsgs == 10);
  mq_unlink(NAME);
}

static void mq_timeouts(void) {
  mqd_t q = open_new(1, 16, 0);
  char text[16];
  struct timespec at, now;
  from_now(&at, 60);
  CHECK_ERRNO(mq_timedreceive(q, text, sizeof text, NULL, &at), ETIMEDOUT);
  clock_gettime(CLOCK_REALTIME, &now);
  CHECK(now.tv_sec > at.tv_sec || (now.tv_sec == at.tv_sec && now.tv_nsec >= at.tv_nsec));
  CHECK(mq_send(q, "a", 1, 0) == 0);
  from_now(&at, 60);
  CHECK_ERRNO(mq_timedsend(q, "b", 1, 0, &at), ETIMEDOUT);
  at.tv_sec = 1;
  CHECK(mq_timedreceive(q, text, sizeof text, NULL, &at) == 1); /* no waiting is needed */
  CHECK_ERRNO(mq_timedreceive(q, text, sizeof text, NULL, &at), ETIMEDOUT);
  at.tv_nsec = 1000000000;
  CHECK_ERRNO(mq_timedreceive(q, text, sizeof text, NULL, &at), EINVAL);
  at.tv_nsec = -1;
  CHECK_ERRNO(mq_timedreceive(q, text, sizeof text, NULL, &at), EINVAL);
  mq_unlink(NAME);
}

static mqd_t shared;

static void *send_later(void *ms) {
  usleep((useconds_t)(long)ms * 1000);
  CHECK(mq_send(shared, "later", 5, 2) == 0);
  return NULL;
}

static void *receive_later(void *ms) {
  char text[16];
  usleep((useconds_t)(long)ms * 1000);
  CHECK(mq_receive(shared, text, sizeof text, NULL) >= 0);
  return NULL;
}

static void mq_blocking(void) {
  shared = open_new(2, 16, 0);
  pthread_t t;
  char text[16];
  unsigned priority;
  CHECK(pthread_create(&t, NULL, send_later, (void *)30) == 0);
  CHECK(mq_receive(shared, text, sizeof text, &priority) == 5 && priority == 2 && !memcmp(text, "later", 5));
  pthread_join(t, NULL);
  CHECK(mq_send(shared, "1", 1, 0) == 0 && mq_send(shared, "2", 1, 0) == 0);
  CHECK(pthread_create(&t, NULL, receive_later, (void *)30) == 0);
  CHECK(mq_send(shared, "3", 1, 0) == 0);
  pthread_join(t, NULL);
  CHECK(mq_receive(shared, text, sizeof text, NULL) == 1 && text[0] == '2');
  mq_unlink(NAME);
}

static volatile int came;
static siginfo_t seen;

static void on_signal(int signal, siginfo_t *info, void *context) {
  (void)context;
  came = signal;
  seen = *info;
}

static void handle(int signal, int flags) {
  struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | flags};
  CHECK(sigaction(signal, &action, NULL) == 0);
}

static void mq_interrupted(void) {
  mqd_t q = open_new(1, 16, 0);
  char text[16];
  handle(SIGUSR1, 0);
  pid_t parent = getpid(), child = fork();
  if (child == 0) {
    usleep(30000);
    kill(parent, SIGUSR1);
    usleep(60000);
    kill(parent, SIGUSR1);
    usleep(30000);
    _exit(mq_send(q, "x", 1, 0) != 0);
  }
  CHECK_ERRNO(mq_receive(q, text, sizeof text, NULL), EINTR);
  handle(SIGUSR1, SA_RESTART);
  CHECK(mq_receive(q, text, sizeof text, NULL) == 1);
  int status;
  CHECK(waitpid(child, &status, 0) == child && status == 0);
  mq_unlink(NAME);
}

static void mq_notify_signal(void) {
  mqd_t q = open_new(4, 16, O_NONBLOCK);
  char text[16];
  handle(SIGRTMIN, 0);
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN, .sigev_value.sival_int = 77};
  CHECK(mq_notify(q, &event) == 0);
  CHECK_ERRNO(mq_notify(q, &event), EBUSY);
  CHECK(mq_send(q, "a", 1, 0) == 0);
  CHECK(came == SIGRTMIN && seen.si_code == SI_MESGQ && seen.si_value.sival_int == 77);
  CHECK(seen.si_pid == getpid() && seen.si_uid == getuid());
  came = 0;
  CHECK(mq_receive(q, text, sizeof text, NULL) == 1);
  CHECK(mq_send(q, "b", 1, 0) == 0);
  CHECK(came == 0); /* once only */
  CHECK(mq_notify(q, &event) == 0);
  CHECK(mq_send(q, "c", 1, 0) == 0);
  CHECK(came == 0); /* the queue was not empty */
  CHECK(mq_receive(q, text, sizeof text, NULL) == 1 && mq_receive(q, text, sizeof text, NULL) == 1);
  CHECK(mq_notify(q, NULL) == 0);
  CHECK(mq_notify(q, NULL) == 0);
  CHECK(mq_send(q, "d", 1, 0) == 0 && came == 0);
  CHECK(mq_receive(q, text, sizeof text, NULL) == 1);
  event.sigev_notify = SIGEV_NONE;
  CHECK(mq_notify(q, &event) == 0);
  mqd_t other = mq_open(NAME, O_RDWR);
  CHECK_ERRNO(mq_notify(other, &event), EBUSY);
  CHECK(mq_close(other) == 0); /* by the process that is registered: that ends it */
  CHECK(mq_notify(q, &event) == 0);
  CHECK(mq_notify(q, NULL) == 0);
  event.sigev_notify = 99;
  CHECK_ERRNO(mq_notify(q, &event), EINVAL);
  CHECK_ERRNO(mq_notify(-1, NULL), EBADF);
  event.sigev_notify = SIGEV_SIGNAL;
  pid_t child = fork();
  if (child == 0) _exit(mq_notify(q, &event) != 0);
  int status;
  CHECK(waitpid(child, &status, 0) == child && status == 0);
  CHECK(mq_notify(q, &event) == 0); /* the child is gone */
  mq_unlink(NAME);
}

static volatile int told;

static void tell(union sigval value) { told = value.sival_int; }

static void mq_notify_thread(void) {
  mqd_t q = open_new(4, 16, 0);
  struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = tell, .sigev_value.sival_int = 55};
  CHECK(mq_notify(q, &event) == 0);
  CHECK_ERRNO(mq_notify(q, &event), EBUSY);
  usleep(20000);
  CHECK(told == 0);
  CHECK(mq_send(q, "a", 1, 0) == 0);
  for (int i = 0; i < 200 && told == 0; i++) usleep(5000);
  CHECK(told == 55);
  char text[16];
  CHECK(mq_receive(q, text, sizeof text, NULL) == 1);
  told = 0;
  CHECK(mq_notify(q, &event) == 0);
  CHECK(mq_notify(q, NULL) == 0); /* the thread ends without a call */
  CHECK(mq_send(q, "b", 1, 0) == 0);
  usleep(30000);
  CHECK(told == 0);
  mq_unlink(NAME);
}

static void mq_polled(void) {
  mqd_t q = open_new(1, 16, 0);
  struct pollfd p = {.fd = q, .events = POLLIN | POLLOUT};
  CHECK(poll(&p, 1, 0) == 1 && p.revents == POLLOUT);
  CHECK(mq_send(q, "x", 1, 0) == 0);
  CHECK(poll(&p, 1, 0) == 1 && p.revents == POLLIN);
  mq_unlink(NAME);
}

static int order[3], arrived;

static void *urgent(void *priority) {
  struct sched_param param = {.sched_priority = (int)(long)priority};
  CHECK(pthread_setschedparam(pthread_self(), SCHED_FIFO, &param) == 0);
  char text[16];
  CHECK(mq_receive(shared, text, sizeof text, NULL) == 1);
  order[__atomic_fetch_add(&arrived, 1, __ATOMIC_SEQ_CST)] = (int)(long)priority;
  return NULL;
}

/* The thread of the highest priority gets a message first, whoever came first. */
static void mq_priorities(void) {
  shared = open_new(5, 16, 0);
  pthread_t t[3];
  static const long priorities[] = {10, 30, 20};
  for (int i = 0; i < 3; i++) {
    CHECK(pthread_create(&t[i], NULL, urgent, (void *)priorities[i]) == 0);
    usleep(20000);
  }
  for (int i = 0; i < 3; i++) {
    CHECK(mq_send(shared, "x", 1, 0) == 0);
    usleep(20000);
  }
  for (int i = 0; i < 3; i++) pthread_join(t[i], NULL);
  CHECK(order[0] == 30 && order[1] == 20 && order[2] == 10);
  mq_unlink(NAME);
}

static void become_fifo(int priority) {
  struct sched_param param = {.sched_priority = priority};
  CHECK(pthread_setschedparam(pthread_self(), SCHED_FIFO, &param) == 0);
}

/* A thread of a higher priority than the caller's runs until it sleeps; then the caller rises above it. */
static pthread_t start_sleeper(void *(*function)(void *)) {
  pthread_t thread;
  pthread_attr_t attr;
  struct sched_param param = {.sched_priority = 20};
  become_fifo(10);
  pthread_attr_init(&attr);
  pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
  pthread_attr_setschedpolicy(&attr, SCHED_FIFO);
  pthread_attr_setschedparam(&attr, &param);
  CHECK(pthread_create(&thread, &attr, function, NULL) == 0);
  usleep(20000); /* where it has a processor of its own */
  become_fifo(30);
  return thread;
}

static long messages_in(mqd_t q) {
  struct mq_attr attr;
  CHECK(mq_getattr(q, &attr) == 0);
  return attr.mq_curmsgs;
}

static void *receive_one(void *unused) {
  char text[16];
  (void)unused;
  CHECK(mq_receive(shared, text, sizeof text, NULL) == 1 && text[0] == 'x');
  return NULL;
}

/* A message is his who waited when it came, though he has not run yet. */
static void mq_message_for_the_waiter(void) {
  char text[16];
  shared = open_new(5, 16, 0);
  mqd_t hasty = mq_open(NAME, O_RDWR | O_NONBLOCK);
  pthread_t waiter = start_sleeper(receive_one);
  CHECK(mq_send(shared, "x", 1, 0) == 0);
  CHECK(messages_in(shared) == 0);
  CHECK_ERRNO(mq_receive(hasty, text, sizeof text, NULL), EAGAIN);
  CHECK(pthread_join(waiter, NULL) == 0);
  mq_unlink(NAME);
}

static void *send_one(void *unused) {
  (void)unused;
  CHECK(mq_send(shared, "b", 1, 0) == 0);
  return NULL;
}

/* A place is his who waited for it when it became free; his message comes to an empty queue, which is told. */
static void mq_place_for_the_waiter(void) {
  char text[16];
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
  sigset_t set, pending;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &set, NULL);
  shared = open_new(1, 16, 0);
  mqd_t hasty = mq_open(NAME, O_RDWR | O_NONBLOCK);
  CHECK(mq_send(shared, "a", 1, 0) == 0);
  pthread_t waiter = start_sleeper(send_one);
  CHECK(mq_notify(shared, &event) == 0);
  CHECK(mq_receive(shared, text, sizeof text, NULL) == 1 && text[0] == 'a');
  CHECK(messages_in(shared) == 1);
  CHECK_ERRNO(mq_send(hasty, "c", 1, 0), EAGAIN);
  CHECK(mq_receive(hasty, text, sizeof text, NULL) == 1 && text[0] == 'b');
  CHECK(pthread_join(waiter, NULL) == 0);
  CHECK(sigpending(&pending) == 0 && sigismember(&pending, SIGUSR1));
  mq_unlink(NAME);
}

static void *poll_once(void *unused) {
  struct pollfd p = {.fd = shared, .events = POLLIN};
  (void)unused;
  CHECK(poll(&p, 1, -1) == 1 && p.revents == POLLIN);
  return NULL;
}

/* Who only looks does not wait to receive: the registered process is told all the same. */
static void mq_notify_beside_poll(void) {
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
  sigset_t set, pending;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &set, NULL);
  shared = open_new(5, 16, 0);
  CHECK(mq_notify(shared, &event) == 0);
  pthread_t looker = start_sleeper(poll_once);
  CHECK(mq_send(shared, "x", 1, 0) == 0);
  CHECK(sigpending(&pending) == 0 && sigismember(&pending, SIGUSR1));
  CHECK(pthread_join(looker, NULL) == 0);
  mq_unlink(NAME);
}

/* Many senders, many receivers: nothing is lost or seen twice. */
#define EACH 500
static volatile long sum;

static void *sender(void *first) {
  for (long i = 0; i < EACH; i++) {
    long value = (long)first + i;
    CHECK(mq_send(shared, (char *)&value, sizeof value, (unsigned)(i % 4)) == 0);
  }
  return NULL;
}

static void *receiver(void *unused) {
  char text[16];
  (void)unused;
  for (int i = 0; i < EACH; i++) {
    CHECK(mq_receive(shared, text, sizeof text, NULL) == sizeof(long));
    __atomic_fetch_add(&sum, *(long *)text, __ATOMIC_SEQ_CST);
  }
  return NULL;
}

static void mq_threads(void) {
  shared = open_new(5, 16, 0);
  pthread_t t[8];
  long expected = 0;
  for (long i = 0; i < 4; i++) {
    CHECK(pthread_create(&t[i], NULL, sender, (void *)(i * 10000)) == 0);
    CHECK(pthread_create(&t[i + 4], NULL, receiver, NULL) == 0);
    expected += EACH * i * 10000 + (EACH - 1) * EACH / 2;
  }
  for (int i = 0; i < 8; i++) pthread_join(t[i], NULL);
  CHECK(sum == expected);
  mq_unlink(NAME);
}

int main(void) {
  TEST(mq_opening, "POSIX mq_open(), mq_unlink()");
  TEST(mq_order, "POSIX mq_send(), mq_receive(): highest priority first, then oldest");
  TEST(mq_timeouts, "POSIX mq_timedreceive(): absolute, realtime clock");
  TEST(mq_blocking, "sleepers of a queue");
  TEST(mq_interrupted, "signal(7): message queues restart with SA_RESTART");
  TEST(mq_notify_signal, "POSIX mq_notify()");
  TEST(mq_notify_thread, "SIGEV_THREAD: the C library's netlink socket");
  TEST(mq_polled, "mq_overview(7)");
  TEST(mq_priorities, "POSIX mq_receive(): who is woken first");
  TEST(mq_message_for_the_waiter, "POSIX mq_send(): who waits is selected to receive the message");
  TEST(mq_place_for_the_waiter, "POSIX mq_send(): who waits is unblocked to send its message");
  TEST(mq_notify_beside_poll, "POSIX mq_notify(): only who is blocked in mq_receive() goes before the notification");
  TEST(mq_threads, "wake-ups of senders and receivers");
  return finish();
}
