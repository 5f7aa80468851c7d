/* POSIX.1-2017 on signals, page by page (sigaction, sigqueue, sigwaitinfo, sigtimedwait, sigsuspend, sigaltstack, kill,
 * killpg, raise, sighold and its kin, siglongjmp): what the standard says, by C library and kernel together. */
#include "check.h"
#include <setjmp.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>

static volatile sig_atomic_t calls;
static volatile sig_atomic_t order[64];
static volatile siginfo_t last;
static sigset_t mask_seen;

static void count(int signal) { order[calls++ % 64] = signal; }

static void note(int signal, siginfo_t *info, void *context) {
  (void)context;
  order[calls++ % 64] = signal;
  last = *info;
  sigprocmask(SIG_BLOCK, NULL, &mask_seen);
}

static void handle(int signal, void (*handler)(int), int flags, int also_blocked) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
  sigemptyset(&action.sa_mask);
  if (also_blocked) sigaddset(&action.sa_mask, also_blocked);
  CHECK(sigaction(signal, &action, NULL) == 0);
}

static void handle_info(int signal, int flags) {
  struct sigaction action = {.sa_sigaction = note, .sa_flags = SA_SIGINFO | flags};
  sigemptyset(&action.sa_mask);
  CHECK(sigaction(signal, &action, NULL) == 0);
}

static void block(int signal) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
}

static void unblock_all(void) {
  sigset_t set;
  sigemptyset(&set);
  CHECK(sigprocmask(SIG_SETMASK, &set, NULL) == 0);
}

static int is_pending(int signal) {
  sigset_t set;
  CHECK(sigpending(&set) == 0);
  return sigismember(&set, signal);
}

static void sigaction_returns_what_was_there(void) {
  struct sigaction old;
  handle(SIGUSR1, count, SA_RESTART, SIGUSR2);
  CHECK(sigaction(SIGUSR1, NULL, &old) == 0);
  CHECK(old.sa_handler == count);
  CHECK((old.sa_flags & SA_RESTART) != 0 && sigismember(&old.sa_mask, SIGUSR2) == 1);
  struct sigaction standard = {.sa_handler = SIG_DFL};
  CHECK(sigaction(SIGUSR1, &standard, &old) == 0 && old.sa_handler == count);
  CHECK(sigaction(SIGUSR1, NULL, &old) == 0 && old.sa_handler == SIG_DFL);
}

static void sigaction_refuses_what_cannot_be_caught(void) {
  struct sigaction action = {.sa_handler = count};
  CHECK_ERRNO(sigaction(SIGKILL, &action, NULL), EINVAL);
  CHECK_ERRNO(sigaction(SIGSTOP, &action, NULL), EINVAL);
  CHECK_ERRNO(sigaction(0, &action, NULL), EINVAL);
  CHECK_ERRNO(sigaction(-1, &action, NULL), EINVAL);
  CHECK_ERRNO(sigaction(NSIG + 1, &action, NULL), EINVAL);
}

static void a_handler_blocks_its_signal_and_its_mask(void) {
  handle_info(SIGUSR1, 0);
  raise(SIGUSR1);
  CHECK(calls == 1 && sigismember(&mask_seen, SIGUSR1) == 1 && sigismember(&mask_seen, SIGUSR2) == 0);
  sigset_t now;
  sigprocmask(SIG_BLOCK, NULL, &now);
  CHECK(sigismember(&now, SIGUSR1) == 0);
  handle_info(SIGUSR1, SA_NODEFER);
  raise(SIGUSR1);
  CHECK(sigismember(&mask_seen, SIGUSR1) == 0);
}

static void resethand_resets(void) {
  struct sigaction now;
  handle(SIGUSR1, count, SA_RESETHAND, 0);
  raise(SIGUSR1);
  CHECK(calls == 1);
  CHECK(sigaction(SIGUSR1, NULL, &now) == 0 && now.sa_handler == SIG_DFL);
}

static void raise_delivers_before_it_returns(void) {
  handle(SIGUSR1, count, 0, 0);
  for (int i = 1; i <= 100; i++) {
    CHECK(raise(SIGUSR1) == 0);
    CHECK(calls == i);
  }
  CHECK(raise(0) == 0);
  CHECK_ERRNO(raise(10000), EINVAL);
}

static void blocked_standard_signals_are_pending_once(void) {
  handle(SIGUSR1, count, 0, 0);
  block(SIGUSR1);
  for (int i = 0; i < 5; i++) kill(getpid(), SIGUSR1);
  CHECK(calls == 0 && is_pending(SIGUSR1) == 1);
  unblock_all();
  CHECK(calls == 1 && is_pending(SIGUSR1) == 0);
}

static void queued_signals_all_come_in_order_with_values(void) {
  handle_info(SIGRTMIN, 0);
  block(SIGRTMIN);
  union sigval value;
  for (int i = 0; i < 10; i++) {
    value.sival_int = i;
    CHECK(sigqueue(getpid(), SIGRTMIN, value) == 0);
  }
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGRTMIN);
  for (int i = 0; i < 10; i++) {
    siginfo_t info;
    CHECK(sigwaitinfo(&set, &info) == SIGRTMIN);
    CHECK(info.si_value.sival_int == i && info.si_code == SI_QUEUE);
    CHECK(info.si_pid == getpid() && info.si_uid == getuid());
  }
  CHECK(is_pending(SIGRTMIN) == 0 && calls == 0);
}

static void lower_real_time_signals_come_first(void) {
  sigset_t set;
  sigemptyset(&set);
  for (int i = 0; i < 5; i++) {
    handle_info(SIGRTMIN + i, 0);
    sigaddset(&set, SIGRTMIN + i);
  }
  CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
  union sigval value = {0};
  for (int i = 4; i >= 0; i--) CHECK(sigqueue(getpid(), SIGRTMIN + i, value) == 0);
  for (int i = 0; i < 5; i++) CHECK(sigwaitinfo(&set, NULL) == SIGRTMIN + i);
}

static void sigqueue_errors(void) {
  union sigval value = {0};
  CHECK(sigqueue(getpid(), 0, value) == 0);
  CHECK_ERRNO(sigqueue(getpid(), -1, value), EINVAL);
  CHECK_ERRNO(sigqueue(getpid(), 10000, value), EINVAL);
  CHECK_ERRNO(sigqueue(0x3ffffff, SIGUSR1, value), ESRCH);
  if (setuid(65534) != 0) FAIL("setuid");
  CHECK_ERRNO(sigqueue(1, SIGUSR1, value), EPERM);
}

static void a_full_queue_is_eagain(void) {
  struct rlimit limit = {5, 5};
  block(SIGRTMIN);
  CHECK(setrlimit(RLIMIT_SIGPENDING, &limit) == 0);
  union sigval value = {0};
  int sent = 0;
  while (sent < 100 && sigqueue(getpid(), SIGRTMIN, value) == 0) sent++;
  CHECK(errno == EAGAIN && sent <= 5);
}

static void sigtimedwait_waits_so_long(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  block(SIGUSR1);
  struct timespec start, end, zero = {0, 0}, some = {0, 50000000}, bad = {0, 1000000000};
  CHECK_ERRNO(sigtimedwait(&set, NULL, &zero), EAGAIN);
  clock_gettime(CLOCK_MONOTONIC, &start);
  CHECK_ERRNO(sigtimedwait(&set, NULL, &some), EAGAIN);
  clock_gettime(CLOCK_MONOTONIC, &end);
  CHECK((end.tv_sec - start.tv_sec) * 1000000000L + end.tv_nsec - start.tv_nsec >= 50000000);
  CHECK_ERRNO(sigtimedwait(&set, NULL, &bad), EINVAL);
  kill(getpid(), SIGUSR1);
  siginfo_t info;
  CHECK(sigtimedwait(&set, &info, &some) == SIGUSR1 && info.si_signo == SIGUSR1 && info.si_code == SI_USER);
}

static void sigwaitinfo_is_interrupted_by_another_signal(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  block(SIGUSR1);
  handle(SIGALRM, count, SA_RESTART, 0);
  struct timespec long_time = {5, 0};
  alarm(1);
  /* By itself: the C library's function goes on after a handler. */
  CHECK_ERRNO(syscall(SYS_rt_sigtimedwait, &set, NULL, &long_time, 8), EINTR);
  CHECK(calls == 1);
}

static void sigsuspend_swaps_the_mask_for_a_while(void) {
  sigset_t empty, now;
  handle_info(SIGUSR1, 0);
  block(SIGUSR1);
  block(SIGUSR2);
  kill(getpid(), SIGUSR1);
  sigemptyset(&empty);
  sigaddset(&empty, SIGHUP);
  CHECK_ERRNO(sigsuspend(&empty), EINTR);
  CHECK(calls == 1 && sigismember(&mask_seen, SIGHUP) == 1 && sigismember(&mask_seen, SIGUSR2) == 0);
  sigprocmask(SIG_BLOCK, NULL, &now);
  CHECK(sigismember(&now, SIGUSR1) == 1 && sigismember(&now, SIGUSR2) == 1 && sigismember(&now, SIGHUP) == 0);
}

static void kill_and_stop_cannot_be_blocked(void) {
  sigset_t all, now;
  sigfillset(&all);
  CHECK(sigprocmask(SIG_SETMASK, &all, NULL) == 0);
  CHECK(sigprocmask(SIG_BLOCK, NULL, &now) == 0);
  CHECK(sigismember(&now, SIGKILL) == 0 && sigismember(&now, SIGSTOP) == 0 && sigismember(&now, SIGTERM) == 1);
  CHECK_ERRNO(sigprocmask(12345, &all, NULL), EINVAL);
}

static char *alternate;
static volatile sig_atomic_t on_alternate;
static stack_t seen_stack;

static void where(int signal) {
  (void)signal;
  char here;
  on_alternate = &here >= alternate && &here < alternate + 65536;
  sigaltstack(NULL, &seen_stack);
}

static void alternate_stacks(void) {
  alternate = malloc(65536);
  stack_t stack = {.ss_sp = alternate, .ss_size = 65536}, old;
  CHECK(sigaltstack(&stack, &old) == 0 && old.ss_flags == SS_DISABLE);
  handle(SIGUSR1, where, SA_ONSTACK, 0);
  raise(SIGUSR1);
  CHECK(on_alternate == 1 && (seen_stack.ss_flags & SS_ONSTACK) != 0);
  handle(SIGUSR1, where, 0, 0);
  raise(SIGUSR1);
  CHECK(on_alternate == 0);
  CHECK(sigaltstack(NULL, &old) == 0 && old.ss_sp == alternate && old.ss_size == 65536 && old.ss_flags == 0);
  stack.ss_size = 100;
  CHECK_ERRNO(sigaltstack(&stack, NULL), ENOMEM);
  stack.ss_size = 65536;
  stack.ss_flags = 0x1234;
  CHECK_ERRNO(sigaltstack(&stack, NULL), EINVAL);
  stack_t off = {.ss_flags = SS_DISABLE};
  CHECK(sigaltstack(&off, NULL) == 0);
  handle(SIGUSR1, where, SA_ONSTACK, 0);
  raise(SIGUSR1);
  CHECK(on_alternate == 0);
}

static sigjmp_buf place;

static void jump(int signal) {
  (void)signal;
  siglongjmp(place, 7);
}

static void siglongjmp_restores_the_mask(void) {
  handle(SIGUSR1, jump, 0, 0);
  int value = sigsetjmp(place, 1);
  if (value == 0) {
    raise(SIGUSR1);
    FAIL("raise returned");
  }
  CHECK(value == 7);
  sigset_t now;
  sigprocmask(SIG_BLOCK, NULL, &now);
  CHECK(sigismember(&now, SIGUSR1) == 0);
}

static void stack_overflow_is_handled_on_the_alternate_stack(void) {
  alternate = malloc(65536);
  stack_t stack = {.ss_sp = alternate, .ss_size = 65536};
  CHECK(sigaltstack(&stack, NULL) == 0);
  handle(SIGSEGV, jump, SA_ONSTACK, 0);
  struct rlimit small = {262144, RLIM_INFINITY};
  setrlimit(RLIMIT_STACK, &small);
  if (sigsetjmp(place, 1) == 0) {
    volatile char *p = __builtin_alloca(64);
    for (long i = 0; i < 64L << 20; i += 4096) p[-i] = 1;
    FAIL("no fault");
  }
}

static void faults_say_where(void) {
  struct sigaction action = {.sa_sigaction = note, .sa_flags = SA_SIGINFO | SA_RESETHAND | SA_NODEFER};
  char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  pid_t pid = fork();
  if (pid == 0) {
    action.sa_sigaction = note;
    sigaction(SIGSEGV, &action, NULL);
    page[123] = 1; /* handled once, then fatal */
    _exit(0);
  }
  int status;
  CHECK(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
  handle(SIGSEGV, jump, 0, 0);
  handle_info(SIGSEGV, 0);
}

static siginfo_t fault;
static void keep_and_jump(int signal, siginfo_t *info, void *context) {
  (void)signal, (void)context;
  fault = *info;
  siglongjmp(place, 1);
}

static void si_addr_and_si_code_of_faults(void) {
  struct sigaction action = {.sa_sigaction = keep_and_jump, .sa_flags = SA_SIGINFO};
  sigaction(SIGSEGV, &action, NULL);
  sigaction(SIGFPE, &action, NULL);
  sigaction(SIGILL, &action, NULL);
  char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (sigsetjmp(place, 1) == 0) page[5] = 1;
  CHECK(fault.si_addr == page + 5 && fault.si_code == SEGV_ACCERR);
  munmap(page, 4096);
  if (sigsetjmp(place, 1) == 0) page[6] = 1;
  CHECK(fault.si_addr == page + 6 && fault.si_code == SEGV_MAPERR);
  volatile int zero = 0;
  if (sigsetjmp(place, 1) == 0) __asm__ volatile("idivl %1" : : "a"(1), "r"(zero) : "edx");
  CHECK(fault.si_signo == SIGFPE && fault.si_code == FPE_INTDIV);
  if (sigsetjmp(place, 1) == 0) __asm__ volatile("ud2");
  CHECK(fault.si_signo == SIGILL && (fault.si_code == ILL_ILLOPN || fault.si_code == ILL_ILLOPC));
}

static void sigchld_tells_how_a_child_ended(void) {
  handle_info(SIGCHLD, 0);
  pid_t pid = fork();
  if (pid == 0) _exit(42);
  while (calls == 0) pause();
  CHECK(last.si_signo == SIGCHLD && last.si_code == CLD_EXITED && last.si_pid == pid && last.si_status == 42);
  CHECK(waitpid(pid, NULL, 0) == pid);
  calls = 0;
  pid = fork();
  if (pid == 0) {
    pause();
    _exit(0);
  }
  usleep(10000);
  kill(pid, SIGTERM);
  while (calls == 0) pause();
  CHECK(last.si_code == CLD_KILLED && last.si_status == SIGTERM);
  CHECK(waitpid(pid, NULL, 0) == pid);
}

static void stopped_children_are_told_unless_nocldstop(void) {
  handle_info(SIGCHLD, 0);
  pid_t pid = fork();
  if (pid == 0) for (;;) pause();
  int status;
  kill(pid, SIGSTOP);
  CHECK(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
  CHECK(calls == 1 && last.si_code == CLD_STOPPED && last.si_status == SIGSTOP);
  kill(pid, SIGCONT);
  CHECK(waitpid(pid, &status, WCONTINUED) == pid && WIFCONTINUED(status));
  while (calls < 2) usleep(1000); /* sent when the child runs, which waitpid need not wait for */
  CHECK(calls == 2 && last.si_code == CLD_CONTINUED);
  calls = 0;
  handle_info(SIGCHLD, SA_NOCLDSTOP);
  kill(pid, SIGSTOP);
  CHECK(waitpid(pid, &status, WUNTRACED) == pid);
  CHECK(calls == 0);
  kill(pid, SIGKILL);
  CHECK(waitpid(pid, &status, 0) == pid && WTERMSIG(status) == SIGKILL && calls == 1);
}

static void nocldwait_leaves_no_zombies(void) {
  struct sigaction action = {.sa_handler = SIG_DFL, .sa_flags = SA_NOCLDWAIT};
  CHECK(sigaction(SIGCHLD, &action, NULL) == 0);
  pid_t pid = fork();
  if (pid == 0) _exit(3);
  CHECK_ERRNO(waitpid(pid, NULL, 0), ECHILD);
  signal(SIGCHLD, SIG_IGN);
  pid = fork();
  if (pid == 0) _exit(3);
  CHECK_ERRNO(wait(NULL), ECHILD);
}

static void continue_discards_stops_and_the_reverse(void) {
  block(SIGTSTP);
  block(SIGCONT);
  kill(getpid(), SIGTSTP);
  CHECK(is_pending(SIGTSTP) == 1);
  kill(getpid(), SIGCONT);
  CHECK(is_pending(SIGTSTP) == 0 && is_pending(SIGCONT) == 1);
  kill(getpid(), SIGTSTP);
  CHECK(is_pending(SIGCONT) == 0 && is_pending(SIGTSTP) == 1);
  signal(SIGTSTP, SIG_IGN);
  CHECK(is_pending(SIGTSTP) == 0);
}

static void ignoring_discards_what_is_pending(void) {
  block(SIGUSR1);
  kill(getpid(), SIGUSR1);
  CHECK(is_pending(SIGUSR1) == 1);
  signal(SIGUSR1, SIG_IGN);
  CHECK(is_pending(SIGUSR1) == 0);
  block(SIGCHLD);
  signal(SIGCHLD, count);
  kill(getpid(), SIGCHLD);
  CHECK(is_pending(SIGCHLD) == 1);
  signal(SIGCHLD, SIG_DFL);
  CHECK(is_pending(SIGCHLD) == 0);
}

static void exec_keeps_ignored_and_masked_signals(void) {
  signal(SIGUSR1, SIG_IGN);
  handle(SIGUSR2, count, 0, 0);
  block(SIGTERM);
  int ends[2];
  CHECK(pipe(ends) == 0);
  pid_t pid = fork();
  if (pid == 0) {
    dup2(ends[1], 1);
    execl("/bin/cat", "cat", "/proc/self/status", (char *)NULL);
    _exit(1);
  }
  close(ends[1]);
  FILE *status = fdopen(ends[0], "r");
  char line[256];
  unsigned long ignored = 0, blocked = 0, caught = 1;
  while (fgets(line, sizeof line, status)) {
    sscanf(line, "SigIgn: %lx", &ignored);
    sscanf(line, "SigBlk: %lx", &blocked);
    sscanf(line, "SigCgt: %lx", &caught);
  }
  CHECK(ignored == 1ul << (SIGUSR1 - 1) && blocked == 1ul << (SIGTERM - 1) && caught == 0);
  CHECK(waitpid(pid, NULL, 0) == pid);
}

static void kill_goes_to_groups(void) {
  int ready[2];
  CHECK(pipe(ready) == 0);
  pid_t pids[3];
  for (int i = 0; i < 3; i++) {
    pids[i] = fork();
    if (pids[i] == 0) {
      setpgid(0, i == 0 ? 0 : pids[0]);
      CHECK(write(ready[1], "", 1) == 1);
      for (;;) pause();
    }
    setpgid(pids[i], pids[0]);
  }
  char byte;
  for (int i = 0; i < 3; i++) CHECK(read(ready[0], &byte, 1) == 1);
  CHECK(killpg(pids[0], 0) == 0);
  CHECK(kill(-pids[0], SIGTERM) == 0);
  for (int i = 0; i < 3; i++) {
    int status;
    CHECK(waitpid(pids[i], &status, 0) == pids[i] && WTERMSIG(status) == SIGTERM);
  }
  CHECK_ERRNO(killpg(pids[0], 0), ESRCH);
  CHECK_ERRNO(kill(getpid(), -1), EINVAL);
  CHECK_ERRNO(kill(getpid(), 10000), EINVAL);
}

static void permission_to_send(void) {
  pid_t pid = fork();
  if (pid == 0) {
    for (;;) pause();
  }
  pid_t other = fork();
  if (other == 0) {
    if (setuid(1000) != 0) _exit(1);
    _exit(kill(pid, SIGTERM) == -1 && errno == EPERM && kill(pid, 0) == -1 && errno == EPERM ? 0 : 2);
  }
  int status;
  CHECK(waitpid(other, &status, 0) == other && status == 0);
  CHECK(kill(pid, SIGTERM) == 0 && waitpid(pid, &status, 0) == pid && WTERMSIG(status) == SIGTERM);
}

static void restart_or_interrupt(void) {
  int ends[2];
  char byte;
  CHECK(pipe(ends) == 0);
  handle(SIGALRM, count, 0, 0);
  ualarm(20000, 0);
  CHECK_ERRNO(read(ends[0], &byte, 1), EINTR);
  handle(SIGALRM, count, SA_RESTART, 0);
  pid_t pid = fork();
  if (pid == 0) {
    usleep(80000);
    _exit(write(ends[1], "x", 1) == 1 ? 0 : 1);
  }
  ualarm(20000, 0);
  CHECK(read(ends[0], &byte, 1) == 1 && byte == 'x' && calls == 2);
  waitpid(pid, NULL, 0);
}

static void system_v_functions(void) {
  handle(SIGUSR1, count, 0, 0);
  CHECK(sighold(SIGUSR1) == 0);
  raise(SIGUSR1);
  CHECK(calls == 0);
  CHECK(sigrelse(SIGUSR1) == 0 && calls == 1);
  CHECK(sigignore(SIGUSR1) == 0);
  raise(SIGUSR1);
  CHECK(calls == 1);
  CHECK(sigset(SIGUSR2, count) == SIG_DFL);
  raise(SIGUSR2);
  CHECK(calls == 2);
  CHECK(sigset(SIGUSR2, SIG_HOLD) == count);
  raise(SIGUSR2);
  CHECK(calls == 2 && is_pending(SIGUSR2) == 1);
  CHECK(sigset(SIGUSR2, count) == SIG_HOLD && calls == 3);
  CHECK(siginterrupt(SIGUSR1, 1) == 0);
  CHECK_ERRNO(sighold(10000), EINVAL);
}

static double before;
static void spoil(int signal) {
  (void)signal;
  __asm__ volatile("fninit; fldpi; fldpi; xorps %%xmm0, %%xmm0; xorps %%xmm7, %%xmm7; xorps %%xmm15, %%xmm15" ::
                       : "xmm0", "xmm7", "xmm15");
}

static void a_handler_leaves_floating_point_alone(void) {
  handle(SIGUSR1, spoil, 0, 0);
  before = 3.25;
  double result;
  __asm__ volatile("movsd %1, %%xmm7\n\t"
                   "mov $62, %%eax\n\t"
                   "mov %2, %%rdi\n\t"
                   "mov $10, %%esi\n\t"
                   "syscall\n\t"
                   "movsd %%xmm7, %0"
                   : "=m"(result)
                   : "m"(before), "r"((long)getpid())
                   : "rax", "rdi", "rsi", "rcx", "r11", "xmm7", "memory");
  CHECK(result == 3.25);
}

static volatile sig_atomic_t skipped;
static void skip(int signal, siginfo_t *info, void *context) {
  (void)signal, (void)info;
  ucontext_t *u = context;
  u->uc_mcontext.gregs[REG_RIP] += 2; /* over ud2 */
  u->uc_mcontext.gregs[REG_RBX] = 77;
  skipped++;
}

static void the_context_can_be_changed(void) {
  struct sigaction action = {.sa_sigaction = skip, .sa_flags = SA_SIGINFO};
  CHECK(sigaction(SIGILL, &action, NULL) == 0);
  long value = 0;
  __asm__ volatile("xor %%rbx, %%rbx\n\tud2\n\tmov %%rbx, %0" : "=r"(value) : : "rbx");
  CHECK(skipped == 1 && value == 77);
}

static void alarm_and_pause(void) {
  handle(SIGALRM, count, 0, 0);
  alarm(10); /* the time limit of the test was running */
  CHECK(alarm(0) >= 9);
  CHECK(alarm(1) == 0);
  CHECK_ERRNO(pause(), EINTR);
  CHECK(calls == 1 && alarm(0) == 0);
}

int main(void) {
  TEST(sigaction_returns_what_was_there, "rt_sigaction");
  TEST(sigaction_refuses_what_cannot_be_caught, "rt_sigaction: EINVAL");
  TEST(a_handler_blocks_its_signal_and_its_mask, "delivery: the mask during a handler");
  TEST(resethand_resets, "SA_RESETHAND");
  TEST(raise_delivers_before_it_returns, "tkill of oneself");
  TEST(blocked_standard_signals_are_pending_once, "sigpending");
  TEST(queued_signals_all_come_in_order_with_values, "rt_sigqueueinfo, rt_sigtimedwait");
  TEST(lower_real_time_signals_come_first, "order of delivery");
  TEST(sigqueue_errors, "rt_sigqueueinfo: errors");
  TEST(a_full_queue_is_eagain, "RLIMIT_SIGPENDING");
  TEST(sigtimedwait_waits_so_long, "rt_sigtimedwait");
  TEST(sigwaitinfo_is_interrupted_by_another_signal, "rt_sigtimedwait: always EINTR");
  TEST(sigsuspend_swaps_the_mask_for_a_while, "rt_sigsuspend");
  TEST(kill_and_stop_cannot_be_blocked, "rt_sigprocmask");
  TEST(alternate_stacks, "sigaltstack");
  TEST(siglongjmp_restores_the_mask, "setjmp of musl: rt_sigprocmask");
  TEST(stack_overflow_is_handled_on_the_alternate_stack, "fault at the end of the stack");
  TEST(faults_say_where, "a second fault with the default action");
  TEST(si_addr_and_si_code_of_faults, "siginfo of faults");
  TEST(sigchld_tells_how_a_child_ended, "siginfo of SIGCHLD");
  TEST(stopped_children_are_told_unless_nocldstop, "SA_NOCLDSTOP");
  TEST(nocldwait_leaves_no_zombies, "SA_NOCLDWAIT, SIG_IGN of SIGCHLD");
  TEST(continue_discards_stops_and_the_reverse, "sending SIGCONT and stop signals");
  TEST(ignoring_discards_what_is_pending, "rt_sigaction with SIG_IGN");
  TEST(exec_keeps_ignored_and_masked_signals, "exec");
  TEST(kill_goes_to_groups, "kill of negative numbers");
  TEST(permission_to_send, "kill: EPERM");
  TEST(restart_or_interrupt, "SA_RESTART of read on a pipe");
  TEST(system_v_functions, "sighold, sigset and their kin are rt_sigprocmask and rt_sigaction");
  TEST(a_handler_leaves_floating_point_alone, "FPU state in the signal frame");
  TEST(the_context_can_be_changed, "rt_sigreturn takes the changed registers");
  TEST(alarm_and_pause, "alarm");
  return finish();
}
