/* mremap(), madvise(), mincore(), mlock(), brk(), limits of memory, stacks that grow, and flags of mmap(). */
#include "check.h"
#include <fcntl.h>
#include <setjmp.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#define PAGE 4096
#define ANONYMOUS (MAP_PRIVATE | MAP_ANONYMOUS)
#define BOTH (PROT_READ | PROT_WRITE)

static sigjmp_buf back;

static void on_fault(int signal) { siglongjmp(back, signal); }

static int fault_of(volatile char *at, int write) {
  signal(SIGSEGV, on_fault);
  signal(SIGBUS, on_fault);
  int got = sigsetjmp(back, 1);
  if (got) return got;
  if (write) *at = 1;
  else (void)*at;
  return 0;
}

static char *map(size_t pages) {
  char *a = mmap(NULL, pages * PAGE, BOTH, ANONYMOUS, -1, 0);
  CHECK(a != MAP_FAILED);
  return a;
}

static void number_pages(char *a, int pages) {
  for (int i = 0; i < pages; i++) *(int *)(a + (size_t)i * PAGE) = i + 1;
}

static int are_numbered(char *a, int pages) {
  for (int i = 0; i < pages; i++)
    if (*(int *)(a + (size_t)i * PAGE) != i + 1) return 0;
  return 1;
}

static void mremap_sizes(void) {
  char *a = map(8);
  number_pages(a, 8);
  CHECK(mremap(a, 8 * PAGE, 4 * PAGE, 0) == a);
  CHECK(are_numbered(a, 4) && fault_of(a + 4 * PAGE, 0) == SIGSEGV);
  CHECK(mremap(a, 4 * PAGE, 8 * PAGE, 0) == a); /* the room is still there */
  CHECK(are_numbered(a, 4) && a[5 * PAGE] == 0);
  CHECK(mremap(a, 8 * PAGE, 8 * PAGE, 0) == a);
  CHECK(munmap(a + 8 * PAGE - PAGE, PAGE) == 0);
  char *wall = mmap(a + 7 * PAGE, PAGE, PROT_NONE, ANONYMOUS | MAP_FIXED, -1, 0);
  CHECK(wall == a + 7 * PAGE);
  CHECK_ERRNO((long)mremap(a, 7 * PAGE, 9 * PAGE, 0), ENOMEM);
  char *b = mremap(a, 7 * PAGE, 64 * PAGE, MREMAP_MAYMOVE);
  CHECK(b != MAP_FAILED && b != a);
  CHECK(are_numbered(b, 4) && b[63 * PAGE] == 0);
  CHECK(fault_of(a, 0) == SIGSEGV);
}

static void mremap_fixed(void) {
  char *a = map(4), *b = map(8);
  number_pages(a, 4);
  memset(b, 0x55, 8 * PAGE);
  CHECK(mremap(a, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, b + 2 * PAGE) == b + 2 * PAGE);
  CHECK(are_numbered(b + 2 * PAGE, 4) && b[0] == 0x55 && b[6 * PAGE] == 0x55);
  CHECK(fault_of(a, 0) == SIGSEGV);
  CHECK_ERRNO((long)mremap(b, PAGE, PAGE, MREMAP_FIXED, a), EINVAL);
  CHECK_ERRNO((long)mremap(b, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, b + PAGE), EINVAL);
  CHECK_ERRNO((long)mremap(b + 1, PAGE, PAGE, MREMAP_MAYMOVE), EINVAL);
  CHECK_ERRNO((long)mremap(b, PAGE, 0, MREMAP_MAYMOVE), EINVAL);
  CHECK_ERRNO((long)mremap(a, PAGE, 2 * PAGE, MREMAP_MAYMOVE), EFAULT);
  CHECK_ERRNO((long)mremap(b, PAGE, PAGE, 64), EINVAL);
  CHECK(munmap(b + PAGE, PAGE) == 0);
  CHECK_ERRNO((long)mremap(b, 4 * PAGE, 8 * PAGE, MREMAP_MAYMOVE), EFAULT);
}

static void mremap_shared(void) {
  char *a = mmap(NULL, 2 * PAGE, BOTH, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  CHECK(a != MAP_FAILED);
  strcpy(a, "shared");
  char *b = mremap(a, 0, 2 * PAGE, MREMAP_MAYMOVE); /* a second mapping of the same pages */
  CHECK(b != MAP_FAILED && b != a && strcmp(b, "shared") == 0);
  strcpy(b, "both");
  CHECK(strcmp(a, "both") == 0);
  char *c = mremap(a, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, a + 64 * PAGE);
  CHECK(c == a + 64 * PAGE && strcmp(c, "both") == 0);
  char *private = map(1);
  CHECK_ERRNO((long)mremap(private, 0, PAGE, MREMAP_MAYMOVE), EINVAL);
}

static void madvise_dont_need(void) {
  char *a = map(4);
  number_pages(a, 4);
  CHECK(madvise(a + PAGE, PAGE, MADV_DONTNEED) == 0);
  CHECK(*(int *)a == 1 && *(int *)(a + PAGE) == 0 && *(int *)(a + 2 * PAGE) == 3);
  CHECK(madvise(a, 4 * PAGE, MADV_FREE) == 0);
  CHECK(*(int *)a == 0 || *(int *)a == 1);
  *(int *)a = 9;
  CHECK(*(int *)a == 9);
  int fd = open("/dev/shm/advise", O_RDWR | O_CREAT | O_TRUNC, 0600);
  CHECK(fd >= 0 && ftruncate(fd, PAGE) == 0);
  char *b = mmap(NULL, PAGE, BOTH, MAP_PRIVATE, fd, 0);
  b[0] = 7;
  CHECK(madvise(b, PAGE, MADV_DONTNEED) == 0 && b[0] == 0); /* the file's page again */
  char *c = mmap(NULL, PAGE, BOTH, MAP_SHARED, fd, 0);
  c[0] = 8;
  CHECK(madvise(c, PAGE, MADV_DONTNEED) == 0 && c[0] == 8); /* shared contents stay */
  CHECK_ERRNO(madvise(c, PAGE, MADV_FREE), EINVAL);
  CHECK(madvise(c, PAGE, MADV_REMOVE) == 0 && c[0] == 0);
  unlink("/dev/shm/advise");
}

static void madvise_errors(void) {
  char *a = map(4);
  CHECK_ERRNO(madvise(a + 1, PAGE, MADV_DONTNEED), EINVAL);
  CHECK_ERRNO(madvise(a, PAGE, 12345), EINVAL);
  CHECK_ERRNO(madvise(a, PAGE, MADV_MERGEABLE), EINVAL); /* nobody merges pages here */
  CHECK(munmap(a + PAGE, PAGE) == 0);
  *(int *)(a + 2 * PAGE) = 5;
  CHECK_ERRNO(madvise(a, 3 * PAGE, MADV_DONTNEED), ENOMEM);
  CHECK(*(int *)(a + 2 * PAGE) == 0); /* done behind the hole all the same */
  CHECK(madvise(a, 0, MADV_DONTNEED) == 0);
  CHECK(madvise(a, PAGE, MADV_WILLNEED) == 0 && madvise(a, PAGE, MADV_SEQUENTIAL) == 0);
  CHECK(mlock(a, PAGE) == 0);
  CHECK_ERRNO(madvise(a, PAGE, MADV_DONTNEED), EINVAL);
}

static void madvise_fork(void) {
  char *a = map(3);
  number_pages(a, 3);
  CHECK(madvise(a + PAGE, PAGE, MADV_DONTFORK) == 0);
  CHECK(madvise(a + 2 * PAGE, PAGE, MADV_WIPEONFORK) == 0);
  pid_t pid = fork();
  if (pid == 0) {
    if (*(int *)a != 1 || *(int *)(a + 2 * PAGE) != 0) _exit(1);
    _exit(fault_of(a + PAGE, 0) == SIGSEGV ? 0 : 2);
  }
  int status;
  CHECK(waitpid(pid, &status, 0) == pid && status == 0);
  CHECK(are_numbered(a, 3));
}

static void mincore_pages(void) {
  unsigned char in[4];
  char *a = map(4);
  CHECK(mincore(a, 4 * PAGE, in) == 0 && (in[0] & 1) == 0 && (in[3] & 1) == 0);
  a[PAGE] = 1, a[3 * PAGE] = 1;
  CHECK(mincore(a, 4 * PAGE, in) == 0);
  CHECK((in[0] & 1) == 0 && (in[1] & 1) == 1 && (in[2] & 1) == 0 && (in[3] & 1) == 1);
  CHECK_ERRNO(mincore(a + 1, PAGE, in), EINVAL);
  CHECK_ERRNO(mincore(a, PAGE, (unsigned char *)8), EFAULT);
  CHECK(munmap(a + PAGE, PAGE) == 0);
  CHECK_ERRNO(mincore(a, 2 * PAGE, in), ENOMEM);
}

static void mlock_pages(void) {
  unsigned char in[8];
  char *a = map(8);
  CHECK(mlock(a + 100, PAGE) == 0); /* two pages */
  CHECK(mincore(a, 8 * PAGE, in) == 0 && (in[0] & 1) && (in[1] & 1) && !(in[2] & 1));
  CHECK(munlock(a, 2 * PAGE) == 0);
  CHECK(mlock(a, 0) == 0);
  CHECK(munmap(a + 4 * PAGE, PAGE) == 0);
  CHECK_ERRNO(mlock(a, 8 * PAGE), ENOMEM);
  CHECK_ERRNO(munlock(a + 3 * PAGE, 2 * PAGE), ENOMEM);
  CHECK_ERRNO(mlockall(0), EINVAL);
  CHECK_ERRNO(mlockall(64), EINVAL);
  CHECK(mlockall(MCL_FUTURE) == 0);
  char *b = map(2);
  CHECK(mincore(b, 2 * PAGE, in) == 0 && (in[0] & 1) && (in[1] & 1)); /* at once */
  CHECK(munlockall() == 0);
  char *c = map(2);
  CHECK(mincore(c, 2 * PAGE, in) == 0 && !(in[0] & 1));
}

static void mlock_limit(void) {
  struct rlimit limit = {4 * PAGE, 4 * PAGE};
  char *a = map(8);
  CHECK(setrlimit(RLIMIT_MEMLOCK, &limit) == 0);
  if (geteuid() == 0) CHECK(setuid(65534) == 0);
  CHECK(mlock(a, 4 * PAGE) == 0);
  CHECK(mlock(a, 4 * PAGE) == 0); /* not twice */
  CHECK_ERRNO(mlock(a + 4 * PAGE, PAGE), ENOMEM);
  CHECK(munlock(a, PAGE) == 0);
  CHECK(mlock(a + 4 * PAGE, PAGE) == 0);
  CHECK_ERRNO(mlockall(MCL_CURRENT), ENOMEM);
  CHECK_ERRNO((long)mmap(NULL, PAGE, BOTH, ANONYMOUS | MAP_LOCKED, -1, 0), EAGAIN);
}

static void mlock_limit_of_what_comes(void) {
  struct rlimit limit = {4 * PAGE, 4 * PAGE};
  CHECK(mlockall(MCL_FUTURE) == 0);
  CHECK(setrlimit(RLIMIT_MEMLOCK, &limit) == 0);
  if (geteuid() == 0) CHECK(setuid(65534) == 0);
  CHECK(mmap(NULL, 2 * PAGE, BOTH, ANONYMOUS, -1, 0) != MAP_FAILED);
  CHECK_ERRNO((long)mmap(NULL, 3 * PAGE, BOTH, ANONYMOUS, -1, 0), EAGAIN);
  CHECK_ERRNO((long)mmap(NULL, 3 * PAGE, BOTH, MAP_SHARED | MAP_ANONYMOUS, -1, 0), EAGAIN);
  long end = syscall(SYS_brk, 0);
  CHECK(syscall(SYS_brk, end + 3 * PAGE) == end);
  CHECK(syscall(SYS_brk, end + PAGE) == end + PAGE);
  CHECK(munlockall() == 0);
  CHECK(mmap(NULL, 3 * PAGE, BOTH, ANONYMOUS, -1, 0) != MAP_FAILED);
}

static void limit_address_space(void) {
  struct rlimit limit = {64 << 20, 64 << 20};
  CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
  CHECK_ERRNO((long)mmap(NULL, 80 << 20, BOTH, ANONYMOUS, -1, 0), ENOMEM);
  char *a = map(256);
  CHECK_ERRNO((long)mremap(a, 256 * PAGE, 80 << 20, MREMAP_MAYMOVE), ENOMEM);
  void *volatile large = malloc(80 << 20);
  CHECK(large == NULL);
}

static void limit_data(void) {
  struct rlimit limit = {16 << 20, 16 << 20};
  CHECK(setrlimit(RLIMIT_DATA, &limit) == 0);
  char *start = (char *)syscall(SYS_brk, 0);
  CHECK((char *)syscall(SYS_brk, start + (32 << 20)) == start);
  CHECK((char *)syscall(SYS_brk, start + PAGE) == start + PAGE);
  CHECK_ERRNO((long)mmap(NULL, 32 << 20, BOTH, ANONYMOUS, -1, 0), ENOMEM);
  CHECK(mmap(NULL, 32 << 20, PROT_READ, ANONYMOUS, -1, 0) != MAP_FAILED);
}

static int depth_of(int left) {
  char frame[PAGE];
  memset(frame, left, sizeof frame);
  __asm__ volatile("" : : "r"(frame) : "memory"); /* all of it is there, before and after */
  int below = left == 0 ? 0 : depth_of(left - 1);
  __asm__ volatile("" : : "r"(frame) : "memory");
  return below + (left != 0 && frame[PAGE - 1] == (char)left);
}

static void stack_grows(void) {
  CHECK(depth_of(1000) == 1000); /* 4 MiB */
  struct rlimit limit = {8 << 20, RLIM_INFINITY};
  CHECK(setrlimit(RLIMIT_STACK, &limit) == 0);
  pid_t pid = fork();
  if (pid == 0) _exit(depth_of(4000) == 4000 ? 0 : 1); /* more than the 8 MiB of the limit */
  int status;
  CHECK(waitpid(pid, &status, 0) == pid);
  CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

static void stack_mapped_to_grow(void) {
  char *a = mmap(NULL, 2048 * PAGE, PROT_NONE, ANONYMOUS, -1, 0);
  CHECK(a != MAP_FAILED && munmap(a, 2048 * PAGE) == 0);
  char *stack = mmap(a + 2000 * PAGE, 2 * PAGE, BOTH, ANONYMOUS | MAP_GROWSDOWN | MAP_FIXED, -1, 0);
  CHECK(stack == a + 2000 * PAGE);
  CHECK(fault_of(stack - PAGE, 1) == 0);
  CHECK(fault_of(stack - 3 * PAGE, 1) == 0);
  CHECK(fault_of(stack - 2 * PAGE, 0) == 0);
}

static void map_flags(void) {
  unsigned char in[4];
  char *a = mmap(NULL, 4 * PAGE, BOTH, ANONYMOUS | MAP_POPULATE, -1, 0);
  CHECK(a != MAP_FAILED && mincore(a, 4 * PAGE, in) == 0 && (in[0] & 1) && (in[3] & 1));
  char *low = mmap(NULL, PAGE, BOTH, ANONYMOUS | MAP_32BIT, -1, 0);
  CHECK(low != MAP_FAILED && (uintptr_t)low < 0x80000000u);
  char *hint = a + 1024 * PAGE;
  munmap(hint, PAGE);
  CHECK(mmap(hint, PAGE, BOTH, ANONYMOUS, -1, 0) == hint);
  char *moved = mmap(hint, PAGE, BOTH, ANONYMOUS, -1, 0);
  CHECK(moved != MAP_FAILED && moved != hint);
  CHECK(mmap(NULL, (size_t)1 << 40, PROT_NONE, ANONYMOUS | MAP_NORESERVE, -1, 0) != MAP_FAILED);
  CHECK_ERRNO((long)mmap(NULL, (size_t)1 << 44, BOTH, ANONYMOUS, -1, 0), ENOMEM);
  CHECK_ERRNO((long)mmap((void *)0x7ffffffff000, 2 * PAGE, BOTH, ANONYMOUS | MAP_FIXED, -1, 0), ENOMEM);
}

static void protection_pieces(void) {
  char *a = map(64);
  number_pages(a, 64);
  for (int i = 0; i < 64; i += 2) CHECK(mprotect(a + i * PAGE, PAGE, PROT_READ) == 0);
  for (int i = 0; i < 64; i++) CHECK(fault_of(a + i * PAGE + 8, 1) == (i % 2 == 0 ? SIGSEGV : 0));
  CHECK(mprotect(a, 64 * PAGE, BOTH) == 0);
  for (int i = 0; i < 64; i++) CHECK(fault_of(a + i * PAGE + 8, 1) == 0);
  CHECK(are_numbered(a, 64));
  CHECK_ERRNO(mprotect(a, PAGE, 64), EINVAL);
  CHECK_ERRNO(syscall(SYS_mprotect, a + 1, PAGE, PROT_READ), EINVAL); /* musl's rounds the address */
}

static void protection_keys(void) {
  char *a = map(1);
  CHECK(syscall(SYS_pkey_mprotect, a, PAGE, PROT_READ, -1) == 0); /* no key: mprotect */
  CHECK(fault_of(a, 1) == SIGSEGV);
  CHECK_ERRNO(syscall(SYS_pkey_mprotect, a, PAGE, PROT_READ, 77), EINVAL);
  CHECK_ERRNO(syscall(SYS_pkey_alloc, 1, 0), EINVAL);
  CHECK_ERRNO(syscall(SYS_pkey_free, 9), EINVAL);
}

static void many_areas(void) {
  enum { AREAS = 3000 };
  char *a = mmap(NULL, (size_t)AREAS * 2 * PAGE, PROT_NONE, ANONYMOUS, -1, 0);
  CHECK(a != MAP_FAILED);
  for (int i = 0; i < AREAS; i++) CHECK(mprotect(a + (size_t)i * 2 * PAGE, PAGE, BOTH) == 0);
  for (int i = 0; i < AREAS; i++) a[(size_t)i * 2 * PAGE] = (char)i;
  for (int i = 0; i < AREAS; i++) CHECK(a[(size_t)i * 2 * PAGE] == (char)i);
  CHECK(munmap(a, (size_t)AREAS * 2 * PAGE) == 0);
}

static void zero_page_reads(void) {
  char *a = map(256);
  long sum = 0;
  for (int i = 0; i < 256; i++) sum += a[i * PAGE];
  CHECK(sum == 0);
  a[5 * PAGE] = 1;
  CHECK(a[5 * PAGE] == 1 && a[6 * PAGE] == 0 && a[4 * PAGE] == 0);
  pid_t pid = fork();
  if (pid == 0) {
    a[7 * PAGE] = 2;
    _exit(a[7 * PAGE] == 2 && a[8 * PAGE] == 0 ? 0 : 1);
  }
  int status;
  CHECK(waitpid(pid, &status, 0) == pid && status == 0 && a[7 * PAGE] == 0);
}

int main(void) {
  TEST(mremap_sizes, "mremap(2): shrinks, grows in place, moves");
  TEST(mremap_fixed, "mremap(2): MREMAP_FIXED and errors");
  TEST(mremap_shared, "mremap(2): shared pages");
  TEST(madvise_dont_need, "madvise(2): MADV_DONTNEED, MADV_FREE, MADV_REMOVE");
  TEST(madvise_errors, "madvise(2) ERRORS");
  TEST(madvise_fork, "MADV_DONTFORK, MADV_WIPEONFORK");
  TEST(mincore_pages, "mincore(2)");
  TEST(mlock_pages, "mlock(2), mlockall(2)");
  TEST(mlock_limit, "RLIMIT_MEMLOCK of an ordinary user");
  TEST(mlock_limit_of_what_comes, "mlockall(MCL_FUTURE) and RLIMIT_MEMLOCK: mmap's EAGAIN");
  TEST(limit_address_space, "RLIMIT_AS");
  TEST(limit_data, "RLIMIT_DATA");
  TEST(stack_grows, "page faults below the stack, RLIMIT_STACK");
  TEST(stack_mapped_to_grow, "MAP_GROWSDOWN");
  TEST(map_flags, "MAP_POPULATE, MAP_32BIT, MAP_NORESERVE, overcommit");
  TEST(protection_pieces, "areas cut and joined by mprotect");
  TEST(protection_keys, "pkey_mprotect(2) without keys");
  TEST(many_areas, "a balanced tree of areas");
  TEST(zero_page_reads, "the page of zeroes is never written");
  return finish();
}
