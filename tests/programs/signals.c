/* POSIX signals: queues, values, masks, alternate stacks, restarts, children, floating point. */
#include "check.h"
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>

static volatile int order[64], order_count;
static volatile siginfo_t seen;

static void note(int signal, siginfo_t *info, void *context) {
  (void)context, (void)signal;
  order[order_count++ % 64] = info->si_value.sival_int;
  seen = *info;
}

static void catch_with(int signal, void (*f)(int, siginfo_t *, void *), int flags) {
  struct sigaction a = {.sa_sigaction = f, .sa_flags = SA_SIGINFO | flags};
  CHECK(sigaction(signal, &a, NULL) == 0);
}

static void block(int how, int signal) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  CHECK(sigprocmask(how, &set, NULL) == 0);
}

static void real_time_signals_queue_up(void) {
  catch_with(SIGRTMIN + 2, note, 0);
  catch_with(SIGRTMIN + 1, note, 0);
  block(SIG_BLOCK, SIGRTMIN + 1);
  block(SIG_BLOCK, SIGRTMIN + 2);
  for (int i = 1; i <= 3; i++) {
    union sigval v = {.sival_int = 20 + i};
    CHECK(sigqueue(getpid(), SIGRTMIN + 2, v) == 0);
    v.sival_int = 10 + i;
    CHECK(sigqueue(getpid(), SIGRTMIN + 1, v) == 0);
  }
  sigset_t all, old;
  CHECK(sigpending(&all) == 0 && sigismember(&all, SIGRTMIN + 1) && sigismember(&all, SIGRTMIN + 2));
  sigemptyset(&all);
  struct sigaction a = {.sa_sigaction = note, .sa_flags = SA_SIGINFO};
  sigfillset(&a.sa_mask); /* one after the other, the lowest first */
  sigaction(SIGRTMIN + 1, &a, NULL);
  sigaction(SIGRTMIN + 2, &a, NULL);
  CHECK(sigprocmask(SIG_SETMASK, &all, &old) == 0);
  CHECK(order_count == 6);
  for (int i = 0; i < 3; i++) CHECK(order[i] + order[i + 3] == 11 + i + 21 + i);
  CHECK(seen.si_code == SI_QUEUE && seen.si_pid == getpid() && seen.si_uid == getuid());
}

static void the_queue_has_a_limit(void) {
  struct rlimit r = {8, 8};
  union sigval v = {.sival_int = 1};
  int sent = 0;
  block(SIG_BLOCK, SIGRTMIN);
  CHECK(setrlimit(RLIMIT_SIGPENDING, &r) == 0);
  while (sent < 100 && sigqueue(getpid(), SIGRTMIN, v) == 0) sent++;
  CHECK(sent <= 8 && errno == EAGAIN);
  CHECK(kill(getpid(), SIGRTMIN) == 0);
}

static void waiting_for_a_signal(void) {
  sigset_t set;
  siginfo_t info;
  struct timespec t = {0, 20000000};
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigaddset(&set, SIGCHLD);
  sigprocmask(SIG_BLOCK, &set, NULL);
  CHECK_ERRNO(sigtimedwait(&set, &info, &t), EAGAIN);
  pid_t pid = fork();
  if (pid == 0) {
    usleep(20000);
    kill(getppid(), SIGUSR1);
    _exit(3);
  }
  CHECK(sigwaitinfo(&set, &info) == SIGUSR1 && info.si_pid == pid && info.si_code == SI_USER);
  CHECK(sigwaitinfo(&set, &info) == SIGCHLD && info.si_pid == pid && info.si_code == CLD_EXITED && info.si_status == 3);
  int status;
  CHECK(waitpid(pid, &status, 0) == pid);
}

static volatile unsigned long on_stack;
static void where(int signal, siginfo_t *info, void *context) {
  char here;
  (void)signal, (void)info;
  ucontext_t *u = context;
  on_stack = (unsigned long)&here;
  CHECK(u->uc_stack.ss_size == 65536);
}

static void alternate_stack(void) {
  char *memory = malloc(65536);
  stack_t s = {.ss_sp = memory, .ss_size = 65536}, old;
  CHECK(sigaltstack(&s, NULL) == 0 && sigaltstack(NULL, &old) == 0 && old.ss_sp == memory && old.ss_flags == 0);
  catch_with(SIGUSR1, where, SA_ONSTACK);
  raise(SIGUSR1);
  CHECK(on_stack > (unsigned long)memory && on_stack < (unsigned long)memory + 65536);
  s.ss_size = 100;
  CHECK_ERRNO(sigaltstack(&s, NULL), ENOMEM);
  s.ss_size = 65536;
  s.ss_flags = 77;
  CHECK_ERRNO(sigaltstack(&s, NULL), EINVAL);
}

static void overflow_of_the_stack_is_caught_on_the_other(void) {
  static char memory[65536];
  stack_t s = {.ss_sp = memory, .ss_size = sizeof memory};
  CHECK(sigaltstack(&s, NULL) == 0);
  pid_t pid = fork();
  if (pid == 0) {
    struct sigaction a = {.sa_handler = _exit, .sa_flags = SA_ONSTACK};
    sigaction(SIGSEGV, &a, NULL);
    __asm__ volatile("1: push %%rax; jmp 1b" ::: "memory");
  }
  int status;
  CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == SIGSEGV);
}

static volatile void *fault_address;
static volatile int fault_code;
static void fault(int signal, siginfo_t *info, void *context) {
  (void)signal;
  fault_address = info->si_addr;
  fault_code = info->si_code;
  ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] += 2; /* mov %eax, (%rdi) is two bytes */
}

static void faults_tell_where(void) {
  catch_with(SIGSEGV, fault, 0);
  __asm__ volatile("movl %%eax, (%%rdi)" : : "D"(0x1230), "a"(1) : "memory");
  CHECK(fault_address == (void *)0x1230 && fault_code == SEGV_MAPERR);
  __asm__ volatile("movl %%eax, (%%rdi)" : : "D"(faults_tell_where), "a"(1) : "memory");
  CHECK(fault_code == SEGV_ACCERR);
}

static void reads_are_restarted_or_not(void) {
  int ends[2];
  char c;
  CHECK(pipe(ends) == 0);
  catch_with(SIGUSR1, note, 0);
  pid_t pid = fork();
  if (pid == 0) {
    usleep(30000);
    kill(getppid(), SIGUSR1);
    usleep(30000);
    kill(getppid(), SIGUSR2);
    usleep(30000);
    _exit(write(ends[1], "x", 1) != 1);
  }
  CHECK_ERRNO(read(ends[0], &c, 1), EINTR);
  catch_with(SIGUSR2, note, SA_RESTART);
  CHECK(read(ends[0], &c, 1) == 1 && c == 'x' && order_count == 2);
  waitpid(pid, NULL, 0);
}

static void reset_and_nodefer(void) {
  catch_with(SIGUSR1, note, SA_RESETHAND);
  raise(SIGUSR1);
  struct sigaction a;
  CHECK(sigaction(SIGUSR1, NULL, &a) == 0 && a.sa_handler == SIG_DFL);
}

static void children_that_nobody_waits_for(void) {
  struct sigaction a = {.sa_handler = SIG_DFL, .sa_flags = SA_NOCLDWAIT};
  CHECK(sigaction(SIGCHLD, &a, NULL) == 0);
  pid_t pid = fork();
  if (pid == 0) _exit(0);
  CHECK_ERRNO(waitpid(pid, NULL, 0), ECHILD);
}

static void wait_for_ids(void) {
  siginfo_t info;
  pid_t pid = fork();
  if (pid == 0) {
    raise(SIGSTOP);
    _exit(9);
  }
  CHECK(waitid(P_PID, (id_t)pid, &info, WSTOPPED) == 0 && info.si_code == CLD_STOPPED && info.si_status == SIGSTOP);
  kill(pid, SIGCONT);
  CHECK(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == 0 && info.si_code == CLD_EXITED && info.si_status == 9);
  CHECK(waitid(P_ALL, 0, &info, WEXITED) == 0 && info.si_pid == pid);
  CHECK_ERRNO(waitid(P_ALL, 0, &info, WEXITED), ECHILD);
  CHECK_ERRNO(waitid(P_ALL, 0, &info, 0), EINVAL);
}

static volatile double kept = 1.5;
static void spoil(int signal, siginfo_t *info, void *context) {
  (void)signal, (void)info, (void)context;
  for (int i = 0; i < 100; i++) kept = kept * 1.01 + i;
}

static void handlers_keep_the_floating_point_state(void) {
  catch_with(SIGUSR1, spoil, 0);
  double a = 3.25, b = 7.5;
  long double c = 1.0L / 3;
  __asm__ volatile("" : "+x"(a), "+x"(b));
  raise(SIGUSR1);
  __asm__ volatile("" : "+x"(a), "+x"(b));
  CHECK(a == 3.25 && b == 7.5 && c == 1.0L / 3);
}

static void a_forged_frame_is_no_danger(void) {
  for (int i = 0; i < 20; i++) {
    pid_t pid = fork();
    if (pid == 0) {
      static unsigned char junk[4096] __attribute__((aligned(16)));
      srand((unsigned)i);
      for (unsigned k = 0; k < sizeof junk; k++) junk[k] = (unsigned char)(i & 1 ? 0xff : rand());
      __asm__ volatile("movq %0, %%rsp; movl $15, %%eax; syscall" : : "r"(junk + 2048) : "memory");
      _exit(0);
    }
    int status;
    CHECK(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status));
  }
}

static void sends_only_what_may_be_sent(void) {
  CHECK_ERRNO(kill(getpid(), 65), EINVAL);
  CHECK_ERRNO(kill(30000, 0), ESRCH);
  CHECK_ERRNO(killpg(30000, SIGTERM), ESRCH);
  if (geteuid() != 0) return;
  pid_t pid = fork();
  if (pid == 0) {
    CHECK(setuid(1000) == 0);
    CHECK_ERRNO(kill(getppid(), SIGTERM), EPERM);
    CHECK_ERRNO(kill(1, 0), EPERM);
    CHECK_ERRNO(setuid(0), EPERM);
    _exit(0);
  }
  int status;
  CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

static void processes_by_descriptor(void) {
  pid_t pid = fork();
  if (pid == 0) {
    pause();
    _exit(0);
  }
  int fd = (int)syscall(434, pid, 0); /* pidfd_open */
  struct pollfd p = {.fd = fd, .events = POLLIN};
  CHECK(fd >= 0 && (fcntl(fd, F_GETFD) & FD_CLOEXEC) && poll(&p, 1, 0) == 0);
  CHECK(syscall(424, fd, 0, NULL, 0) == 0); /* pidfd_send_signal */
  CHECK(syscall(424, fd, SIGKILL, NULL, 0) == 0);
  CHECK(poll(&p, 1, 5000) == 1 && p.revents == POLLIN);
  siginfo_t info;
  CHECK(waitid(3, (id_t)fd, &info, WEXITED) == 0 && info.si_pid == pid && info.si_code == CLD_KILLED);
  CHECK_ERRNO(syscall(424, fd, 0, NULL, 0), ESRCH);
  CHECK_ERRNO(syscall(424, 0, 0, NULL, 0), EBADF);
  CHECK_ERRNO(syscall(434, 0, 0), EINVAL);
  CHECK(close(fd) == 0);
}

static void a_stop_of_an_orphaned_group_is_ignored(void) {
  pid_t pid = fork();
  if (pid == 0) {
    setsid();
    raise(SIGTSTP);
    _exit(4);
  }
  int status;
  CHECK(waitpid(pid, &status, WUNTRACED) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 4);
}

int main(void) {
  TEST(real_time_signals_queue_up, "rt_sigqueueinfo");
  TEST(the_queue_has_a_limit, "RLIMIT_SIGPENDING");
  TEST(waiting_for_a_signal, "rt_sigtimedwait, SIGCHLD's siginfo");
  TEST(alternate_stack, "sigaltstack");
  TEST(overflow_of_the_stack_is_caught_on_the_other, "SA_ONSTACK");
  TEST(faults_tell_where, "si_addr, si_code, changing the context");
  TEST(reads_are_restarted_or_not, "SA_RESTART");
  TEST(reset_and_nodefer, "SA_RESETHAND");
  TEST(children_that_nobody_waits_for, "SA_NOCLDWAIT");
  TEST(wait_for_ids, "waitid");
  TEST(handlers_keep_the_floating_point_state, "fxsave in the frame");
  TEST(a_forged_frame_is_no_danger, "rt_sigreturn");
  TEST(sends_only_what_may_be_sent, "kill's permissions");
  TEST(processes_by_descriptor, "pidfd_open, pidfd_send_signal, P_PIDFD");
  TEST(a_stop_of_an_orphaned_group_is_ignored, "job control");
  return finish();
}
