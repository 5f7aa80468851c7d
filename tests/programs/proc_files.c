/* Files of /proc that other programs' tests do not read (Linux proc(5), random(4)); noexec mounts; vhangup(2). */
#include "check.h"
#include <ctype.h>
#include <elf.h>
#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>

static char text[65536];

static ssize_t read_file(const char *name) {
  int fd = open(name, O_RDONLY);
  CHECK(fd >= 0);
  ssize_t n = 0, got;
  while ((got = read(fd, text + n, sizeof text - 1 - (size_t)n)) > 0) n += got;
  CHECK(got == 0 && close(fd) == 0);
  text[n] = 0;
  return n;
}

static void proc_auxv_is_the_auxiliary_vector(void) {
  ssize_t n = read_file("/proc/self/auxv");
  CHECK(n > 0 && n % (ssize_t)sizeof(Elf64_auxv_t) == 0);
  Elf64_auxv_t *last = (Elf64_auxv_t *)(text + n) - 1;
  CHECK(last->a_type == AT_NULL);
  for (Elf64_auxv_t *a = (Elf64_auxv_t *)text; a < last; a++)
    if (a->a_type != 0) CHECK(getauxval(a->a_type) == a->a_un.a_val);
}

static void check_uuid(void) {
  CHECK(strlen(text) == 37 && text[36] == '\n');
  for (int i = 0; i < 36; i++) {
    if (i == 8 || i == 13 || i == 18 || i == 23) CHECK(text[i] == '-');
    else CHECK(isxdigit((unsigned char)text[i]) && !isupper((unsigned char)text[i]));
  }
  CHECK(text[14] == '4' && strchr("89ab", text[19]) != NULL);
}

static void proc_random_identifiers(void) {
  char first[64], boot[64];
  read_file("/proc/sys/kernel/random/uuid");
  check_uuid();
  strcpy(first, text);
  read_file("/proc/sys/kernel/random/uuid");
  check_uuid();
  CHECK(strcmp(first, text) != 0);
  read_file("/proc/sys/kernel/random/boot_id");
  check_uuid();
  strcpy(boot, text);
  read_file("/proc/sys/kernel/random/boot_id");
  CHECK(strcmp(boot, text) == 0);
  read_file("/proc/sys/kernel/random/poolsize");
  CHECK(atoi(text) == 256);
}

static void proc_sysvipc_shm(void) {
  int id = shmget(IPC_PRIVATE, 10000, IPC_CREAT | 0640);
  CHECK(id >= 0);
  char *at = shmat(id, NULL, 0);
  CHECK(at != (char *)-1);
  at[0] = at[5000] = 1;
  CHECK(shmctl(id, IPC_RMID, NULL) == 0);
  read_file("/proc/sysvipc/shm");
  CHECK(strncmp(text, "       key      shmid perms ", 27) == 0);
  for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
    int key, shmid, perms;
    unsigned long size, cpid, lpid, nattch, uid, gid, cuid, cgid, atime, dtime, ctime, rss, swap;
    int n = sscanf(line, "%d %d %o %lu %lu %lu %lu %lu %lu %lu %lu %lu %lu %lu %lu %lu", &key, &shmid, (unsigned *)&perms,
                   &size, &cpid, &lpid, &nattch, &uid, &gid, &cuid, &cgid, &atime, &dtime, &ctime, &rss, &swap);
    if (n != 16 || shmid != id) continue;
    CHECK(perms == 01640 && size == 10000 && nattch == 1 && uid == getuid());
    CHECK((pid_t)cpid == getpid() && (pid_t)lpid == getpid() && rss == 8192 && swap == 0);
    CHECK(atime != 0 && dtime == 0 && ctime >= atime);
    CHECK(shmdt(at) == 0);
    return;
  }
  FAIL("no line of segment %d", id);
}

static void noexec_mounts_map_no_code(void) {
  char name[] = "/tmp/noexecXXXXXX", file[64];
  CHECK(mkdtemp(name) != NULL && mount("none", name, "tmpfs", MS_NOEXEC, "") == 0);
  snprintf(file, sizeof file, "%s/file", name);
  int fd = open(file, O_RDWR | O_CREAT, 0700);
  CHECK(fd >= 0 && ftruncate(fd, 4096) == 0);
  CHECK_ERRNO((long)mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0), EPERM);
  void *at = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
  CHECK(at != MAP_FAILED);
  CHECK_ERRNO(mprotect(at, 4096, PROT_READ | PROT_EXEC), EACCES);
  CHECK(munmap(at, 4096) == 0 && close(fd) == 0 && umount(name) == 0 && rmdir(name) == 0);
}

static void vhangup_takes_the_terminal_away(void) {
  int master = posix_openpt(O_RDWR | O_NOCTTY);
  CHECK(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
  const char *name = ptsname(master);
  CHECK(name != NULL);
  pid_t child = fork();
  if (child == 0) {
    signal(SIGHUP, SIG_IGN);
    if (setsid() < 0) _exit(1);
    int fd = open(name, O_RDWR);
    char c;
    if (fd < 0 || tcgetpgrp(fd) != getpid()) _exit(2);
    if (syscall(SYS_vhangup) != 0) _exit(3);
    if (read(fd, &c, 1) != 0) _exit(4);
    if (write(fd, "x", 1) != -1 || errno != EIO) _exit(5);
    if (open("/dev/tty", O_RDWR) != -1 || errno != ENXIO) _exit(6);
    if (setuid(1000) != 0 || syscall(SYS_vhangup) != -1 || errno != EPERM) _exit(7);
    _exit(0);
  }
  int status;
  CHECK(child > 0 && waitpid(child, &status, 0) == child);
  if (status != 0) FAIL("the child's step %d went wrong, status %#x", WEXITSTATUS(status), status);
}

/* The number of kB in the line `field` of the area at `address`. */
static long smaps(const void *address, const char *field) {
  char line[4200];
  int inside = 0;
  unsigned long start, end;
  long found = -1;
  FILE *f = fopen("/proc/self/smaps", "r");
  CHECK(f != NULL);
  while (fgets(line, sizeof line, f) != NULL && found < 0) {
    if (sscanf(line, "%lx-%lx ", &start, &end) == 2) inside = start <= (unsigned long)address && (unsigned long)address < end;
    else if (inside && strncmp(line, field, strlen(field)) == 0) found = strtol(line + strlen(field), NULL, 10);
  }
  CHECK(fclose(f) == 0);
  return found;
}

static void smaps_tells_what_is_there(void) {
  size_t size = 4 << 20;
  char *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  /* Other pages between it and its neighbours, so that it stays an area of its own. */
  CHECK(at != MAP_FAILED && mprotect(at, 4096, PROT_NONE) == 0 && mprotect(at + size - 4096, 4096, PROT_NONE) == 0);
  at += 4096;
  CHECK(smaps(at, "Size:") == 4088 && smaps(at, "Rss:") == 0);
  for (int n = 0; n < 10; n++) at[n * 4096] = 1;
  at[3 << 20] = 1;
  CHECK(smaps(at, "Rss:") == 44 && smaps(at, "Pss:") == 44 && smaps(at, "Anonymous:") == 44);
  CHECK(smaps(at, "Private_Dirty:") == 44 && smaps(at, "Shared_Dirty:") == 0);
  pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) pause();
  CHECK(smaps(at, "Rss:") == 44 && smaps(at, "Pss:") == 22 && smaps(at, "Private_Dirty:") == 0);
  CHECK(kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child);
  CHECK(smaps(at, "Private_Dirty:") == 44);
}

static unsigned long stat_faults(void) {
  unsigned long faults = 0;
  FILE *f = fopen("/proc/self/stat", "r");
  CHECK(f != NULL && fscanf(f, "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %lu", &faults) == 1 && fclose(f) == 0);
  return faults;
}

static void faults_are_counted(void) {
  struct rusage before, after, children;
  size_t size = 1000 * 4096;
  char *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(at != MAP_FAILED && madvise(at, size, MADV_NOHUGEPAGE) == 0);
  unsigned long told = stat_faults();
  CHECK(getrusage(RUSAGE_SELF, &before) == 0);
  for (size_t n = 0; n < size; n += 4096) at[n] = 1;
  CHECK(getrusage(RUSAGE_SELF, &after) == 0);
  CHECK(after.ru_minflt >= before.ru_minflt + 1000 && after.ru_minflt < before.ru_minflt + 1100);
  CHECK(after.ru_maxrss > before.ru_maxrss && after.ru_maxrss >= 3000);
  CHECK(stat_faults() >= told + 1000);
  CHECK(munmap(at, size) == 0 && getrusage(RUSAGE_SELF, &before) == 0 && before.ru_maxrss >= after.ru_maxrss);
  pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    at = mmap(NULL, 8 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (size_t n = 0; at != MAP_FAILED && n < 8 << 20; n += 4096) at[n] = 1;
    _exit(at == MAP_FAILED);
  }
  CHECK(waitpid(child, NULL, 0) == child && getrusage(RUSAGE_CHILDREN, &children) == 0);
  CHECK(children.ru_minflt >= 2000 && children.ru_maxrss >= 8000);
}

int main(void) {
  TEST(proc_auxv_is_the_auxiliary_vector, "kernel/fs/proc/process-memory.ts");
  TEST(proc_random_identifiers, "kernel/fs/proc/random-files.ts");
  TEST(proc_sysvipc_shm, "kernel/fs/proc/ipc-files.ts");
  TEST(noexec_mounts_map_no_code, "kernel/syscall/calls/memory.ts, checkFile");
  TEST(vhangup_takes_the_terminal_away, "kernel/syscall/calls/hang-up.ts");
  TEST(smaps_tells_what_is_there, "/proc/PID/smaps");
  TEST(faults_are_counted, "getrusage: ru_minflt, ru_maxrss; /proc/PID/stat");
  return finish();
}
