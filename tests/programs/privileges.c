/* What only root may do, tried by a plain user: the errors of POSIX and of Linux' manual pages. */
#include "check.h"
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <sys/klog.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <time.h>

static void become_user(void) { CHECK(setgroups(0, NULL) == 0 && setgid(1000) == 0 && setuid(1000) == 0); }

static void only_root_ends_the_machine(void) {
  become_user();
  CHECK_ERRNO(reboot(RB_AUTOBOOT), EPERM);
  CHECK_ERRNO(reboot(RB_POWER_OFF), EPERM);
  CHECK_ERRNO(reboot(RB_HALT_SYSTEM), EPERM);
  CHECK_ERRNO(reboot(0), EPERM);
  CHECK_ERRNO(open("/proc/sysrq-trigger", O_WRONLY), EACCES);
}

static void only_root_changes_the_system(void) {
  struct timespec now;
  struct timeval tv = {0};
  struct timex change = {.modes = ADJ_FREQUENCY};
  become_user();
  CHECK(clock_gettime(CLOCK_REALTIME, &now) == 0);
  CHECK_ERRNO(clock_settime(CLOCK_REALTIME, &now), EPERM);
  CHECK_ERRNO(settimeofday(&tv, NULL), EPERM);
  CHECK_ERRNO(adjtimex(&change), EPERM);
  CHECK_ERRNO(sethostname("mine", 4), EPERM);
  CHECK_ERRNO(setdomainname("mine", 4), EPERM);
  CHECK_ERRNO(mount("none", "/mnt", "tmpfs", 0, NULL), EPERM);
  CHECK_ERRNO(umount("/proc"), EPERM);
  CHECK_ERRNO(chroot("/tmp"), EPERM);
  CHECK_ERRNO(syscall(SYS_vhangup), EPERM);
  CHECK_ERRNO(open("/proc/sys/kernel/hostname", O_WRONLY), EACCES);
  CHECK_ERRNO(open("/dev/sda", O_RDONLY), EACCES);
  CHECK_ERRNO(open("/dev/kmsg", O_WRONLY), EACCES);
  CHECK_ERRNO(mknod("/tmp/privileged", S_IFCHR | 0666, 0x103), EPERM);
}

static void everyone_reads_the_log_and_root_directs_it(void) {
  char text[100];
  become_user();
  CHECK(klogctl(3, text, sizeof text) > 0 && klogctl(10, NULL, 0) > 0);
  CHECK_ERRNO(klogctl(5, NULL, 0), EPERM);
  CHECK_ERRNO(klogctl(6, NULL, 0), EPERM);
  CHECK_ERRNO(klogctl(8, NULL, 1), EPERM);
}

static void others_processes_are_out_of_reach(void) {
  struct sched_param first = {.sched_priority = 1};
  struct rlimit limit;
  cpu_set_t cpus;
  char name[64], target[64];
  pid_t root = getppid();
  become_user();
  CHECK_ERRNO(kill(root, SIGTERM), EPERM);
  CHECK_ERRNO(setpriority(PRIO_PROCESS, (id_t)root, 5), EPERM);
  CHECK_ERRNO(setpriority(PRIO_PROCESS, 0, -5), EACCES);
  CHECK_ERRNO(syscall(SYS_sched_setscheduler, root, SCHED_BATCH, &(struct sched_param){.sched_priority = 0}), EPERM);
  CHECK_ERRNO(syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &first), EPERM);
  CHECK(sched_getaffinity(0, sizeof cpus, &cpus) == 0);
  CHECK_ERRNO(sched_setaffinity(root, sizeof cpus, &cpus), EPERM);
  CHECK_ERRNO(prlimit(root, RLIMIT_NOFILE, NULL, &limit), EPERM);
  int fd = (int)syscall(SYS_pidfd_open, root, 0);
  CHECK(fd >= 0);
  CHECK_ERRNO(syscall(SYS_pidfd_send_signal, fd, SIGTERM, NULL, 0), EPERM);
  snprintf(name, sizeof name, "/proc/%d/environ", root);
  CHECK_ERRNO(open(name, O_RDONLY), EACCES);
  snprintf(name, sizeof name, "/proc/%d/maps", root);
  CHECK_ERRNO(open(name, O_RDONLY), EACCES);
  snprintf(name, sizeof name, "/proc/%d/fd", root);
  CHECK_ERRNO(open(name, O_RDONLY), EACCES);
  snprintf(name, sizeof name, "/proc/%d/exe", root);
  CHECK_ERRNO(readlink(name, target, sizeof target), EACCES);
}

static void limits_only_fall(void) {
  struct rlimit limit = {100, 200};
  CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
  become_user();
  limit.rlim_max = 201;
  CHECK_ERRNO(setrlimit(RLIMIT_NOFILE, &limit), EPERM);
  limit.rlim_cur = limit.rlim_max = 50;
  CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

int main(void) {
  TEST(only_root_ends_the_machine, "reboot(2), sysrq-trigger");
  TEST(only_root_changes_the_system, "clocks, names, mounts, devices");
  TEST(everyone_reads_the_log_and_root_directs_it, "syslog(2)");
  TEST(others_processes_are_out_of_reach, "signals, scheduling, limits, /proc/PID");
  TEST(limits_only_fall, "setrlimit");
  return finish();
}
