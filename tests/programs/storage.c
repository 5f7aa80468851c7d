/* Files on the root's file system (ext2 in Breenix): content, room, links and times survive what programs do to them. */
#include "check.h"
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>

#define FOLDER "/var/tmp/storage-test"
#define MIB (1 << 20)

static char name[256];

static const char *in_folder(const char *file) {
  snprintf(name, sizeof name, FOLDER "/%s", file);
  return name;
}

static int make(const char *file) {
  mkdir(FOLDER, 0755);
  unlink(in_folder(file));
  int fd = open(name, O_CREAT | O_EXCL | O_RDWR, 0644);
  CHECK(fd >= 0);
  return fd;
}

static void fill(int fd, long bytes, int seed) {
  static unsigned char block[65536];
  for (long done = 0; done < bytes; done += (long)sizeof block) {
    for (size_t i = 0; i < sizeof block; i++) block[i] = (unsigned char)(seed + (done >> 12) + (long)i * 7);
    long n = bytes - done < (long)sizeof block ? bytes - done : (long)sizeof block;
    CHECK(write(fd, block, (size_t)n) == n);
  }
}

static void holds(int fd, long bytes, int seed) {
  static unsigned char block[65536];
  CHECK(lseek(fd, 0, SEEK_SET) == 0);
  for (long done = 0; done < bytes; done += (long)sizeof block) {
    long n = bytes - done < (long)sizeof block ? bytes - done : (long)sizeof block;
    CHECK(read(fd, block, (size_t)n) == n);
    for (long i = 0; i < n; i++) {
      if (block[i] != (unsigned char)(seed + (done >> 12) + i * 7)) FAIL("byte %ld differs", done + i);
    }
  }
  CHECK(read(fd, block, 1) == 0);
}

static void disks_can_be_flushed(void) {
  int fd = open("/dev/sda", O_RDONLY);
  CHECK(fd >= 0 && fsync(fd) == 0 && fdatasync(fd) == 0 && close(fd) == 0);
  fd = open("/dev/null", O_RDWR);
  CHECK_ERRNO(fsync(fd), EINVAL);
}

static void large_files_hold_what_was_written(void) {
  int fd = make("large");
  fill(fd, 6 * MIB + 123, 3);
  CHECK(fsync(fd) == 0);
  holds(fd, 6 * MIB + 123, 3);
  close(fd);
  fd = open(in_folder("large"), O_RDONLY);
  holds(fd, 6 * MIB + 123, 3);
}

static void stat_counts_room_before_it_has_a_place(void) {
  struct stat s;
  int fd = make("room");
  fill(fd, MIB, 1);
  CHECK(fstat(fd, &s) == 0 && s.st_blocks >= 2048 && s.st_blocks <= 2048 + 64);
  blkcnt_t before = s.st_blocks;
  CHECK(fsync(fd) == 0 && fstat(fd, &s) == 0 && s.st_blocks >= 2048 && s.st_blocks <= before + 64);
  CHECK(ftruncate(fd, 0) == 0 && fsync(fd) == 0 && fstat(fd, &s) == 0 && s.st_blocks <= 8);
}

static void holes_read_as_zeroes_and_take_no_room(void) {
  struct stat s;
  char byte = 1;
  int fd = make("holes");
  CHECK(pwrite(fd, "x", 1, 50 * (off_t)MIB) == 1);
  CHECK(pread(fd, &byte, 1, 20 * (off_t)MIB) == 1 && byte == 0);
  CHECK(fsync(fd) == 0 && fstat(fd, &s) == 0 && s.st_size == 50 * MIB + 1 && s.st_blocks < 256);
}

static void data_and_holes_are_told_apart(void) {
  int fd = make("found");
  CHECK(ftruncate(fd, 50 * (off_t)MIB) == 0);
  CHECK_ERRNO(lseek(fd, 0, SEEK_DATA), ENXIO);
  /* Not on the disk yet, in two places, the second behind a table of pointers. */
  CHECK(pwrite(fd, "x", 1, 100000) == 1 && pwrite(fd, "y", 1, 20 * (off_t)MIB + 5) == 1);
  for (int written = 0; written < 2; written++) {
    CHECK(lseek(fd, 0, SEEK_HOLE) == 0);
    off_t data = lseek(fd, 0, SEEK_DATA);
    CHECK(data > 90000 && data <= 100000);
    off_t hole = lseek(fd, data, SEEK_HOLE);
    CHECK(hole > 100000 && hole <= 100000 + 4096);
    data = lseek(fd, hole, SEEK_DATA);
    CHECK(data > 20 * (off_t)MIB - 4096 && data <= 20 * (off_t)MIB + 5);
    hole = lseek(fd, data, SEEK_HOLE);
    CHECK(hole > 20 * (off_t)MIB + 5 && hole <= 20 * (off_t)MIB + 4096);
    CHECK_ERRNO(lseek(fd, hole, SEEK_DATA), ENXIO);
    CHECK(fsync(fd) == 0);
  }
  CHECK(pwrite(fd, "z", 1, 50 * (off_t)MIB - 1) == 1);
  CHECK(lseek(fd, 50 * (off_t)MIB - 1, SEEK_HOLE) == 50 * (off_t)MIB);
  CHECK_ERRNO(lseek(fd, 50 * (off_t)MIB, SEEK_HOLE), ENXIO);
}

static void a_cut_file_shows_no_old_bytes(void) {
  char bytes[100];
  int fd = make("cut");
  fill(fd, 10000, 9);
  CHECK(ftruncate(fd, 4000) == 0 && ftruncate(fd, 8000) == 0);
  CHECK(pread(fd, bytes, 100, 4000) == 100);
  for (int i = 0; i < 100; i++) CHECK(bytes[i] == 0);
  CHECK(pread(fd, bytes, 100, 7950) == 50);
}

static void an_unlinked_file_lives_while_it_is_open(void) {
  struct stat s;
  int fd = make("gone");
  fill(fd, MIB, 5);
  CHECK(unlink(in_folder("gone")) == 0);
  CHECK(fstat(fd, &s) == 0 && s.st_nlink == 0);
  holds(fd, MIB, 5);
  CHECK_ERRNO(open(in_folder("gone"), O_RDONLY), ENOENT);
}

static void room_comes_back(void) {
  struct statvfs before, during, after;
  sync();
  CHECK(statvfs("/var/tmp", &before) == 0);
  int fd = make("big");
  fill(fd, 8 * MIB, 2);
  CHECK(fsync(fd) == 0 && statvfs(FOLDER, &during) == 0);
  long used = (long)((before.f_bfree - during.f_bfree) * before.f_bsize);
  CHECK(used >= 8 * MIB);
  close(fd);
  CHECK(unlink(in_folder("big")) == 0);
  sync();
  CHECK(statvfs("/var/tmp", &after) == 0);
  CHECK((long)((before.f_bfree - after.f_bfree) * before.f_bsize) < MIB);
}

static void rename_replaces_at_once(void) {
  struct stat s;
  close(make("old"));
  int fd = make("new");
  fill(fd, 5000, 1);
  char to[256];
  snprintf(to, sizeof to, FOLDER "/old");
  CHECK(rename(in_folder("new"), to) == 0);
  CHECK(stat(to, &s) == 0 && s.st_size == 5000 && s.st_nlink == 1);
  CHECK_ERRNO(stat(in_folder("new"), &s), ENOENT);
}

static void appending_writers_lose_nothing(void) {
  int fd = make("log");
  close(fd);
  for (int i = 0; i < 4; i++) {
    if (fork() != 0) continue;
    int own = open(in_folder("log"), O_WRONLY | O_APPEND);
    for (int j = 0; j < 200; j++) {
      if (write(own, "0123456789", 10) != 10) _exit(1);
    }
    _exit(0);
  }
  for (int i = 0; i < 4; i++) {
    int status;
    CHECK(wait(&status) > 0 && status == 0);
  }
  struct stat s;
  CHECK(stat(in_folder("log"), &s) == 0 && s.st_size == 4 * 200 * 10);
}

static void names_may_be_long_and_many(void) {
  char longest[NAME_MAX + 2];
  memset(longest, 'n', sizeof longest);
  longest[NAME_MAX] = 0;
  close(make(longest));
  CHECK(unlink(in_folder(longest)) == 0);
  longest[NAME_MAX] = 'n';
  longest[NAME_MAX + 1] = 0;
  char path[600];
  snprintf(path, sizeof path, FOLDER "/%s", longest);
  CHECK_ERRNO(open(path, O_CREAT | O_WRONLY, 0644), ENAMETOOLONG);
  char file[32];
  for (int i = 0; i < 400; i++) {
    snprintf(file, sizeof file, "many-%d", i);
    close(make(file));
  }
  for (int i = 0; i < 400; i++) {
    snprintf(file, sizeof file, "many-%d", i);
    CHECK(unlink(in_folder(file)) == 0);
  }
}

static void times_are_kept_to_the_nanosecond(void) {
  struct stat s;
  struct timespec times[2] = {{1000000000, 123456789}, {2000000000, 987654321}};
  int fd = make("times");
  CHECK(futimens(fd, times) == 0 && fsync(fd) == 0 && fstat(fd, &s) == 0);
  CHECK(s.st_atim.tv_sec == 1000000000 && s.st_atim.tv_nsec == 123456789);
  CHECK(s.st_mtim.tv_sec == 2000000000 && s.st_mtim.tv_nsec == 987654321);
}

int main(void) {
  TEST(disks_can_be_flushed, "fsync of a block device");
  TEST(large_files_hold_what_was_written, "blocks of the first and second degree");
  TEST(stat_counts_room_before_it_has_a_place, "delayed allocation: Inode.promised");
  TEST(holes_read_as_zeroes_and_take_no_room, "sparse files");
  TEST(data_and_holes_are_told_apart, "lseek SEEK_DATA, SEEK_HOLE: InodeOps.seekData");
  TEST(a_cut_file_shows_no_old_bytes, "truncate: the rest of the last block");
  TEST(an_unlinked_file_lives_while_it_is_open, "orphans");
  TEST(room_comes_back, "freeing blocks");
  TEST(rename_replaces_at_once, "rename over a file");
  TEST(appending_writers_lose_nothing, "O_APPEND");
  TEST(names_may_be_long_and_many, "directories that grow");
  TEST(times_are_kept_to_the_nanosecond, "utimensat");
  return finish();
}
