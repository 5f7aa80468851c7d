/* Names: making, removing, renaming, linking, the *at calls, permissions of directories (POSIX; Linux open(2), rename(2)). */
#include "check.h"
#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* Each test works in a fresh directory of /tmp. */
static void work(void) {
  char name[] = "/tmp/namesXXXXXX";
  CHECK(mkdtemp(name) != NULL && chdir(name) == 0);
}

static void put(const char *name, const char *text) {
  int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) && close(fd) == 0);
}

static int holds(const char *name, const char *text) {
  char buffer[64] = "";
  int fd = open(name, O_RDONLY);
  if (fd < 0) return 0;
  ssize_t n = read(fd, buffer, sizeof buffer - 1);
  close(fd);
  return n == (ssize_t)strlen(text) && strcmp(buffer, text) == 0;
}

static int links(const char *name) {
  struct stat s;
  return lstat(name, &s) == 0 ? (int)s.st_nlink : -1;
}

static void open_flags(void) {
  work();
  CHECK_ERRNO(open("none", O_RDONLY), ENOENT);
  int fd = open("a", O_RDWR | O_CREAT | O_EXCL, 0666);
  CHECK(fd >= 0 && write(fd, "x", 1) == 1);
  CHECK_ERRNO(open("a", O_RDWR | O_CREAT | O_EXCL, 0666), EEXIST);
  CHECK_ERRNO(open("a", O_RDONLY | O_DIRECTORY), ENOTDIR);
  CHECK_ERRNO(open("a/", O_RDONLY), ENOTDIR);
  CHECK_ERRNO(open("a/b", O_RDONLY), ENOTDIR);
  CHECK_ERRNO(open("new/", O_CREAT | O_WRONLY, 0666), EISDIR);
  CHECK_ERRNO(open(".", O_WRONLY), EISDIR);
  CHECK_ERRNO(open(".", O_CREAT | O_RDONLY, 0666), EISDIR);
  CHECK(symlink("a", "s") == 0 && symlink("made", "dangling") == 0);
  CHECK_ERRNO(open("s", O_RDONLY | O_NOFOLLOW), ELOOP);
  CHECK_ERRNO(open("dangling", O_CREAT | O_EXCL | O_WRONLY, 0666), EEXIST);
  CHECK((fd = open("dangling", O_CREAT | O_WRONLY, 0666)) >= 0);
  CHECK(access("made", F_OK) == 0);
  CHECK((fd = open("s", O_PATH | O_NOFOLLOW)) >= 0);
  char c;
  CHECK_ERRNO(read(fd, &c, 1), EBADF);
  struct stat st;
  CHECK(fstat(fd, &st) == 0 && S_ISLNK(st.st_mode));
  CHECK((fd = open("a", O_WRONLY | O_TRUNC)) >= 0 && fstat(fd, &st) == 0 && st.st_size == 0);
}

static void long_and_looping_paths(void) {
  work();
  char name[300];
  memset(name, 'n', sizeof name);
  name[256] = 0;
  CHECK_ERRNO(open(name, O_CREAT | O_WRONLY, 0666), ENAMETOOLONG);
  name[255] = 0;
  CHECK(open(name, O_CREAT | O_WRONLY, 0666) >= 0);
  static char path[PATH_MAX + 10];
  memset(path, '/', PATH_MAX);
  CHECK_ERRNO(open(path, O_RDONLY), ENAMETOOLONG);
  CHECK(symlink("l2", "l1") == 0 && symlink("l1", "l2") == 0);
  CHECK_ERRNO(open("l1", O_RDONLY), ELOOP);
  CHECK_ERRNO(mkdir("l1/x", 0777), ELOOP);
  CHECK(mkdir("d", 0777) == 0 && symlink("d/", "tod") == 0);
  put("tod/f", "deep");
  CHECK(holds("d/f", "deep") && holds("./tod/../tod//./f", "deep"));
  CHECK_ERRNO(open("", O_RDONLY), ENOENT);
}

static void directories_and_link_counts(void) {
  work();
  CHECK(mkdir("d", 0777) == 0 && links("d") == 2);
  CHECK(mkdir("d/e", 0777) == 0 && links("d") == 3);
  CHECK_ERRNO(mkdir("d", 0777), EEXIST);
  CHECK_ERRNO(mkdir("x/y", 0777), ENOENT);
  CHECK_ERRNO(rmdir("d"), ENOTEMPTY);
  CHECK_ERRNO(unlink("d"), EISDIR);
  CHECK_ERRNO(rmdir("d/."), EINVAL);
  CHECK_ERRNO(rmdir("d/e/.."), ENOTEMPTY);
  CHECK(rmdir("d/e") == 0 && links("d") == 2);
  put("f", "1");
  CHECK_ERRNO(rmdir("f"), ENOTDIR);
  CHECK_ERRNO(unlink("f/"), ENOTDIR);
  CHECK(link("f", "g") == 0 && links("f") == 2 && links("g") == 2);
  CHECK_ERRNO(link("f", "g"), EEXIST);
  CHECK_ERRNO(link("d", "e"), EPERM);
  CHECK_ERRNO(link("none", "e"), ENOENT);
  CHECK(unlink("f") == 0 && links("g") == 1 && holds("g", "1"));
  /* The directory that one is in can go; nothing can be made in it then. */
  CHECK(chdir("d") == 0 && rmdir("../d") == 0);
  CHECK_ERRNO(open("x", O_CREAT | O_WRONLY, 0666), ENOENT);
  char cwd[100];
  CHECK(getcwd(cwd, sizeof cwd) == NULL && errno == ENOENT);
}

static void an_unlinked_file_lives_on(void) {
  work();
  put("f", "alive");
  int fd = open("f", O_RDWR);
  struct stat s;
  char buffer[8];
  CHECK(unlink("f") == 0 && fstat(fd, &s) == 0 && s.st_nlink == 0);
  CHECK(read(fd, buffer, 8) == 5 && pwrite(fd, "more", 4, 5) == 4 && lseek(fd, 0, SEEK_END) == 9);
  put("f", "another");
  CHECK(pread(fd, buffer, 5, 0) == 5 && memcmp(buffer, "alive", 5) == 0);
}

static void rename_rules(void) {
  work();
  put("a", "A");
  put("b", "B");
  CHECK(rename("a", "b") == 0 && holds("b", "A") && access("a", F_OK) != 0);
  /* Two names of one file: nothing happens. */
  CHECK(link("b", "c") == 0 && rename("b", "c") == 0 && links("b") == 2);
  int fd = open("c", O_RDONLY);
  char c;
  put("d", "D");
  CHECK(rename("d", "c") == 0 && holds("c", "D") && holds("b", "A"));
  CHECK(read(fd, &c, 1) == 1 && c == 'A');
}

static void rename_directories(void) {
  work();
  CHECK(mkdir("d", 0777) == 0 && mkdir("d/e", 0777) == 0 && mkdir("f", 0777) == 0);
  put("file", "1");
  CHECK_ERRNO(rename("d", "d/e/x"), EINVAL);
  CHECK(rename("d", "d") == 0);
  CHECK_ERRNO(rename("d/e", "d"), ENOTEMPTY);
  CHECK_ERRNO(rename("d", "file"), ENOTDIR);
  CHECK_ERRNO(rename("file", "d"), EISDIR);
  CHECK_ERRNO(rename("file", "x/"), ENOTDIR);
  CHECK_ERRNO(rename("f", "d"), ENOTEMPTY);
  CHECK_ERRNO(rename("f/.", "g"), EBUSY);
  CHECK_ERRNO(rename("none", "g"), ENOENT);
  CHECK(rename("d", "f") == 0 && access("f/e", F_OK) == 0);
  CHECK(rename("f/e", "e2/") == 0 && links("f") == 2);
  CHECK(mkdir("g", 0777) == 0 && rename("e2", "g/moved") == 0 && links("g") == 3);
  char cwd[200];
  CHECK(chdir("g/moved") == 0 && rename("../../g", "../../h") == 0 && getcwd(cwd, sizeof cwd) != NULL);
  CHECK(strlen(cwd) > 8 && strcmp(cwd + strlen(cwd) - 8, "/h/moved") == 0);
}

static void rename_exchange(void) {
  work();
  put("a", "A");
  CHECK(mkdir("d", 0777) == 0);
  CHECK_ERRNO(syscall(SYS_renameat2, AT_FDCWD, "a", AT_FDCWD, "d", 1), EEXIST);
  CHECK_ERRNO(syscall(SYS_renameat2, AT_FDCWD, "a", AT_FDCWD, "n", 2), ENOENT);
  CHECK_ERRNO(syscall(SYS_renameat2, AT_FDCWD, "a", AT_FDCWD, "d", 3), EINVAL);
  CHECK(syscall(SYS_renameat2, AT_FDCWD, "a", AT_FDCWD, "d", 2) == 0);
  CHECK(holds("d", "A") && rmdir("a") == 0);
  CHECK(syscall(SYS_renameat2, AT_FDCWD, "d", AT_FDCWD, "n", 1) == 0 && holds("n", "A"));
}

static void at_calls(void) {
  work();
  CHECK(mkdir("d", 0777) == 0);
  int dir = open("d", O_RDONLY | O_DIRECTORY), root = open("/", O_PATH);
  CHECK(dir >= 0 && root >= 0 && mkdirat(dir, "e", 0755) == 0);
  int fd = openat(dir, "f", O_CREAT | O_RDWR, 0640);
  struct stat s;
  CHECK(fd >= 0 && fstatat(dir, "f", &s, 0) == 0 && s.st_size == 0);
  CHECK(fstatat(dir, "/", &s, 0) == 0 && S_ISDIR(s.st_mode));
  CHECK_ERRNO(openat(fd, "x", O_RDONLY), ENOTDIR);
  CHECK_ERRNO(openat(99, "x", O_RDONLY), EBADF);
  CHECK(symlinkat("f", dir, "s") == 0 && fstatat(dir, "s", &s, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(s.st_mode));
  char text[20];
  CHECK(readlinkat(dir, "s", text, sizeof text) == 1 && text[0] == 'f');
  CHECK_ERRNO(readlinkat(dir, "f", text, sizeof text), EINVAL);
  CHECK(fstatat(fd, "", &s, AT_EMPTY_PATH) == 0 && S_ISREG(s.st_mode));
  CHECK_ERRNO(fstatat(fd, "", &s, 0), ENOENT);
  CHECK(linkat(dir, "f", AT_FDCWD, "g", 0) == 0 && renameat(dir, "f", dir, "h") == 0);
  CHECK_ERRNO(unlinkat(dir, "e", 0), EISDIR);
  CHECK_ERRNO(unlinkat(dir, "h", AT_REMOVEDIR), ENOTDIR);
  CHECK(unlinkat(dir, "e", AT_REMOVEDIR) == 0 && unlinkat(dir, "h", 0) == 0);
  CHECK_ERRNO(faccessat(dir, "h", F_OK, 0), ENOENT);
  CHECK(fchdir(dir) == 0 && access("s", F_OK) != 0 && readlink("s", text, 1) == 1);
}

static void entries_of_a_directory(void) {
  work();
  char name[20];
  for (int i = 0; i < 300; i++) {
    snprintf(name, sizeof name, "file%d", i);
    put(name, "");
  }
  DIR *d = opendir(".");
  CHECK(d != NULL);
  int seen = 0, dots = 0;
  struct dirent *e;
  while ((e = readdir(d)) != NULL) {
    struct stat s;
    CHECK(lstat(e->d_name, &s) == 0);
    if (e->d_name[0] == '.') dots++;
    else {
      CHECK(s.st_ino == e->d_ino && e->d_type == DT_REG);
      CHECK(unlink(e->d_name) == 0);
      seen++;
    }
  }
  CHECK(seen == 300 && dots == 2);
  rewinddir(d);
  seen = 0;
  while (readdir(d) != NULL) seen++;
  CHECK(seen == 2);
}

static void permissions_of_others(void) {
  work();
  CHECK(chmod(".", 0755) == 0 && mkdir("open", 0777) == 0 && chmod("open", 0777) == 0);
  CHECK(mkdir("sticky", 0777) == 0 && chmod("sticky", 01777) == 0 && mkdir("closed", 0700) == 0);
  put("mine", "1");
  put("sticky/root", "1");
  put("open/root", "1");
  CHECK(chmod("mine", 0640) == 0 && mkdir("group", 0777) == 0);
  CHECK(chown("group", 0, 77) == 0 && chmod("group", 02777) == 0);
  if (setgroups(0, NULL) != 0 || setgid(1000) != 0 || setuid(1000) != 0) FAIL("not root");
  CHECK_ERRNO(open("mine", O_RDONLY), EACCES);
  CHECK_ERRNO(open("closed/x", O_RDONLY), EACCES);
  CHECK_ERRNO(open("new", O_CREAT | O_WRONLY, 0666), EACCES);
  CHECK_ERRNO(chmod("mine", 0777), EPERM);
  CHECK_ERRNO(chown("mine", 1000, -1), EPERM);
  CHECK_ERRNO(unlink("mine"), EACCES);
  CHECK_ERRNO(unlink("sticky/root"), EPERM);
  CHECK_ERRNO(rename("sticky/root", "sticky/x"), EPERM);
  CHECK(unlink("open/root") == 0);
  put("sticky/own", "1");
  CHECK(unlink("sticky/own") == 0);
  struct stat s;
  put("open/own", "1");
  CHECK(stat("open/own", &s) == 0 && s.st_uid == 1000 && s.st_gid == 1000);
  put("group/own", "1");
  CHECK(stat("group/own", &s) == 0 && s.st_gid == 77);
  CHECK(mkdir("group/d", 0755) == 0 && stat("group/d", &s) == 0 && (s.st_mode & S_ISGID));
  CHECK(chmod("open/own", 04755) == 0 && stat("open/own", &s) == 0 && (s.st_mode & 07777) == 04755);
  int fd = open("open/own", O_WRONLY);
  CHECK(fd >= 0 && write(fd, "x", 1) == 1 && fstat(fd, &s) == 0 && (s.st_mode & 07777) == 0755);
  CHECK_ERRNO(mknod("open/dev", S_IFCHR | 0666, 0x103), EPERM);
  CHECK_ERRNO(chroot("."), EPERM);
}

static void umask_and_modes(void) {
  work();
  struct stat s;
  CHECK(umask(027) != 027 && umask(027) == 027);
  CHECK(open("f", O_CREAT | O_WRONLY, 0666) >= 0 && stat("f", &s) == 0 && (s.st_mode & 07777) == 0640);
  CHECK(mkdir("d", 01777) == 0 && stat("d", &s) == 0 && (s.st_mode & 07777) == 01750);
  CHECK(mkfifo("p", 0666) == 0 && stat("p", &s) == 0 && S_ISFIFO(s.st_mode) && (s.st_mode & 0777) == 0640);
  CHECK(mknod("null", S_IFCHR | 0600, 0x103) == 0);
  int fd = open("null", O_RDWR);
  CHECK(fd >= 0 && write(fd, "gone", 4) == 4 && read(fd, &s, 1) == 0);
}

static void times(void) {
  work();
  put("f", "1");
  struct stat s;
  struct timespec t[2] = {{100, 5}, {200, 999999999}};
  CHECK(utimensat(AT_FDCWD, "f", t, 0) == 0 && stat("f", &s) == 0);
  CHECK(s.st_atim.tv_sec == 100 && s.st_atim.tv_nsec == 5 && s.st_mtim.tv_sec == 200);
  CHECK(s.st_mtim.tv_nsec == 999999999 && s.st_ctim.tv_sec > 1000000);
  t[0].tv_nsec = UTIME_OMIT;
  t[1].tv_nsec = UTIME_NOW;
  CHECK(utimensat(AT_FDCWD, "f", t, 0) == 0 && stat("f", &s) == 0 && s.st_atim.tv_sec == 100);
  CHECK(s.st_mtim.tv_sec > 1000000);
  t[0].tv_nsec = 1000000000;
  CHECK_ERRNO(utimensat(AT_FDCWD, "f", t, 0), EINVAL);
  t[0].tv_sec = -5;
  t[0].tv_nsec = 7;
  CHECK(symlink("f", "s") == 0 && utimensat(AT_FDCWD, "s", t, AT_SYMLINK_NOFOLLOW) == 0);
  CHECK(lstat("s", &s) == 0 && s.st_atim.tv_sec == -5 && s.st_atim.tv_nsec == 7);
}

int main(void) {
  TEST(open_flags, "kernel/fs/open.ts");
  TEST(long_and_looping_paths, "kernel/fs/path-walk.ts");
  TEST(directories_and_link_counts, "kernel/fs/remove.ts");
  TEST(an_unlinked_file_lives_on, "kernel/fs/dentry.ts, dentryDelete");
  TEST(rename_rules, "kernel/fs/rename.ts");
  TEST(rename_directories, "kernel/fs/rename.ts, check");
  TEST(rename_exchange, "kernel/fs/rename.ts, exchange");
  TEST(at_calls, "kernel/syscall/calls/names.ts");
  TEST(entries_of_a_directory, "kernel/fs/read-directory.ts");
  TEST(permissions_of_others, "kernel/fs/permission.ts");
  TEST(umask_and_modes, "kernel/fs/create.ts");
  TEST(times, "kernel/fs/attributes.ts");
  return finish();
}
