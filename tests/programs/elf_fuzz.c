/*
 * Damaged programs: /bin/true with random bytes of its headers changed, or cut short, is executed. Whatever exec or the
 * program then does, it ends, and the system goes on.
 *
 *   elf_fuzz [FILES [SEED]]      (default 150 files; the seed is printed)
 */
#include "check.h"
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#define NOBODY 65534
#define FILE_NAME "/tmp/elf-fuzz"
#define LIMIT_MS 500
#define MOST 262144
/* A child's exit status that no damaged program is likely to give: it never came to exec. */
#define NOT_TRIED 117

static long files = 150;
static uint64_t seed;
static unsigned char original[MOST];
static size_t length;

static uint64_t next(void) {
  seed ^= seed << 13;
  seed ^= seed >> 7;
  seed ^= seed << 17;
  return seed;
}

static void load(void) {
  int fd = open("/bin/true", O_RDONLY);
  CHECK(fd >= 0);
  ssize_t got;
  while ((got = read(fd, original + length, MOST - length)) > 0) length += (size_t)got;
  close(fd);
  CHECK(length > 1000 && length < MOST && memcmp(original, "\177ELF", 4) == 0);
}

/* The ELF header and the program headers behind it: where the kernel reads. */
#define HEADERS (64 + 8 * 56)

static void write_damaged(void) {
  static unsigned char copy[MOST];
  size_t size = length;
  memcpy(copy, original, length);
  static const unsigned char interesting[] = {0, 1, 0x7f, 0x80, 0xff};
  for (uint64_t n = 1 + next() % 6; n > 0; n--) {
    size_t at = next() % 8 == 0 ? next() % length : next() % HEADERS;
    copy[at] = next() % 2 ? interesting[next() % sizeof interesting] : (unsigned char)next();
  }
  /* All but the magic number: without it every file is the same to exec. */
  if (next() % 4) memcpy(copy, "\177ELF", 4);
  if (next() % 8 == 0) size = next() % length;
  unlink(FILE_NAME);
  int fd = open(FILE_NAME, O_CREAT | O_WRONLY | O_EXCL, 0755);
  CHECK(fd >= 0);
  CHECK(write(fd, copy, size) == (ssize_t)size);
  close(fd);
}

static void run_damaged(void) {
  pid_t pid = fork();
  CHECK(pid >= 0);
  if (pid == 0) {
    struct rlimit memory = {64 << 20, 64 << 20};
    setrlimit(RLIMIT_AS, &memory);
    for (int fd = 0; fd < 3; fd++) {
      close(fd);
      open("/dev/null", O_RDWR);
    }
    if (setgid(NOBODY) != 0 || setuid(NOBODY) != 0) _exit(NOT_TRIED);
    execl(FILE_NAME, FILE_NAME, (char *)NULL);
    _exit(126);
  }
  int status;
  for (int waited = 0; waitpid(pid, &status, WNOHANG) == 0; waited++) {
    if (waited == LIMIT_MS) kill(pid, SIGKILL);
    CHECK(waited < 20 * LIMIT_MS);
    usleep(1000);
  }
  CHECK(!WIFEXITED(status) || WEXITSTATUS(status) != NOT_TRIED);
}

static void damaged_programs_end(void) {
  load();
  alarm(0);
  for (long i = 0; i < files; i++) {
    write_damaged();
    run_damaged();
  }
  unlink(FILE_NAME);
}

int main(int count, char **arguments) {
  if (count > 1) files = atol(arguments[1]);
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  seed = (count > 2 ? strtoull(arguments[2], NULL, 0) : (uint64_t)t.tv_nsec) | 1;
  printf("elf_fuzz: %ld files, seed %llu\n", files, (unsigned long long)seed);
  fflush(stdout);
  TEST(damaged_programs_end, "run it again with the seed above; the log names what died");
  return finish();
}
