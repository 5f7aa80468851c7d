/* Locks on files (POSIX fcntl; Linux fcntl_locking(2), flock(2)), and reading and writing at positions. */
#include "check.h"
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>

static int file(void) {
  char name[] = "/tmp/locksXXXXXX";
  int fd = mkstemp(name);
  CHECK(fd >= 0 && unlink(name) == 0);
  return fd;
}

static int lock(int fd, int command, int type, off_t start, off_t length) {
  struct flock l = {.l_type = (short)type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
  return fcntl(fd, command, &l);
}

/* What another process sees: the type that stands against a write lock of the byte, and where it is. */
static int seen(int fd, off_t at, struct flock *out) {
  int ends[2];
  CHECK(pipe(ends) == 0);
  pid_t pid = fork();
  if (pid == 0) {
    struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = at, .l_len = 1};
    if (fcntl(fd, F_GETLK, &l) != 0) l.l_type = 99;
    _exit(write(ends[1], &l, sizeof l) == sizeof l ? 0 : 1);
  }
  struct flock l;
  CHECK(read(ends[0], &l, sizeof l) == sizeof l && waitpid(pid, NULL, 0) == pid);
  close(ends[0]);
  close(ends[1]);
  if (out) *out = l;
  return l.l_type;
}

static void record_locks_split_and_merge(void) {
  int fd = file();
  struct flock l;
  CHECK(lock(fd, F_SETLK, F_WRLCK, 0, 100) == 0);
  CHECK(seen(fd, 50, &l) == F_WRLCK && l.l_start == 0 && l.l_len == 100 && l.l_pid == getpid());
  CHECK(lock(fd, F_SETLK, F_UNLCK, 40, 20) == 0);
  CHECK(seen(fd, 50, NULL) == F_UNLCK);
  CHECK(seen(fd, 39, &l) == F_WRLCK && l.l_start == 0 && l.l_len == 40);
  CHECK(seen(fd, 60, &l) == F_WRLCK && l.l_start == 60 && l.l_len == 40);
  CHECK(lock(fd, F_SETLK, F_RDLCK, 30, 40) == 0);
  CHECK(seen(fd, 69, &l) == F_RDLCK && l.l_start == 30 && l.l_len == 40);
  CHECK(lock(fd, F_SETLK, F_WRLCK, 0, 0) == 0);
  CHECK(seen(fd, 1000000, &l) == F_WRLCK && l.l_start == 0 && l.l_len == 0);
  CHECK_ERRNO(lock(fd, F_SETLK, F_WRLCK, -1, 1), EINVAL);
  /* Any close of the file by the process gives its locks up. */
  close(dup(fd));
  CHECK(seen(fd, 0, NULL) == F_UNLCK);
}

/* F_GETLK tells the first in the file of all that block (POSIX fcntl), in whatever order they were made. */
static void the_first_lock_is_told(void) {
  int fd = file(), status;
  CHECK(lock(fd, F_SETLK, F_WRLCK, 50, 5) == 0 && lock(fd, F_SETLK, F_RDLCK, 10, 5) == 0);
  CHECK(lock(fd, F_SETLK, F_WRLCK, 30, 5) == 0);
  pid_t pid = fork();
  if (pid == 0) {
    struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_GETLK, &l) != 0 || l.l_type != F_RDLCK || l.l_start != 10 || l.l_len != 5) _exit(1);
    l = (struct flock){.l_type = F_RDLCK, .l_whence = SEEK_SET};
    _exit(fcntl(fd, F_GETLK, &l) != 0 || l.l_type != F_WRLCK || l.l_start != 30 ? 2 : 0);
  }
  CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

static void record_locks_wait(void) {
  int fd = file(), status;
  CHECK(lock(fd, F_SETLK, F_WRLCK, 0, 1) == 0);
  pid_t pid = fork();
  if (pid == 0) {
    if (lock(fd, F_SETLK, F_WRLCK, 0, 1) != -1 || (errno != EAGAIN && errno != EACCES)) _exit(1);
    if (lock(fd, F_SETLKW, F_WRLCK, 0, 1) != 0) _exit(2);
    _exit(0);
  }
  usleep(50000);
  CHECK(lock(fd, F_SETLK, F_UNLCK, 0, 1) == 0);
  CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

static void nothing(int signal) { (void)signal; }

static void a_signal_ends_the_wait(void) {
  int fd = file(), status;
  CHECK(lock(fd, F_SETLK, F_WRLCK, 0, 1) == 0);
  pid_t pid = fork();
  if (pid == 0) {
    struct sigaction action = {.sa_handler = nothing};
    sigaction(SIGALRM, &action, NULL);
    ualarm(20000, 0);
    _exit(lock(fd, F_SETLKW, F_WRLCK, 0, 1) == -1 && errno == EINTR ? 0 : 1);
  }
  CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

static void deadlock_is_seen(void) {
  int fd = file(), status, ready[2];
  CHECK(pipe(ready) == 0 && lock(fd, F_SETLK, F_WRLCK, 0, 1) == 0);
  pid_t pid = fork();
  if (pid == 0) {
    char c = 0;
    if (lock(fd, F_SETLK, F_WRLCK, 1, 1) != 0 || write(ready[1], &c, 1) != 1) _exit(1);
    _exit(lock(fd, F_SETLKW, F_WRLCK, 0, 1) == 0 ? 0 : 2);
  }
  char c;
  CHECK(read(ready[0], &c, 1) == 1);
  usleep(50000);
  CHECK_ERRNO(lock(fd, F_SETLKW, F_WRLCK, 1, 1), EDEADLK);
  CHECK(lock(fd, F_SETLK, F_UNLCK, 0, 1) == 0);
  CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

static void locks_of_open_files(void) {
  char name[] = "/tmp/ofdXXXXXX";
  int a = mkstemp(name), b = open(name, O_RDWR);
  CHECK(a >= 0 && b >= 0 && lock(a, 37 /* F_OFD_SETLK */, F_WRLCK, 0, 10) == 0);
  CHECK_ERRNO(lock(b, 37, F_RDLCK, 5, 1), EAGAIN);
  CHECK(lock(b, 37, F_RDLCK, 10, 1) == 0);
  CHECK_ERRNO(lock(b, F_SETLK, F_WRLCK, 0, 1), EAGAIN);
  close(dup(a));
  CHECK_ERRNO(lock(b, 37, F_RDLCK, 5, 1), EAGAIN);
  close(a);
  CHECK(lock(b, 37, F_RDLCK, 5, 1) == 0);
  CHECK_ERRNO(lock(open(name, O_RDONLY), F_SETLK, F_WRLCK, 0, 1), EBADF);
  unlink(name);
}

static void flocks(void) {
  char name[] = "/tmp/flockXXXXXX";
  int a = mkstemp(name), b = open(name, O_RDONLY);
  CHECK(flock(a, LOCK_SH) == 0 && flock(b, LOCK_SH) == 0);
  CHECK_ERRNO(flock(a, LOCK_EX | LOCK_NB), EWOULDBLOCK);
  CHECK(flock(b, LOCK_UN) == 0 && flock(a, LOCK_EX | LOCK_NB) == 0);
  CHECK_ERRNO(flock(b, LOCK_SH | LOCK_NB), EWOULDBLOCK);
  /* They are apart from record locks, and belong to the open file. */
  CHECK(lock(a, F_SETLK, F_WRLCK, 0, 0) == 0);
  int c = dup(a);
  close(a);
  CHECK_ERRNO(flock(b, LOCK_SH | LOCK_NB), EWOULDBLOCK);
  close(c);
  CHECK(flock(b, LOCK_SH | LOCK_NB) == 0);
  CHECK_ERRNO(flock(b, 0), EINVAL);
  unlink(name);
}

static void positions(void) {
  int fd = file();
  char text[20];
  CHECK(pwrite(fd, "hello", 5, 10) == 5 && lseek(fd, 0, SEEK_CUR) == 0 && lseek(fd, 0, SEEK_END) == 15);
  CHECK(pread(fd, text, 20, 8) == 7 && text[0] == 0 && text[2] == 'h');
  struct iovec v[2] = {{text, 3}, {text + 10, 9}};
  CHECK(preadv(fd, v, 2, 9) == 6 && text[1] == 'h' && text[10] == 'l');
  CHECK_ERRNO(lseek(fd, -1, SEEK_SET), EINVAL);
  CHECK_ERRNO(pread(fd, text, 1, -1), EINVAL);
  CHECK(ftruncate(fd, 3) == 0 && pread(fd, text, 20, 0) == 3 && ftruncate(fd, 8000) == 0);
  struct stat s;
  CHECK(fstat(fd, &s) == 0 && s.st_size == 8000 && pread(fd, text, 5, 7990) == 5 && text[4] == 0);
  CHECK_ERRNO(ftruncate(fd, -1), EINVAL);
  CHECK(fcntl(fd, F_SETFL, O_APPEND) == 0 && lseek(fd, 0, SEEK_SET) == 0 && write(fd, "end", 3) == 3);
  CHECK(lseek(fd, 0, SEEK_CUR) == 8003 && pread(fd, text, 3, 8000) == 3 && memcmp(text, "end", 3) == 0);
}

static void holes(void) {
  int fd = file();
  CHECK(ftruncate(fd, 1 << 20) == 0 && pwrite(fd, "x", 1, 500000) == 1);
  off_t data = lseek(fd, 0, SEEK_DATA), hole = lseek(fd, 500000, SEEK_HOLE);
  CHECK(data <= 500000 && hole > 500000 && hole <= 1 << 20);
  CHECK_ERRNO(lseek(fd, 1 << 20, SEEK_DATA), ENXIO);
}

static void size_limit(void) {
  int fd = file();
  struct rlimit limit = {1000, 1000};
  signal(SIGXFSZ, SIG_IGN);
  CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
  char block[600];
  memset(block, 1, sizeof block);
  CHECK(write(fd, block, 600) == 600 && write(fd, block, 600) == 400);
  CHECK_ERRNO(write(fd, block, 1), EFBIG);
  CHECK_ERRNO(ftruncate(fd, 1001), EFBIG);
}

static void descriptor_limit(void) {
  struct rlimit limit = {20, 20};
  CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
  int fd, last = -1;
  while ((fd = dup(0)) >= 0) last = fd;
  CHECK(errno == EMFILE && last == 19);
  CHECK_ERRNO(dup2(0, 20), EBADF);
  CHECK_ERRNO(fcntl(0, F_DUPFD, 20), EINVAL);
  CHECK(close(7) == 0 && dup(0) == 7);
  CHECK(syscall(436 /* close_range */, 10, ~0U, 0) == 0 && fcntl(10, F_GETFD) == -1 && dup(0) == 10);
}

static void copies_inside_the_kernel(void) {
  int a = file(), b = file();
  static char block[100000];
  for (unsigned i = 0; i < sizeof block; i++) block[i] = (char)(i * 7);
  CHECK(write(a, block, sizeof block) == sizeof block);
  off_t offset = 1000;
  CHECK(sendfile(b, a, &offset, 50000) == 50000 && offset == 51000 && lseek(a, 0, SEEK_CUR) == sizeof block);
  loff_t from = 51000, to = 50000;
  CHECK(syscall(SYS_copy_file_range, a, &from, b, &to, 49000, 0) > 0);
  static char back[100000];
  CHECK(pread(b, back, 99000, 0) >= 50000 && memcmp(back, block + 1000, 50000) == 0);
}

static void about_file_systems(void) {
  struct statfs s;
  CHECK(statfs("/tmp", &s) == 0 && s.f_bsize > 0 && s.f_namelen == 255);
  CHECK(statfs("/proc", &s) == 0 && s.f_type == 0x9fa0);
  CHECK_ERRNO(statfs("/none", &s), ENOENT);
  CHECK_ERRNO(umount("/tmp/none"), ENOENT);
}

int main(void) {
  TEST(record_locks_split_and_merge, "kernel/fs/locks.ts");
  TEST(the_first_lock_is_told, "F_GETLK");
  TEST(record_locks_wait, "kernel/fs/locks.ts, setHeld");
  TEST(a_signal_ends_the_wait, "kernel/fs/locks.ts, waitFor");
  TEST(deadlock_is_seen, "kernel/fs/locks.ts, isCircle");
  TEST(locks_of_open_files, "kernel/fs/locks.ts");
  TEST(flocks, "kernel/syscall/calls/descriptor.ts");
  TEST(positions, "kernel/fs/file.ts");
  TEST(holes, "kernel/fs/file.ts, seekData");
  TEST(size_limit, "kernel/fs/limits.ts");
  TEST(descriptor_limit, "kernel/fs/fd-table.ts");
  TEST(copies_inside_the_kernel, "kernel/syscall/calls/copy-files.ts");
  TEST(about_file_systems, "kernel/syscall/calls/statfs.ts");
  return finish();
}
