/* Files of /proc that other programs' tests do not read (Linux proc(5), random(4)); noexec mounts; vhangup(2). */
#include "check.h"
#include <ctype.h>
#include <elf.h>
#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
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

int main(void) {
  TEST(proc_auxv_is_the_auxiliary_vector, "kernel/fs/proc/process-memory.ts");
  TEST(proc_random_identifiers, "kernel/fs/proc/random-files.ts");
  TEST(proc_sysvipc_shm, "kernel/fs/proc/ipc-files.ts");
  TEST(noexec_mounts_map_no_code, "kernel/syscall/calls/memory.ts, checkFile");
  TEST(vhangup_takes_the_terminal_away, "kernel/syscall/calls/hang-up.ts");
  return finish();
}
