/* execve: scripts, programs by descriptor, the auxiliary vector, set-user-ID, what is kept and what is not. */
#include "check.h"
#include <sys/sysinfo.h>
#include <sys/prctl.h>
#include <elf.h>
#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static const char *self;

/* Runs `path` with these arguments: its wait status. */
static int run(const char *path, char *const argv[]) {
  char *env[] = {"KEY=value", NULL};
  pid_t pid = fork();
  if (pid == 0) {
    execve(path, argv, env);
    _exit(100 + errno);
  }
  int status = -1;
  waitpid(pid, &status, 0);
  return status;
}

static void write_file(const char *path, const char *text, mode_t mode) {
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
  CHECK(fchmod(fd, mode) == 0 && close(fd) == 0);
}

static void copy_self(const char *path, mode_t mode) {
  static char buffer[65536];
  int from = open(self, O_RDONLY), to = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  CHECK(from >= 0 && to >= 0);
  ssize_t n;
  while ((n = read(from, buffer, sizeof buffer)) > 0) CHECK(write(to, buffer, (size_t)n) == n);
  close(from), close(to);
  CHECK(chmod(path, mode) == 0);
}

static void scripts(void) {
  char text[600];
  char *argv[] = {"ignored", "one", "two", NULL};
  snprintf(text, sizeof text, "#! %s\tcheck-script x \n", self);
  write_file("/tmp/exec.script", text, 0755);
  CHECK(run("/tmp/exec.script", argv) == 0);
  write_file("/tmp/exec.outer", "#!/tmp/exec.script and more\n", 0755);
  CHECK(run("/tmp/exec.outer", argv) == 7 << 8);
  write_file("/tmp/exec.loop", "#!/tmp/exec.loop\n", 0755);
  CHECK(run("/tmp/exec.loop", argv) == (100 + ELOOP) << 8);
  write_file("/tmp/exec.none", "#!\n", 0755);
  CHECK(run("/tmp/exec.none", argv) == (100 + ENOEXEC) << 8);
  write_file("/tmp/exec.lost", "#!/no/such/program\n", 0755);
  CHECK(run("/tmp/exec.lost", argv) == (100 + ENOENT) << 8);
  write_file("/tmp/exec.lost", "no program\n", 0755);
  CHECK(run("/tmp/exec.lost", argv) == (100 + ENOEXEC) << 8);
  write_file("/tmp/exec.lost", text, 0644);
  CHECK(run("/tmp/exec.lost", argv) == (100 + EACCES) << 8);
}

static void the_auxiliary_vector(void) {
  char *argv[] = {"name", "check-aux", NULL};
  CHECK(run(self, argv) == 0);
}

static void programs_by_descriptor(void) {
  int fd = open(self, O_RDONLY | O_CLOEXEC);
  char *argv[] = {"name", "check-fd", NULL}, *env[] = {NULL};
  pid_t pid = fork();
  if (pid == 0) {
    syscall(SYS_execveat, fd, "", argv, env, AT_EMPTY_PATH);
    _exit(100 + errno);
  }
  int status;
  CHECK(waitpid(pid, &status, 0) == pid && status == fd << 8);
  CHECK_ERRNO(syscall(SYS_execveat, fd, "", argv, env, 0), ENOENT);
  CHECK_ERRNO(syscall(SYS_execveat, 99, "", argv, env, AT_EMPTY_PATH), EBADF);
}

static void what_is_executed_is_not_written(void) {
  copy_self("/tmp/exec.copy", 0755);
  int fd = open("/tmp/exec.copy", O_RDWR);
  char *argv[] = {"name", "pause", NULL}, *env[] = {NULL};
  CHECK(fd >= 0 && run("/tmp/exec.copy", argv) == (100 + ETXTBSY) << 8);
  close(fd);
  pid_t pid = fork();
  if (pid == 0) {
    execve("/tmp/exec.copy", argv, env);
    _exit(99);
  }
  usleep(50000);
  CHECK_ERRNO(open("/tmp/exec.copy", O_WRONLY), ETXTBSY);
  kill(pid, SIGKILL);
  waitpid(pid, NULL, 0);
  fd = open("/tmp/exec.copy", O_WRONLY);
  CHECK(fd >= 0);
}

static void set_user_id(void) {
  if (geteuid() != 0) return;
  copy_self("/tmp/exec.suid", 0755);
  CHECK(chown("/tmp/exec.suid", 1234, 1235) == 0 && chmod("/tmp/exec.suid", 06755) == 0);
  char *argv[] = {"name", "check-ids", NULL};
  pid_t pid = fork();
  if (pid == 0) {
    if (setgid(500) != 0 || setuid(500) != 0) _exit(1);
    int status = run("/tmp/exec.suid", argv);
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 90);
  }
  int status;
  CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
  if (WEXITSTATUS(status) != 0) FAIL("status %d", WEXITSTATUS(status));
}

static void ignored(int signal) { (void)signal; }

static void signals_over_exec(void) {
  char *argv[] = {"name", "check-signals", NULL};
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR2);
  signal(SIGUSR1, ignored);
  signal(SIGHUP, SIG_IGN);
  sigprocmask(SIG_BLOCK, &set, NULL);
  raise(SIGUSR2);
  CHECK(run(self, argv) == 0);
}

static void too_many_arguments(void) {
  static char big[140001];
  memset(big, 'a', 100000);
  char *argv[] = {"name", "many", big, big, big, NULL}, *all[400];
  CHECK(run(self, argv) == 40 << 8);
  memset(big, 'a', 140000);
  CHECK(run(self, argv) == (100 + E2BIG) << 8);
  big[100000] = 0;
  for (int i = 0; i < 399; i++) all[i] = big;
  all[399] = NULL;
  CHECK(run(self, all) == (100 + E2BIG) << 8);
}

static void no_arguments_at_all(void) {
  char *none[] = {NULL};
  write_file("/tmp/exec.empty", "#!/bin/sh\nexit 6\n", 0755);
  CHECK(run("/tmp/exec.empty", none) == 6 << 8);
  CHECK(run("/bin/true", none) == 0);
}

static void random_bytes(void) {
  unsigned char a[64], b[64];
  CHECK(getrandom(a, sizeof a, 0) == sizeof a && getrandom(b, sizeof b, 0) == sizeof b);
  CHECK(memcmp(a, b, sizeof a) != 0);
  static unsigned char many[100000];
  CHECK(getrandom(many, sizeof many, 0) > 0);
  int counts[256] = {0};
  for (unsigned i = 0; i < sizeof many; i++) counts[many[i]]++;
  for (int i = 0; i < 256; i++) CHECK(counts[i] > 250 && counts[i] < 550);
  CHECK_ERRNO(getrandom(a, 1, 0x100), EINVAL);
}

static int child(int argc, char **argv) {
  if (strcmp(argv[1], "pause") == 0) pause();
  if (strcmp(argv[1], "check-script x") == 0) {
    if (argc == 4 && strcmp(argv[2], "/tmp/exec.script") == 0) return 8;
    if (argc == 5 && strcmp(argv[2], "/tmp/exec.script") == 0 && strcmp(argv[3], "one") == 0 && strcmp(argv[4], "two") == 0)
      return 0;
    /* of the script that the other script interprets */
    return strcmp(argv[2], "/tmp/exec.script") == 0 && strcmp(argv[3], "and more") == 0 ? 7 : 9;
  }
  if (strcmp(argv[1], "check-aux") == 0) {
    if (getauxval(AT_PAGESZ) != 4096 || getauxval(AT_PHENT) != 56 || getauxval(AT_PHNUM) == 0) return 1;
    if (getauxval(AT_SECURE) != 0 || getauxval(AT_UID) != getuid() || getauxval(AT_CLKTCK) != 100) return 2;
    if (strcmp((char *)getauxval(AT_PLATFORM), "x86_64") != 0 || !getauxval(AT_RANDOM)) return 3;
    Elf64_Phdr *p = (Elf64_Phdr *)getauxval(AT_PHDR);
    int loads = 0;
    for (unsigned i = 0; i < getauxval(AT_PHNUM); i++) loads += p[i].p_type == PT_LOAD;
    if (loads < 2 || !getauxval(AT_ENTRY) || strcmp(getenv("KEY"), "value") != 0) return 4;
    return strstr((char *)getauxval(AT_EXECFN), "exec") ? 0 : 5;
  }
  if (strcmp(argv[1], "check-fd") == 0) {
    char wanted[40];
    for (int fd = 3; fd < 20; fd++) {
      snprintf(wanted, sizeof wanted, "/dev/fd/%d", fd);
      if (strcmp((char *)getauxval(AT_EXECFN), wanted) == 0) return fcntl(fd, F_GETFD) == -1 ? fd : 50;
    }
    return 51;
  }
  if (strcmp(argv[1], "check-ids") == 0) {
    uid_t r, e, s;
    if (getresuid(&r, &e, &s) != 0 || r != 500 || e != 1234 || s != 1234) return 20;
    if (getegid() != 1235 || getgid() != 500) return 21;
    return getauxval(AT_SECURE) == 1 && getauxval(AT_EUID) == 1234 ? 0 : 22;
  }
  if (strcmp(argv[1], "check-signals") == 0) {
    struct sigaction a;
    sigset_t set;
    if (sigaction(SIGUSR1, NULL, &a) != 0 || a.sa_handler != SIG_DFL) return 30;
    if (sigaction(SIGHUP, NULL, &a) != 0 || a.sa_handler != SIG_IGN) return 31;
    if (sigprocmask(SIG_BLOCK, NULL, &set) != 0 || !sigismember(&set, SIGUSR2)) return 32;
    return 0;
  }
  return 40;
}

static void waiting_for_nobody(void) {
  int status;
  CHECK_ERRNO(waitpid(-1, &status, 0), ECHILD);
  CHECK_ERRNO(waitpid(1, &status, 0), ECHILD);
  CHECK_ERRNO(waitpid(0x80000000, &status, 0), ESRCH); /* a group that cannot be */
  CHECK_ERRNO(waitpid(-1, &status, 0x1000000), EINVAL);
}

static void timer_slack(void) {
  CHECK(prctl(PR_GET_TIMERSLACK) == 50000);
  CHECK(prctl(PR_SET_TIMERSLACK, 70000) == 0 && prctl(PR_GET_TIMERSLACK) == 70000);
  pid_t pid = fork();
  int status;
  if (pid == 0) {
    prctl(PR_SET_TIMERSLACK, 1);
    if (prctl(PR_GET_TIMERSLACK) != 1) _exit(1);
    prctl(PR_SET_TIMERSLACK, 0); /* what it was born with */
    _exit(prctl(PR_GET_TIMERSLACK) != 70000);
  }
  CHECK(waitpid(pid, &status, 0) == pid && status == 0);
  CHECK(prctl(PR_SET_TIMERSLACK, 0) == 0 && prctl(PR_GET_TIMERSLACK) == 50000);
}

/* The same averages, in 65536ths and in hundredths. */
static void load_averages_agree(void) {
  struct sysinfo info;
  double from_file = 0;
  for (int i = 0; i < 5; i++) { /* a sample may be taken in between */
    FILE *f = fopen("/proc/loadavg", "r");
    CHECK(f != NULL && fscanf(f, "%lf", &from_file) == 1 && fclose(f) == 0 && sysinfo(&info) == 0);
    double from_call = (double)info.loads[0] / 65536;
    if (from_call - from_file < 0.011 && from_file - from_call < 0.011) return;
  }
  FAIL("%lu of 65536 is not %.2f", info.loads[0], from_file);
}

int main(int argc, char **argv) {
  if (argc > 1) return child(argc, argv);
  self = realpath("/proc/self/exe", NULL);
  if (!self) self = argv[0];
  TEST(scripts, "#!");
  TEST(the_auxiliary_vector, "auxv");
  TEST(programs_by_descriptor, "execveat");
  TEST(what_is_executed_is_not_written, "ETXTBSY");
  TEST(set_user_id, "set-user-ID and set-group-ID bits");
  TEST(signals_over_exec, "handlers, masks");
  TEST(too_many_arguments, "E2BIG");
  TEST(no_arguments_at_all, "argc 0");
  TEST(random_bytes, "getrandom");
  TEST(waiting_for_nobody, "waitpid: errors");
  TEST(timer_slack, "prctl");
  TEST(load_averages_agree, "sysinfo");
  return finish();
}
