/* What any C program leans on before it does anything of its own: start-up, memory, formatted output, files of libc. */
#include "check.h"
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <time.h>

static void arguments_and_environment(void) {
  extern char **environ;
  CHECK(environ != NULL);
  CHECK(setenv("BREENIX_C_TEST", "a value", 1) == 0);
  CHECK(strcmp(getenv("BREENIX_C_TEST"), "a value") == 0);
  CHECK(sysconf(_SC_PAGESIZE) == 4096);
}

static void malloc_of_all_sizes(void) {
  for (size_t size = 1; size < (size_t)8 << 20; size = size * 3 + 1) {
    unsigned char *p = malloc(size);
    CHECK(p != NULL);
    memset(p, (int)size, size);
    p = realloc(p, size * 2);
    CHECK(p != NULL && p[0] == (unsigned char)size && p[size - 1] == (unsigned char)size);
    free(p);
  }
}

static void floating_point_output(void) {
  char text[64];
  snprintf(text, sizeof text, "%.3f %Lg %a", M_PI, 1.0L / 3, 0.5);
  CHECK(strcmp(text, "3.142 0.333333 0x1p-1") == 0);
  CHECK(fabs(sin(1.0) - 0.8414709848078965) < 1e-15);
}

static jmp_buf place;

static void long_jumps(void) {
  volatile int rounds = 0;
  if (setjmp(place) < 3) longjmp(place, ++rounds);
  CHECK(rounds == 3);
}

static void the_calendar(void) {
  struct tm tm = {.tm_year = 124, .tm_mon = 1, .tm_mday = 29};
  time_t t = mktime(&tm);
  CHECK(t == 1709164800);
  char text[32];
  CHECK(strftime(text, sizeof text, "%Y-%m-%d %A", gmtime(&t)) > 0);
  CHECK(strcmp(text, "2024-02-29 Thursday") == 0);
}

int main(void) {
  TEST(arguments_and_environment, "the initial stack and the auxiliary vector");
  TEST(malloc_of_all_sizes, "brk, mmap and mremap");
  TEST(floating_point_output, "SSE and x87 state of a process");
  TEST(long_jumps, "rt_sigprocmask");
  TEST(the_calendar, "no file is needed for UTC");
  return finish();
}
