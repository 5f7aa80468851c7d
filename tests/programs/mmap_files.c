/* Mapped files: mmap() with MAP_SHARED and MAP_PRIVATE, msync(), mprotect() rules, SIGBUS, and truncation under a mapping. */
#include "check.h"
#include <fcntl.h>
#include <setjmp.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define PAGE 4096
#define FILE_NAME "/dev/shm/mmap-test"

static sigjmp_buf back;
static siginfo_t seen;

static void on_fault(int signal, siginfo_t *info, void *context) {
  (void)signal, (void)context;
  seen = *info;
  siglongjmp(back, 1);
}

static void catch_faults(void) {
  struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
  sigaction(SIGBUS, &action, NULL);
  sigaction(SIGSEGV, &action, NULL);
}

/* The signal that reading (or writing) a byte raises, 0 for none. */
static int fault_of(volatile char *at, int write) {
  if (sigsetjmp(back, 1) == 0) {
    if (write) *at = *at, *at = 1;
    else (void)*at;
    return 0;
  }
  return seen.si_signo;
}

static int open_new(size_t size) {
  unlink(FILE_NAME);
  int fd = open(FILE_NAME, O_RDWR | O_CREAT | O_EXCL, 0600);
  CHECK(fd >= 0);
  CHECK(ftruncate(fd, (off_t)size) == 0);
  return fd;
}

static void map_shared_file(void) {
  int fd = open_new(3 * PAGE);
  char *a = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  char *b = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, PAGE);
  CHECK(a != MAP_FAILED && b != MAP_FAILED);
  strcpy(a + PAGE, "through the first mapping");
  CHECK(strcmp(b, "through the first mapping") == 0);
  char text[32];
  CHECK(pread(fd, text, 26, PAGE) == 26 && strcmp(text, "through the first mapping") == 0);
  CHECK(pwrite(fd, "by write", 9, PAGE) == 9);
  CHECK(strcmp(a + PAGE, "by write") == 0 && strcmp(b, "by write") == 0);
  CHECK(close(fd) == 0); /* the mapping lives on */
  pid_t pid = fork();
  if (pid == 0) {
    strcpy(a, "from the child");
    _exit(0);
  }
  int status;
  CHECK(waitpid(pid, &status, 0) == pid && status == 0);
  CHECK(strcmp(a, "from the child") == 0);
  CHECK(munmap(a, 3 * PAGE) == 0 && munmap(b, PAGE) == 0);
  unlink(FILE_NAME);
}

static void map_private_file(void) {
  int fd = open_new(2 * PAGE);
  CHECK(pwrite(fd, "original", 9, 0) == 9);
  char *a = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
  char *b = mmap(NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
  CHECK(a != MAP_FAILED && b != MAP_FAILED);
  CHECK(strcmp(a, "original") == 0);
  strcpy(a, "changed");
  CHECK(strcmp(b, "original") == 0);
  char text[16];
  CHECK(pread(fd, text, 9, 0) == 9 && strcmp(text, "original") == 0);
  pid_t pid = fork();
  if (pid == 0) {
    if (strcmp(a, "changed") != 0) _exit(1);
    strcpy(a, "child's");
    _exit(strcmp(b, "original") == 0 ? 0 : 2);
  }
  int status;
  CHECK(waitpid(pid, &status, 0) == pid && status == 0);
  CHECK(strcmp(a, "changed") == 0);
  unlink(FILE_NAME);
}

static void map_errors(void) {
  int fd = open_new(PAGE);
  CHECK_ERRNO(mmap(NULL, 0, PROT_READ, MAP_SHARED, fd, 0), EINVAL);
  CHECK_ERRNO(mmap(NULL, PAGE, PROT_READ, 0, fd, 0), EINVAL);
  CHECK_ERRNO(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, 99, 0), EBADF);
  CHECK_ERRNO(mmap((void *)1, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0), EINVAL);
  int reader = open(FILE_NAME, O_RDONLY), writer = open(FILE_NAME, O_WRONLY);
  CHECK_ERRNO(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, reader, 0), EACCES);
  CHECK_ERRNO(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, writer, 0), EACCES);
  CHECK_ERRNO(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, writer, 0), EACCES);
  CHECK(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, reader, 0) != MAP_FAILED);
  char *shared = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, reader, 0);
  CHECK(shared != MAP_FAILED);
  CHECK_ERRNO(mprotect(shared, PAGE, PROT_READ | PROT_WRITE), EACCES);
  CHECK(mprotect(shared, PAGE, PROT_NONE) == 0 && mprotect(shared, PAGE, PROT_READ) == 0);
  int directory = open("/dev/shm", O_RDONLY | O_DIRECTORY);
  CHECK_ERRNO(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, directory, 0), ENODEV);
  int ends[2];
  CHECK(pipe(ends) == 0);
  CHECK_ERRNO(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, ends[0], 0), ENODEV);
  CHECK_ERRNO(mmap(NULL, PAGE, PROT_READ, MAP_SHARED_VALIDATE | 0x200000, fd, 0), EOPNOTSUPP);
  char *hint = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, 0);
  CHECK_ERRNO(mmap(hint, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED_NOREPLACE, fd, 0), EEXIST);
  CHECK(munmap(hint, 2 * PAGE) == 0);
  CHECK(mmap(hint, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED_NOREPLACE, fd, 0) == hint);
  unlink(FILE_NAME);
}

static void map_bus_error(void) {
  catch_faults();
  int fd = open_new(PAGE + 100);
  char *a = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  CHECK(a != MAP_FAILED);
  CHECK(fault_of(a, 1) == 0);
  CHECK(fault_of(a + PAGE + 100, 1) == 0); /* the rest of the last page may be touched */
  CHECK(fault_of(a + 2 * PAGE, 0) == SIGBUS);
  CHECK(seen.si_code == BUS_ADRERR && seen.si_addr == a + 2 * PAGE);
  CHECK(fault_of(a + 3 * PAGE, 1) == SIGBUS);
  CHECK(ftruncate(fd, 3 * PAGE) == 0);
  CHECK(fault_of(a + 2 * PAGE, 1) == 0);
  CHECK(fault_of(a + 3 * PAGE, 1) == SIGBUS);
  /* Shorter again: pages that were mapped are taken away. */
  CHECK(ftruncate(fd, 10) == 0);
  CHECK(fault_of(a + 2 * PAGE, 0) == SIGBUS);
  CHECK(fault_of(a + PAGE, 0) == SIGBUS);
  CHECK(fault_of(a, 1) == 0);
  CHECK(munmap(a, 4 * PAGE) == 0);
  CHECK(fault_of(a, 0) == SIGSEGV && seen.si_code == SEGV_MAPERR);
  unlink(FILE_NAME);
}

static void map_truncated_copy(void) {
  catch_faults();
  int fd = open_new(2 * PAGE);
  char *a = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
  a[PAGE] = 'x'; /* a copy of its own, which goes with the file's page all the same */
  CHECK(ftruncate(fd, PAGE) == 0);
  CHECK(fault_of(a + PAGE, 0) == SIGBUS);
  CHECK(ftruncate(fd, 2 * PAGE) == 0);
  CHECK(fault_of(a + PAGE, 0) == 0 && a[PAGE] == 0);
  unlink(FILE_NAME);
}

static void map_calls_fail_past_end(void) {
  int fd = open_new(PAGE);
  char *a = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  int ends[2];
  CHECK(pipe(ends) == 0);
  CHECK_ERRNO(write(ends[1], a + PAGE, 1), EFAULT);
  CHECK(write(ends[1], a, 10) == 10);
  CHECK_ERRNO(read(ends[0], a + PAGE, 1), EFAULT);
  CHECK(read(ends[0], a + 100, 10) == 10);
  unlink(FILE_NAME);
}

static void map_write_own_file(void) {
  int fd = open_new(8 * PAGE);
  char *a = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  for (int i = 0; i < 4 * PAGE; i++) a[i] = (char)(i * 7);
  /* From the file's own mapping into the file, and back into it by read. */
  CHECK(pwrite(fd, a, 4 * PAGE, 4 * PAGE) == 4 * PAGE);
  CHECK(memcmp(a, a + 4 * PAGE, 4 * PAGE) == 0);
  memset(a, 0, PAGE);
  CHECK(pread(fd, a, PAGE, 4 * PAGE) == PAGE);
  CHECK(memcmp(a, a + 4 * PAGE, PAGE) == 0);
  unlink(FILE_NAME);
}

static void map_sync(void) {
  int fd = open_new(2 * PAGE);
  char *a = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  a[0] = 1;
  CHECK(msync(a, 2 * PAGE, MS_SYNC) == 0);
  CHECK(msync(a, 2 * PAGE, MS_ASYNC) == 0);
  CHECK(msync(a, PAGE, MS_INVALIDATE) == 0);
  CHECK_ERRNO(msync(a, PAGE, MS_SYNC | MS_ASYNC), EINVAL);
  CHECK_ERRNO(msync(a, PAGE, 64), EINVAL);
  CHECK_ERRNO(msync(a + 1, PAGE, MS_SYNC), EINVAL);
  CHECK(munmap(a + PAGE, PAGE) == 0);
  CHECK_ERRNO(msync(a, 2 * PAGE, MS_SYNC), ENOMEM);
  unlink(FILE_NAME);
}

static void map_parts_of_a_file(void) {
  int fd = open_new(16 * PAGE);
  for (int i = 0; i < 16; i++) CHECK(pwrite(fd, &i, sizeof i, i * PAGE) == sizeof i);
  char *a = mmap(NULL, 16 * PAGE, PROT_READ, MAP_SHARED, fd, 0);
  CHECK(munmap(a + 3 * PAGE, 2 * PAGE) == 0);
  CHECK(mprotect(a + 8 * PAGE, PAGE, PROT_NONE) == 0);
  for (int i = 0; i < 16; i++)
    if (i != 3 && i != 4 && i != 8) CHECK(*(int *)(a + i * PAGE) == i);
  CHECK(mprotect(a + 8 * PAGE, PAGE, PROT_READ) == 0);
  CHECK(*(int *)(a + 8 * PAGE) == 8);
  CHECK(mmap(a + 3 * PAGE, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 15 * PAGE) == a + 3 * PAGE);
  CHECK(*(int *)(a + 3 * PAGE) == 15 && *(int *)(a + 2 * PAGE) == 2);
  unlink(FILE_NAME);
}

static void map_executable_file(void) {
  static const unsigned char answer[] = {0xb8, 42, 0, 0, 0, 0xc3}; /* mov $42, %eax; ret */
  int fd = open_new(PAGE);
  CHECK(write(fd, answer, sizeof answer) == sizeof answer);
  int (*code)(void) = (int (*)(void))mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
  CHECK((void *)code != MAP_FAILED && code() == 42);
  char *both = mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(both != MAP_FAILED);
  memcpy(both, answer, sizeof answer);
  CHECK(((int (*)(void))both)() == 42);
  both[1] = 43;
  CHECK(((int (*)(void))both)() == 43);
  unlink(FILE_NAME);
}

static void map_times(void) {
  int fd = open_new(PAGE);
  struct stat before, after;
  CHECK(fstat(fd, &before) == 0);
  usleep(20000);
  CHECK(pwrite(fd, "x", 1, 0) == 1);
  CHECK(fstat(fd, &after) == 0);
  CHECK(after.st_mtim.tv_nsec != before.st_mtim.tv_nsec || after.st_mtim.tv_sec != before.st_mtim.tv_sec);
  unlink(FILE_NAME);
}

static int same(struct timespec a, struct timespec b) { return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec; }

/* Mapping is a use, writing through the mapping a change (POSIX mmap, msync), on a disk and in memory. */
static void dated_by_mapping(const char *name) {
  struct stat before, mapped, written;
  int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
  CHECK(fd >= 0 && write(fd, "text", 4) == 4 && fstat(fd, &before) == 0);
  usleep(20000);
  char *a = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  CHECK(a != MAP_FAILED && fstat(fd, &mapped) == 0);
  CHECK(!same(before.st_atim, mapped.st_atim) && same(before.st_mtim, mapped.st_mtim));
  usleep(20000);
  a[0] = 'n';
  CHECK(msync(a, PAGE, MS_SYNC) == 0 && fstat(fd, &written) == 0);
  CHECK(!same(mapped.st_mtim, written.st_mtim) && !same(mapped.st_ctim, written.st_ctim));
  CHECK(munmap(a, PAGE) == 0 && close(fd) == 0 && unlink(name) == 0);
}

static void map_dates_files(void) {
  dated_by_mapping("/home/map_dates_files");
  dated_by_mapping("/dev/shm/map_dates_files");
}

static char *map_device(const char *name, int prot, int flags) {
  int fd = open(name, O_RDWR);
  CHECK(fd >= 0);
  char *a = mmap(NULL, 2 * PAGE, prot, flags, fd, 0);
  CHECK(close(fd) == 0);
  return a;
}

static void map_device_of_zeroes(void) {
  char *own = map_device("/dev/zero", PROT_READ | PROT_WRITE, MAP_PRIVATE);
  char *shared = map_device("/dev/zero", PROT_READ | PROT_WRITE, MAP_SHARED);
  char *none = map_device("/dev/zero", PROT_NONE, MAP_PRIVATE);
  CHECK(own != MAP_FAILED && shared != MAP_FAILED && none != MAP_FAILED);
  CHECK(own[0] == 0 && own[PAGE] == 0 && shared[PAGE] == 0);
  pid_t pid = fork();
  if (pid == 0) {
    own[PAGE] = shared[PAGE] = 7;
    _exit(0);
  }
  int status;
  CHECK(waitpid(pid, &status, 0) == pid && status == 0);
  CHECK(own[PAGE] == 0 && shared[PAGE] == 7);
  CHECK(map_device("/dev/zero", PROT_READ, MAP_SHARED)[PAGE] == 0); /* memory of its own each time */
  CHECK(munmap(none, 2 * PAGE) == 0);
  CHECK(map_device("/dev/null", PROT_READ, MAP_PRIVATE) == MAP_FAILED && errno == ENODEV);
}

int main(void) {
  TEST(map_shared_file, "one page for read, write and all mappings");
  TEST(map_private_file, "copy on write of a page of the page cache");
  TEST(map_errors, "mmap(2) ERRORS");
  TEST(map_bus_error, "SIGBUS behind the end of a file; truncation takes pages out of page tables");
  TEST(map_truncated_copy, "truncation takes private copies, too");
  TEST(map_calls_fail_past_end, "a SIGBUS in the kernel is EFAULT");
  TEST(map_write_own_file, "page faults while a file is read and written");
  TEST(map_sync, "msync(2)");
  TEST(map_parts_of_a_file, "offsets of areas that are cut");
  TEST(map_executable_file, "PROT_EXEC of files; PROT_WRITE with PROT_EXEC");
  TEST(map_times, "st_mtime of a written file");
  TEST(map_dates_files, "st_atime at mmap, st_mtime and st_ctime of what is written through a mapping");
  TEST(map_device_of_zeroes, "zero(4)");
  return finish();
}
