/* cc hello.c -o hello && ./hello */
#include <stdio.h>
#include <sys/utsname.h>

int main(void) {
  struct utsname system;
  if (uname(&system) != 0) {
    perror("uname");
    return 1;
  }
  printf("Hello from C on %s %s!\n", system.sysname, system.release);
  return 0;
}
