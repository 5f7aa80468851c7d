/*
 * Random system calls with random arguments, from many processes at once: the kernel must stay up, answer every call,
 * and have its memory back at the end.
 *
 *   syscall_fuzz [CALLS [SEED]]      (default 20000 calls; the seed is printed)
 *
 * The parent starts workers, each of which makes a batch of calls as an unprivileged user (one in four as root, without
 * the calls that would end the test: SPARED_AS_ROOT) and dies. A worker that makes no progress for a fifth of a second
 * is killed: many calls wait for ever, and that is right. A worker is a pure function of its seed.
 */
#include "check.h"
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <stdint.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <time.h>

#define WORKERS 16
#define BATCH 500
#define LAST_CALL 452
#define STALL_MS 200
#define NOBODY 65534
#define FOLDER "/tmp/fuzz"

struct shared {
  volatile uint64_t calls[WORKERS];
  /* The last call of each worker, for the report when the system dies: call number and seed. */
  volatile uint64_t last[WORKERS];
};

static struct shared *shared;
static uint64_t state;

static uint64_t next(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

static uint64_t below(uint64_t n) { return next() % n; }

/* Calls that end the machine or the test when root makes them, whatever they are worth otherwise. */
static const int SPARED_AS_ROOT[] = {
    SYS_reboot, SYS_kill,       SYS_tkill,     SYS_tgkill,   SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo,
    SYS_mount,  SYS_umount2,    SYS_chroot,    SYS_pivot_root, SYS_unlink,        SYS_unlinkat,
    SYS_rename, SYS_renameat,   SYS_renameat2, SYS_truncate, SYS_chmod,           SYS_chown,
    SYS_lchown, SYS_fchmodat,   SYS_fchownat,  SYS_rmdir,    SYS_settimeofday,    SYS_clock_settime,
    SYS_sched_setscheduler, SYS_sched_setparam, SYS_sched_setattr, SYS_setpriority, SYS_pidfd_send_signal,
    SYS_sethostname, SYS_setdomainname, SYS_swapoff, SYS_init_module, SYS_delete_module, SYS_prlimit64,
    SYS_adjtimex, SYS_clock_adjtime, SYS_iopl, SYS_ioperm, SYS_kexec_load, SYS_acct, SYS_vhangup, SYS_mlockall,
};

/* Whoever makes these leaves the worker unable to go on; nothing else is wrong with them. */
static int is_spared(long number, int root) {
  if (number == SYS_exit || number == SYS_exit_group || number == SYS_vfork) return 1;
  for (size_t i = 0; root && i < sizeof SPARED_AS_ROOT / sizeof SPARED_AS_ROOT[0]; i++) {
    if (SPARED_AS_ROOT[i] == number) return 1;
  }
  return 0;
}

static char *buffer;
static const char *const paths[] = {
    "/tmp/fuzz/a", "/tmp/fuzz/b", "/tmp/fuzz/d/c", "/tmp/fuzz/d", "/tmp/fuzz/link", ".", "..", "", "/", "/dev/null",
    "/dev/zero", "/dev/full", "/dev/tty", "/dev/ptmx", "/proc/self/maps", "/proc/self/stat", "/proc/meminfo",
    "/proc/self/fd/0", "/nowhere/at/all", "/tmp/fuzz/a/b", "/dev/urandom", "/proc", "/dev/shm/fuzz", "/etc/passwd",
};

static uint64_t pointer(void) {
  switch (below(10)) {
    case 0: return 0;
    case 1: return below(4096);
    case 2: return (uint64_t)buffer + 65536 - below(64); /* the end of what is mapped */
    case 3: return 0xffff800000000000u + below(1u << 30);
    case 4: return 0xffffffff80000000u + below(1u << 24);
    case 5: return 0x7fffffffffffu - below(4096);
    case 6: return next();
    default: return (uint64_t)buffer + below(65536 - 4096) / 8 * 8;
  }
}

static uint64_t number(void) {
  switch (below(9)) {
    case 0: return 0;
    case 1: return below(8);
    case 2: return below(256);
    case 3: return below(70000);
    case 4: return (uint64_t)-1;
    case 5: return 1ull << below(64);
    case 6: return (uint64_t) - (int64_t)below(300);
    case 7: return 0x7fffffffu;
    default: return next();
  }
}

static uint64_t argument(void) {
  switch (below(8)) {
    case 0:
    case 1: return pointer();
    case 2: return (uint64_t)paths[below(sizeof paths / sizeof paths[0])];
    case 3: return below(24); /* descriptor, signal, small flag */
    case 4: return (uint64_t)getpid();
    case 5: return (uint64_t)-100; /* AT_FDCWD */
    default: return number();
  }
}

static void on_alarm(int signal) { (void)signal; }

static void limit(int what, rlim_t most) {
  struct rlimit r = {most, most};
  setrlimit(what, &r);
}

static void worker(int slot, uint64_t seed, long batch) {
  state = seed | 1;
  int root = below(4) == 0;
  setsid();
  buffer = mmap(NULL, 65536 + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mprotect(buffer + 65536, 4096, PROT_NONE);
  for (int i = 0; i < 65536; i += 8) *(uint64_t *)(buffer + i) = below(4) ? below(64) : next();
  if (chdir(FOLDER) != 0) _exit(1);
  /* All of them: the pipe of the test's report among them must not be written to by chance. */
  for (int fd = 0; fd < 64; fd++) close(fd);
  for (int fd = 0; fd < 3; fd++) open("/dev/null", O_RDWR);
  limit(RLIMIT_AS, 24 << 20);
  limit(RLIMIT_FSIZE, 4 << 20);
  limit(RLIMIT_NOFILE, 64);
  limit(RLIMIT_CPU, 5);
  limit(RLIMIT_CORE, 0);
  if (!root) {
    limit(RLIMIT_NPROC, 80);
    if (setgid(NOBODY) != 0 || setuid(NOBODY) != 0) _exit(1);
  }
  struct sigaction action = {.sa_handler = on_alarm};
  sigaction(SIGALRM, &action, NULL);
  struct itimerval timer = {{0, 5000}, {0, 5000}};
  setitimer(ITIMER_REAL, &timer, NULL);
  pid_t self = getpid();
  for (long i = 0; i < batch; i++) {
    long number_of_call = (long)below(LAST_CALL);
    uint64_t a[6];
    for (int j = 0; j < 6; j++) a[j] = argument();
    if (is_spared(number_of_call, root)) continue;
    /* A child that shares this memory would run on in the middle of nowhere. */
    if (number_of_call == SYS_clone) a[0] &= ~(uint64_t)(CLONE_VM | CLONE_VFORK), a[1] = 0;
    if (number_of_call == SYS_clone3) continue;
    shared->calls[slot]++;
    shared->last[slot] = (uint64_t)number_of_call;
    syscall(number_of_call, a[0], a[1], a[2], a[3], a[4], a[5]);
    if (getpid() != self) _exit(0); /* a child of fork or clone */
  }
  _exit(0);
}

static uint64_t total_calls(void) {
  uint64_t sum = 0;
  for (int i = 0; i < WORKERS; i++) sum += shared->calls[i];
  return sum;
}

static uint64_t free_memory(void) {
  struct sysinfo info;
  CHECK(sysinfo(&info) == 0);
  /* What the page cache holds can be had back. */
  return (info.freeram + info.bufferram) * info.mem_unit / 1024;
}

static uint64_t cached_memory(void) {
  char line[128];
  unsigned long long kib, sum = 0;
  FILE *file = fopen("/proc/meminfo", "r");
  if (!file) return 0;
  while (fgets(line, sizeof line, file)) {
    if (sscanf(line, "Cached: %llu", &kib) == 1) sum += kib;
  }
  fclose(file);
  return sum;
}

static long wanted_calls = 20000;
static uint64_t seed;

static long now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Everything that a worker's session left behind. */
static void bury(pid_t pid) {
  kill(-pid, SIGKILL);
  kill(pid, SIGKILL);
}

static int remove_entry(const char *path, const struct stat *s, int type, struct FTW *walk) {
  (void)s, (void)type, (void)walk;
  return remove(path);
}

/* System V's objects outlive whoever made them: those of all owners are removed, by their place in the table. */
static void remove_ipc(void) {
  struct shmid_ds shm;
  struct semid_ds sem;
  struct msqid_ds msg;
  union {
    int val;
    struct semid_ds *buf;
    void *info;
  } argument;
  char info[256];
  int last = shmctl(0, IPC_INFO, (void *)info);
  for (int i = 0; i <= last; i++) {
    int id = shmctl(i, SHM_STAT, &shm);
    if (id >= 0) shmctl(id, IPC_RMID, NULL);
  }
  last = msgctl(0, IPC_INFO, (void *)info);
  for (int i = 0; i <= last; i++) {
    int id = msgctl(i, MSG_STAT, &msg);
    if (id >= 0) msgctl(id, IPC_RMID, NULL);
  }
  argument.info = info;
  last = semctl(0, 0, IPC_INFO, argument);
  for (int i = 0; i <= last; i++) {
    argument.buf = &sem;
    int id = semctl(i, 0, SEM_STAT, argument);
    if (id >= 0) semctl(id, 0, IPC_RMID);
  }
}

static void clean(void) {
  errno = 0;
  if (nftw(FOLDER, remove_entry, 16, FTW_DEPTH | FTW_PHYS) != 0 && errno != ENOENT) FAIL("removing: errno %d", errno);
  unlink("/dev/shm/fuzz");
  remove_ipc();
}

static void prepare(void) {
  clean();
  CHECK(mkdir(FOLDER, 0777) == 0 && chmod(FOLDER, 0777) == 0);
  CHECK(mkdir(FOLDER "/d", 0777) == 0 && chmod(FOLDER "/d", 0777) == 0);
  CHECK(symlink("a", FOLDER "/link") == 0);
  int fd = open(FOLDER "/a", O_CREAT | O_RDWR, 0666);
  CHECK(fd >= 0 && write(fd, paths, sizeof paths) == sizeof paths);
  close(fd);
}

static void run_workers(long calls) {
  pid_t pids[WORKERS] = {0};
  uint64_t counts[WORKERS] = {0};
  long since[WORKERS] = {0};
  uint64_t until = total_calls() + (uint64_t)calls;
  while (total_calls() < until) {
    for (int i = 0; i < WORKERS; i++) {
      if (pids[i] != 0) {
        int gone = waitpid(pids[i], NULL, WNOHANG) != 0;
        if (!gone && counts[i] != shared->calls[i]) {
          counts[i] = shared->calls[i];
          since[i] = now_ms();
        }
        if (!gone && now_ms() - since[i] < STALL_MS) continue;
        bury(pids[i]);
        if (!gone) waitpid(pids[i], NULL, 0);
      }
      seed = seed * 6364136223846793005u + 1442695040888963407u;
      uint64_t own = seed >> 16;
      pids[i] = fork();
      CHECK(pids[i] >= 0);
      if (pids[i] == 0) worker(i, own, BATCH);
      since[i] = now_ms();
    }
    usleep(2000);
  }
  for (int i = 0; i < WORKERS; i++) {
    if (pids[i] == 0) continue;
    bury(pids[i]);
    waitpid(pids[i], NULL, 0);
  }
}

static void fuzz_leaves_nothing_behind(void) {
  alarm(0);
  shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  CHECK(shared != MAP_FAILED);
  prepare();
  /* Caches fill up first. */
  run_workers(wanted_calls / 10 + 500);
  clean();
  uint64_t before = free_memory() + cached_memory();
  prepare();
  run_workers(wanted_calls);
  clean();
  usleep(200000);
  uint64_t after = free_memory() + cached_memory();
  if (after + 2048 < before) {
    FAIL("%llu KiB were free before, %llu KiB after", (unsigned long long)before, (unsigned long long)after);
  }
}

int main(int count, char **arguments) {
  if (count > 1) wanted_calls = atol(arguments[1]);
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  seed = count > 2 ? strtoull(arguments[2], NULL, 0) : (uint64_t)t.tv_nsec;
  printf("syscall_fuzz: %ld calls, seed %llu\n", wanted_calls, (unsigned long long)seed);
  fflush(stdout);
  TEST(fuzz_leaves_nothing_behind, "run it again with the seed above; the log names faults");
  return finish();
}
