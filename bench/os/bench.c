/*
 * What an operating system costs: one row an operation, the same static binary on Breenix and on Linux.
 *
 * Prints "BENCH name nanoseconds" lines and "BENCH_END". As process 1 (on Linux) it first mounts what it needs and turns
 * the machine off at the end. Each row is the median of several rounds. With QEMU's -icount a nanosecond is an
 * instruction. With --cold DISK only the cold read is measured, which -icount cannot (it jumps over the disk's time).
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 5
#define KIB 1024
#define MIB (1024 * KIB)

typedef long long ns_t;

static const char *self;
static const char *current_row = "?";

static void die(const char *what) {
  printf("BENCH_ERROR %s: %s: %s\n", current_row, what, strerror(errno));
  fflush(stdout);
  _exit(1);
}

static void must(int condition, const char *what) {
  if (!condition) die(what);
}

static ns_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int by_value(const void *a, const void *b) {
  ns_t x = *(const ns_t *)a, y = *(const ns_t *)b;
  return x < y ? -1 : x > y;
}

/* Rows: each does `n` operations. */

static char block[64 * KIB];
static int data_file = -1;
static int zero_file = -1;
static int null_file = -1;

static void null_call(int n) {
  for (int i = 0; i < n; i++) syscall(SYS_getppid);
}

static void get_pid(int n) {
  for (int i = 0; i < n; i++) syscall(SYS_getpid);
}

static void read_1(int n) {
  for (int i = 0; i < n; i++) must(pread(data_file, block, 1, 0) == 1, "pread");
}

static void write_1(int n) {
  for (int i = 0; i < n; i++) must(pwrite(data_file, block, 1, 0) == 1, "pwrite");
}

static void read_64k(int n) {
  for (int i = 0; i < n; i++) must(pread(data_file, block, sizeof block, 0) == sizeof block, "pread");
}

static void write_64k(int n) {
  for (int i = 0; i < n; i++) must(pwrite(data_file, block, sizeof block, 0) == sizeof block, "pwrite");
}

static void read_zero_1(int n) {
  for (int i = 0; i < n; i++) must(read(zero_file, block, 1) == 1, "read");
}

static void write_null_1(int n) {
  for (int i = 0; i < n; i++) must(write(null_file, block, 1) == 1, "write");
}

static void open_close(int n) {
  for (int i = 0; i < n; i++) {
    int fd = open("/tmp/bench/data", O_RDONLY);
    must(fd >= 0, "open");
    close(fd);
  }
}

static void stat_path(int n) {
  struct stat s;
  for (int i = 0; i < n; i++) must(stat("/tmp/bench/data", &s) == 0, "stat");
}

static void fork_exit(int n) {
  for (int i = 0; i < n; i++) {
    pid_t pid = fork();
    must(pid >= 0, "fork");
    if (pid == 0) _exit(0);
    must(waitpid(pid, NULL, 0) == pid, "waitpid");
  }
}

static void fork_exec(int n) {
  for (int i = 0; i < n; i++) {
    pid_t pid = fork();
    must(pid >= 0, "fork");
    if (pid == 0) {
      execl(self, self, "--exit", (char *)NULL);
      _exit(127);
    }
    int status;
    must(waitpid(pid, &status, 0) == pid && status == 0, "exec");
  }
}

static void vfork_exec(int n) {
  char *arguments[] = {(char *)self, (char *)"--exit", NULL};
  char *environment[] = {NULL};
  for (int i = 0; i < n; i++) {
    pid_t pid;
    int status;
    must(posix_spawn(&pid, self, NULL, NULL, arguments, environment) == 0, "posix_spawn");
    must(waitpid(pid, &status, 0) == pid && status == 0, "exec");
  }
}

/* A ring of processes, each with the pipe that it reads and the one that it writes; process 0 is this one. */
static void token_ring(int members, int n) {
  int pipes[16][2];
  pid_t pids[16];
  char token = 1;
  for (int i = 0; i < members; i++) must(pipe(pipes[i]) == 0, "pipe");
  for (int i = 1; i < members; i++) {
    pids[i] = fork();
    must(pids[i] >= 0, "fork");
    if (pids[i] != 0) continue;
    for (int j = 0; j < members; j++) {
      if (j != i) close(pipes[j][0]);
      if (j != (i + 1) % members) close(pipes[j][1]);
    }
    while (read(pipes[i][0], &token, 1) == 1) {
      if (write(pipes[(i + 1) % members][1], &token, 1) != 1) break;
    }
    _exit(0);
  }
  for (int i = 0; i < n; i += members) {
    must(write(pipes[1 % members][1], &token, 1) == 1, "write");
    must(read(pipes[0][0], &token, 1) == 1, "read");
  }
  for (int i = 0; i < members; i++) {
    close(pipes[i][0]);
    close(pipes[i][1]);
  }
  for (int i = 1; i < members; i++) waitpid(pids[i], NULL, 0);
}

/* A round trip is two hops. */
static void pipe_round_trip(int n) { token_ring(2, n * 2); }
static void context_switch_2(int n) { token_ring(2, n); }
static void context_switch_8(int n) { token_ring(8, n); }
static void context_switch_16(int n) { token_ring(16, n); }

static void pipe_64k(int n) {
  int ends[2];
  must(pipe(ends) == 0, "pipe");
  pid_t pid = fork();
  must(pid >= 0, "fork");
  if (pid == 0) {
    close(ends[0]);
    for (int i = 0; i < n; i++) {
      for (size_t done = 0; done < sizeof block;) {
        ssize_t put = write(ends[1], block + done, sizeof block - done);
        if (put <= 0) _exit(1);
        done += (size_t)put;
      }
    }
    _exit(0);
  }
  close(ends[1]);
  long long total = 0;
  for (ssize_t got; (got = read(ends[0], block, sizeof block)) > 0;) total += got;
  must(total == (long long)n * (long long)sizeof block, "pipe data");
  close(ends[0]);
  waitpid(pid, NULL, 0);
}

static volatile int signals_seen;
static void on_signal(int signal) {
  (void)signal;
  signals_seen++;
}

static void signal_delivery(int n) {
  struct sigaction action = {.sa_handler = on_signal};
  must(sigaction(SIGUSR1, &action, NULL) == 0, "sigaction");
  pid_t pid = getpid();
  signals_seen = 0;
  for (int i = 0; i < n; i++) kill(pid, SIGUSR1);
  must(signals_seen == n, "signals lost");
}

static void page_fault(int n) {
  size_t length = (size_t)n * 4096;
  volatile char *p = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  must(p != MAP_FAILED, "mmap");
  for (size_t at = 0; at < length; at += 4096) p[at] = 1;
  munmap((void *)p, length);
}

/* One operation: map 1 MiB of a cached file, touch every page, unmap. */
static void map_file_1m(int n) {
  for (int i = 0; i < n; i++) {
    volatile char *p = mmap(NULL, MIB, PROT_READ, MAP_SHARED, data_file, 0);
    must(p != MAP_FAILED, "mmap");
    char sum = 0;
    for (size_t at = 0; at < MIB; at += 4096) sum = (char)(sum + p[at]);
    block[0] = sum;
    munmap((void *)p, MIB);
  }
}

static void create_files(int n, size_t bytes) {
  char name[64];
  for (int i = 0; i < n; i++) {
    snprintf(name, sizeof name, "/tmp/bench/new/%d", i);
    int fd = open(name, O_CREAT | O_WRONLY | O_EXCL, 0644);
    must(fd >= 0, "create");
    if (bytes) must(write(fd, block, bytes) == (ssize_t)bytes, "write");
    close(fd);
  }
}

static void delete_files(int n) {
  char name[64];
  for (int i = 0; i < n; i++) {
    snprintf(name, sizeof name, "/tmp/bench/new/%d", i);
    must(unlink(name) == 0, "unlink");
  }
}

static void create_empty(int n) { create_files(n, 0); }
static void create_10k(int n) { create_files(n, 10 * KIB); }

static int entries;
static void walk(const char *path) {
  DIR *directory = opendir(path);
  must(directory != NULL, "opendir");
  char name[256];
  for (struct dirent *entry; (entry = readdir(directory));) {
    if (entry->d_name[0] == '.') continue;
    snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
    struct stat s;
    must(lstat(name, &s) == 0, "lstat");
    entries++;
    if (S_ISDIR(s.st_mode)) walk(name);
  }
  closedir(directory);
}

/* One operation is one entry: 20 folders of 50 files. */
static void walk_tree(int n) {
  for (entries = 0; entries < n;) walk("/tmp/bench/tree");
}

static void make_tree(void) {
  char name[64];
  must(mkdir("/tmp/bench/tree", 0755) == 0, "mkdir");
  for (int i = 0; i < 20; i++) {
    snprintf(name, sizeof name, "/tmp/bench/tree/d%d", i);
    must(mkdir(name, 0755) == 0, "mkdir");
    for (int j = 0; j < 50; j++) {
      snprintf(name, sizeof name, "/tmp/bench/tree/d%d/f%d", i, j);
      int fd = open(name, O_CREAT | O_WRONLY, 0644);
      must(fd >= 0, "create");
      close(fd);
    }
  }
}

struct row {
  const char *name;
  void (*run)(int n);
  int n;
  /* Not measured. */
  void (*after)(int n);
};

static void forget(int n) { delete_files(n); }

static const struct row rows[] = {
    {"null call", null_call, 2000, NULL},
    {"getpid", get_pid, 2000, NULL},
    {"read 1 byte", read_1, 1000, NULL},
    {"write 1 byte", write_1, 1000, NULL},
    {"read /dev/zero 1 byte", read_zero_1, 1000, NULL},
    {"write /dev/null 1 byte", write_null_1, 1000, NULL},
    {"read 64 KiB", read_64k, 100, NULL},
    {"write 64 KiB", write_64k, 100, NULL},
    {"open+close", open_close, 500, NULL},
    {"stat", stat_path, 500, NULL},
    {"fork+exit+wait", fork_exit, 50, NULL},
    {"fork+exec+wait", fork_exec, 30, NULL},
    {"vfork+exec+wait", vfork_exec, 30, NULL},
    {"pipe round trip", pipe_round_trip, 300, NULL},
    {"pipe 64 KiB", pipe_64k, 64, NULL},
    {"context switch, 2 processes", context_switch_2, 400, NULL},
    {"context switch, 8 processes", context_switch_8, 400, NULL},
    {"context switch, 16 processes", context_switch_16, 400, NULL},
    {"signal delivery", signal_delivery, 500, NULL},
    {"page fault", page_fault, 500, NULL},
    {"map and touch 1 MiB of a cached file", map_file_1m, 5, NULL},
    {"create empty file", create_empty, 300, forget},
    {"create 10 KiB file", create_10k, 100, forget},
    {"walk a tree, an entry", walk_tree, 1020, NULL},
};
#define ROW_COUNT (sizeof rows / sizeof rows[0])

static void measure(const struct row *row) {
  ns_t times[ROUNDS];
  current_row = row->name;
  row->run(row->n / 10 + 1);
  if (row->after) row->after(row->n / 10 + 1);
  for (int i = 0; i < ROUNDS; i++) {
    ns_t start = now();
    row->run(row->n);
    times[i] = (now() - start) / row->n;
    if (row->after) row->after(row->n);
  }
  qsort(times, ROUNDS, sizeof times[0], by_value);
  printf("BENCH %lld %s\n", times[ROUNDS / 2], row->name);
  fflush(stdout);
}

/* Deleting is measured beside creating: the files are there once. */
static void measure_delete(const char *name, void (*create)(int), int n) {
  ns_t times[ROUNDS];
  current_row = name;
  for (int i = 0; i < ROUNDS; i++) {
    create(n);
    ns_t start = now();
    delete_files(n);
    times[i] = (now() - start) / n;
  }
  qsort(times, ROUNDS, sizeof times[0], by_value);
  printf("BENCH %lld %s\n", times[ROUNDS / 2], name);
  fflush(stdout);
}

/* Once: the second time it would be cached. */
static void measure_cold_read(const char *disk) {
  current_row = "cold sequential read, 1 MiB";
  int fd = open(disk, O_RDONLY);
  must(fd >= 0, disk);
  ns_t start = now();
  long long total = 0;
  while (total < 64LL * MIB) {
    ssize_t got = read(fd, block, sizeof block);
    must(got > 0, "read");
    total += got;
  }
  printf("BENCH %lld %s\n", (now() - start) / 64, current_row);
  fflush(stdout);
  close(fd);
}

static void load_module(const char *path) {
  int fd = open(path, O_RDONLY);
  must(fd >= 0, path);
  must(syscall(SYS_finit_module, fd, "", 0) == 0, path);
  close(fd);
}

/* On Linux: process 1 of an initial RAM disk. /modules/NN-NAME.ko are loaded in order. */
static void become_init(const char *disk) {
  char name[64];
  mkdir("/proc", 0755);
  mkdir("/dev", 0755);
  mkdir("/tmp", 01777);
  mount("proc", "/proc", "proc", 0, NULL);
  mount("dev", "/dev", "devtmpfs", 0, NULL);
  mount("tmp", "/tmp", "tmpfs", 0, NULL);
  for (int i = 0; i < 100; i++) {
    snprintf(name, sizeof name, "/modules/%02d.ko", i);
    if (access(name, F_OK) != 0) break;
    load_module(name);
  }
  for (int i = 0; i < 100 && disk && access(disk, F_OK) != 0; i++) usleep(100000);
}

static void prepare(void) {
  must(mkdir("/tmp/bench", 0755) == 0 || errno == EEXIST, "mkdir");
  must(mkdir("/tmp/bench/new", 0755) == 0 || errno == EEXIST, "mkdir");
  data_file = open("/tmp/bench/data", O_CREAT | O_RDWR, 0644);
  must(data_file >= 0, "create");
  for (int i = 0; i < 16; i++) must(write(data_file, block, sizeof block) == sizeof block, "write");
  zero_file = open("/dev/zero", O_RDONLY);
  null_file = open("/dev/null", O_WRONLY);
  make_tree();
}

int main(int count, char **arguments) {
  if (count > 1 && strcmp(arguments[1], "--exit") == 0) return 0;
  const char *disk = count > 2 && strcmp(arguments[1], "--cold") == 0 ? arguments[2] : NULL;
  int is_init = getpid() == 1;
  if (is_init) become_init(disk);
  self = arguments[0];
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (disk) measure_cold_read(disk);
  else {
    prepare();
    for (size_t i = 0; i < ROW_COUNT; i++) measure(&rows[i]);
    measure_delete("delete empty file", create_empty, 300);
    measure_delete("delete 10 KiB file", create_10k, 100);
  }
  printf("BENCH_END\n");
  fflush(stdout);
  if (is_init) {
    sync();
    reboot(RB_POWER_OFF);
  }
  return 0;
}
