/* Message queues as files of the mqueue file system (Linux mq_overview(7)). */
#include "check.h"
#include <dirent.h>
#include <fcntl.h>
#include <mqueue.h>
#include <sys/mount.h>
#include <sys/stat.h>

static int listed(const char *name) {
  DIR *d = opendir("/dev/mqueue");
  CHECK(d != NULL);
  int found = 0;
  for (struct dirent *e; (e = readdir(d)) != NULL;)
    if (!strcmp(e->d_name, name)) found++;
  closedir(d);
  return found;
}

static void mqueue_is_mounted(void) {
  struct stat st;
  CHECK(stat("/dev/mqueue", &st) == 0 && S_ISDIR(st.st_mode));
  mq_unlink("/seen");
  mqd_t q = mq_open("/seen", O_CREAT | O_RDWR, 0640, NULL);
  CHECK(q >= 0 && listed("seen") == 1);
  CHECK(stat("/dev/mqueue/seen", &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 0777) == 0640 && st.st_size == 80);
  CHECK(mq_send(q, "12345", 5, 0) == 0);
  char line[100] = "";
  int fd = open("/dev/mqueue/seen", O_RDONLY);
  CHECK(fd >= 0 && read(fd, line, sizeof line - 1) > 0 && read(fd, line + 90, 1) == 0);
  CHECK(!strncmp(line, "QSIZE:5 ", 8) && strstr(line, "NOTIFY_PID:0"));
  CHECK(chmod("/dev/mqueue/seen", 0600) == 0 && stat("/dev/mqueue/seen", &st) == 0 && (st.st_mode & 0777) == 0600);
  CHECK(unlink("/dev/mqueue/seen") == 0 && listed("seen") == 0);
  CHECK_ERRNO(mq_open("/seen", O_RDWR), ENOENT);
  CHECK(mq_send(q, "x", 1, 0) == 0);
  fd = open("/dev/mqueue/made", O_CREAT | O_WRONLY, 0600);
  CHECK(fd >= 0);
  mqd_t made = mq_open("/made", O_RDWR);
  struct mq_attr attr;
  CHECK(made >= 0 && mq_getattr(made, &attr) == 0 && attr.mq_maxmsg == 10);
  CHECK(mq_unlink("/made") == 0 && listed("made") == 0);
}

int main(void) {
  TEST(mqueue_is_mounted, "/etc/fstab mounts the mqueue file system on /dev/mqueue");
  return finish();
}
