/*
 * Runs the case runner (../system/guest/runner.S) in a virtual machine of /dev/kvm.
 *
 *   kvm ROM RAM
 *
 * - RAM is a file that the guest changes in place. A reset of the guest (a triple fault) starts it again at the reset
 *   vector; the program ends when the guest writes to EXIT_PORT.
 * - Status 0: all cases ran. 3: a case did not end within the time that SIGALRM allows, or KVM gave it up: the caller
 *   notes it in RAM and starts again. 2: there is no usable KVM.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#define EXIT_PORT 0xf4
#define ROM_BASE 0xffff0000UL
#define ROM_SIZE 0x10000UL
#define CONTROL_INDEX 0x100004
#define TICK_SECONDS 2
/* Ports that answer nothing, and what else a case can make a machine do, end quickly; this many never come. */
#define MAX_EXITS 100000000L

static struct kvm_run *run;
static volatile uint32_t *progress;
static uint32_t lastProgress = ~0u;
static volatile sig_atomic_t stuck;

static void fail(const char *what) {
  perror(what);
  exit(2);
}

static void onTick(int signal) {
  (void)signal;
  if (*progress == lastProgress) {
    /* Said once, and given up for good if KVM_RUN does not come back for it. */
    if (stuck++) _exit(3);
    run->immediate_exit = 1;
  }
  lastProgress = *progress;
}

static void *map(const char *path, size_t *size) {
  int fd = open(path, O_RDWR);
  struct stat status;
  if (fd < 0 || fstat(fd, &status)) fail(path);
  *size = (size_t)status.st_size;
  void *p = mmap(0, *size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (p == MAP_FAILED) fail(path);
  return p;
}

static void addMemory(int vm, unsigned slot, uint64_t guest, size_t size, void *host) {
  struct kvm_userspace_memory_region region = {slot, 0, guest, size, (uint64_t)host};
  if (ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region)) fail("KVM_SET_USER_MEMORY_REGION");
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: kvm ROM RAM\n");
    return 2;
  }
  size_t romSize, ramSize;
  uint8_t *rom = map(argv[1], &romSize);
  uint8_t *ram = map(argv[2], &ramSize);
  if (romSize != ROM_SIZE) fail("size of the ROM");
  progress = (volatile uint32_t *)(ram + CONTROL_INDEX);
  int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
  if (kvm < 0) fail("/dev/kvm");
  int vm = ioctl(kvm, KVM_CREATE_VM, 0);
  if (vm < 0) fail("KVM_CREATE_VM");
  ioctl(vm, KVM_SET_TSS_ADDR, 0xfeffd000);
  ioctl(vm, KVM_SET_IDENTITY_MAP_ADDR, &(uint64_t){0xfeffc000});
  addMemory(vm, 0, 0, ramSize, ram);
  addMemory(vm, 1, ROM_BASE, ROM_SIZE, rom);
  int cpu = ioctl(vm, KVM_CREATE_VCPU, 0);
  if (cpu < 0) fail("KVM_CREATE_VCPU");
  size_t runSize = (size_t)ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
  run = mmap(0, runSize, PROT_READ | PROT_WRITE, MAP_SHARED, cpu, 0);
  if (run == MAP_FAILED) fail("the run structure");
  struct {
    struct kvm_cpuid2 header;
    struct kvm_cpuid_entry2 entries[256];
  } cpuid = {.header = {.nent = 256}};
  if (ioctl(kvm, KVM_GET_SUPPORTED_CPUID, &cpuid) || ioctl(cpu, KVM_SET_CPUID2, &cpuid)) fail("KVM_SET_CPUID2");
  struct kvm_regs regs;
  struct kvm_sregs sregs;
  if (ioctl(cpu, KVM_GET_REGS, &regs) || ioctl(cpu, KVM_GET_SREGS, &sregs)) fail("KVM_GET_REGS");

  struct sigaction action = {.sa_handler = onTick};
  sigaction(SIGALRM, &action, 0);
  const struct itimerval tick = {{TICK_SECONDS, 0}, {TICK_SECONDS, 0}};
  setitimer(ITIMER_REAL, &tick, 0);
  for (long exits = 0; exits < MAX_EXITS; exits++) {
    if (ioctl(cpu, KVM_RUN, 0)) {
      if (errno != EINTR && errno != EAGAIN) return 3;
      if (stuck) return 3;
      continue;
    }
    switch (run->exit_reason) {
      case KVM_EXIT_IO:
        if (run->io.direction == KVM_EXIT_IO_OUT) {
          if (run->io.port == EXIT_PORT) return 0;
        } else
          memset((uint8_t *)run + run->io.data_offset, 0xff, (size_t)run->io.size * run->io.count);
        break;
      case KVM_EXIT_MMIO:
        if (!run->mmio.is_write) memset(run->mmio.data, 0xff, sizeof run->mmio.data);
        break;
      case KVM_EXIT_SHUTDOWN: {
        struct kvm_vcpu_events events;
        memset(&events, 0, sizeof events);
        ioctl(cpu, KVM_SET_VCPU_EVENTS, &events);
        if (ioctl(cpu, KVM_SET_SREGS, &sregs) || ioctl(cpu, KVM_SET_REGS, &regs)) return 3;
        break;
      }
      case KVM_EXIT_INTR:
        if (stuck) return 3;
        break;
      default:
        fprintf(stderr, "exit %u\n", run->exit_reason);
        return 3;
    }
  }
  return 3;
}
