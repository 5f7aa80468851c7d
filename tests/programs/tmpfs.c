/* tmpfs: files, directories, links, holes, limits, and what happens to files that are open when their name goes. */
#include "check.h"
#include <dirent.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#define PAGE 4096
#define BASE "/dev/shm/tmpfs-test"

static void fresh(void) {
  mkdir(BASE, 0755);
  CHECK(chdir(BASE) == 0);
}

static void clean(const char *name) {
  unlink(name);
  rmdir(name);
}

static void files_and_holes(void) {
  fresh();
  clean("f");
  int fd = open("f", O_RDWR | O_CREAT | O_EXCL, 0644);
  CHECK(fd >= 0);
  CHECK(pwrite(fd, "end", 3, 1 << 20) == 3);
  struct stat st;
  CHECK(fstat(fd, &st) == 0 && st.st_size == (1 << 20) + 3 && st.st_blocks == 8);
  char text[8] = "xxxxxxx";
  CHECK(pread(fd, text, 8, 5000) == 8 && memcmp(text, "\0\0\0\0\0\0\0\0", 8) == 0);
  CHECK(fstat(fd, &st) == 0 && st.st_blocks == 8); /* reading fills no hole */
  CHECK(lseek(fd, 0, SEEK_DATA) == 1 << 20 && lseek(fd, 0, SEEK_HOLE) == 0);
  CHECK(lseek(fd, 1 << 20, SEEK_HOLE) == (1 << 20) + 3);
  CHECK_ERRNO(lseek(fd, 2 << 20, SEEK_DATA), ENXIO);
  CHECK(ftruncate(fd, 10) == 0 && fstat(fd, &st) == 0 && st.st_blocks == 0);
  CHECK(pread(fd, text, 8, 8) == 2);
  CHECK(posix_fallocate(fd, 0, 3 * PAGE) == 0 && fstat(fd, &st) == 0);
  CHECK(st.st_size == 3 * PAGE && st.st_blocks == 24);
  CHECK(pwrite(fd, "abcdef", 6, PAGE) == 6);
  CHECK(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, PAGE + 1, PAGE) == 0);
  CHECK(pread(fd, text, 6, PAGE) == 6 && memcmp(text, "a\0\0\0\0\0", 6) == 0);
  clean("f");
}

static void appending(void) {
  fresh();
  clean("log");
  int a = open("log", O_WRONLY | O_CREAT | O_APPEND, 0644), b = open("log", O_WRONLY | O_APPEND);
  for (int i = 0; i < 1000; i++) CHECK(write(i & 1 ? a : b, "0123456789", 10) == 10);
  struct stat st;
  CHECK(stat("log", &st) == 0 && st.st_size == 10000);
  FILE *f = fopen("log", "r");
  char text[11];
  for (int i = 0; i < 1000; i++) CHECK(fread(text, 1, 10, f) == 10 && memcmp(text, "0123456789", 10) == 0);
  CHECK(fread(text, 1, 1, f) == 0);
  clean("log");
}

static void names(void) {
  fresh();
  clean("a"), clean("b"), clean("s");
  int fd = open("a", O_RDWR | O_CREAT, 0600);
  CHECK(write(fd, "text", 4) == 4);
  CHECK(link("a", "b") == 0);
  struct stat a, b;
  CHECK(stat("a", &a) == 0 && stat("b", &b) == 0 && a.st_ino == b.st_ino && a.st_nlink == 2);
  CHECK(unlink("a") == 0 && stat("b", &b) == 0 && b.st_nlink == 1);
  CHECK(unlink("b") == 0 && fstat(fd, &b) == 0 && b.st_nlink == 0);
  char text[5] = "";
  CHECK(pread(fd, text, 4, 0) == 4 && strcmp(text, "text") == 0); /* as long as it is open */
  CHECK_ERRNO(open("a", O_RDONLY), ENOENT);
  CHECK(symlink("target/of/link", "s") == 0);
  char target[32];
  CHECK(readlink("s", target, sizeof target) == 14 && memcmp(target, "target/of/link", 14) == 0);
  CHECK(readlink("s", target, 6) == 6);
  CHECK(lstat("s", &a) == 0 && S_ISLNK(a.st_mode) && a.st_size == 14);
  CHECK_ERRNO(stat("s", &a), ENOENT);
  CHECK_ERRNO(symlink("x", "s"), EEXIST);
  clean("s");
}

static void directories(void) {
  fresh();
  clean("d/e"), clean("d");
  CHECK(mkdir("d", 0755) == 0);
  CHECK_ERRNO(mkdir("d", 0755), EEXIST);
  struct stat st;
  CHECK(stat("d", &st) == 0 && st.st_nlink == 2);
  CHECK(mkdir("d/e", 0700) == 0 && stat("d", &st) == 0 && st.st_nlink == 3);
  CHECK_ERRNO(rmdir("d"), ENOTEMPTY);
  CHECK_ERRNO(unlink("d"), EISDIR);
  CHECK(rmdir("d/e") == 0 && stat("d", &st) == 0 && st.st_nlink == 2);
  CHECK(rmdir("d") == 0);
  CHECK_ERRNO(rmdir("d"), ENOENT);
}

static void many_names(void) {
  enum { NAMES = 500 };
  char name[32];
  fresh();
  mkdir("many", 0755);
  CHECK(chdir("many") == 0);
  for (int i = 0; i < NAMES; i++) {
    snprintf(name, sizeof name, "file-%d", i);
    int fd = open(name, O_CREAT | O_WRONLY, 0644);
    CHECK(fd >= 0 && close(fd) == 0);
  }
  char seen[NAMES] = {0};
  DIR *d = opendir(".");
  struct dirent *e;
  int count = 0;
  while ((e = readdir(d)) != NULL) {
    int i;
    if (sscanf(e->d_name, "file-%d", &i) != 1) continue;
    CHECK(i >= 0 && i < NAMES && !seen[i] && e->d_type == DT_REG);
    seen[i] = 1;
    count++;
    CHECK(unlink(e->d_name) == 0); /* while it is being read: none is missed */
  }
  CHECK(count == NAMES);
  closedir(d);
  CHECK(chdir("..") == 0 && rmdir("many") == 0);
}

static void renaming(void) {
  fresh();
  clean("new"), clean("old"), clean("dir/x"), clean("dir"), clean("dir2");
  int fd = open("old", O_CREAT | O_RDWR, 0644);
  CHECK(fd >= 0 && write(fd, "old", 3) == 3);
  int victim = open("new", O_CREAT | O_RDWR, 0644);
  CHECK(rename("old", "new") == 0);
  struct stat st, other;
  CHECK(fstat(victim, &st) == 0 && st.st_nlink == 0);
  CHECK(stat("new", &st) == 0 && fstat(fd, &other) == 0 && st.st_ino == other.st_ino && st.st_size == 3);
  CHECK_ERRNO(rename("old", "x"), ENOENT);
  CHECK(link("new", "old") == 0 && rename("old", "new") == 0); /* two names of one file: nothing happens */
  CHECK(stat("old", &st) == 0 && st.st_nlink == 2);
  CHECK(mkdir("dir", 0755) == 0 && mkdir("dir2", 0755) == 0);
  CHECK_ERRNO(rename("new", "dir"), EISDIR);
  CHECK_ERRNO(rename("dir", "new"), ENOTDIR);
  CHECK_ERRNO(rename("dir", "dir/below"), EINVAL);
  CHECK(rename("new", "dir/x") == 0);
  CHECK_ERRNO(rename("dir2", "dir"), ENOTEMPTY);
  CHECK(rename("dir", "dir2") == 0 && stat("dir2/x", &st) == 0);
  CHECK(unlink("dir2/x") == 0 && rmdir("dir2") == 0 && unlink("old") == 0);
}

static void limits(void) {
  if (geteuid() != 0) FAIL("this test needs the superuser");
  fresh();
  mkdir("small", 0755);
  CHECK(mount("none", "small", "tmpfs", 0, "size=64k,nr_inodes=5,mode=750") == 0);
  struct stat st;
  CHECK(stat("small", &st) == 0 && (st.st_mode & 07777) == 0750);
  struct statvfs fs;
  CHECK(statvfs("small", &fs) == 0 && fs.f_blocks == 16 && fs.f_files == 5 && fs.f_bfree == 16);
  int fd = open("small/f", O_CREAT | O_RDWR, 0600);
  static char block[128 * 1024];
  CHECK(write(fd, block, sizeof block) == 64 * 1024); /* as much as there is room for */
  CHECK_ERRNO(write(fd, block, 1), ENOSPC);
  CHECK(statvfs("small", &fs) == 0 && fs.f_bfree == 0);
  CHECK(ftruncate(fd, 0) == 0 && statvfs("small", &fs) == 0 && fs.f_bfree == 16);
  for (int i = 0; i < 3; i++) {
    char name[16];
    snprintf(name, sizeof name, "small/%d", i);
    CHECK(mkdir(name, 0755) == 0);
  }
  CHECK_ERRNO(mkdir("small/more", 0755), ENOSPC);
  CHECK(close(fd) == 0);
  CHECK_ERRNO(mount("none", "small", "tmpfs", 0, "size=lots"), EINVAL);
  CHECK(umount("small") == 0 && rmdir("small") == 0);
}

int main(void) {
  TEST(files_and_holes, "sparse files, fallocate, SEEK_DATA");
  TEST(appending, "O_APPEND of two descriptors");
  TEST(names, "links, and files without a name");
  TEST(directories, "mkdir, rmdir, link counts");
  TEST(many_names, "reading a directory that changes");
  TEST(renaming, "rename(2)");
  TEST(limits, "size= and nr_inodes=");
  return finish();
}
