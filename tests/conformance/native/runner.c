/*
 * Runs instruction sequences on the real processor and records what they did to registers, flags, FPU, XMM
 * registers and memory. The reference side of the conformance tests.
 *
 *   runner CASES RESULTS COUNT
 *
 * - Both files are arrays of records of 1280 bytes; tests/conformance/case-format.ts describes them.
 * - A case is entered by returning from a signal handler with its state in the signal frame, and ends with the
 *   next trap (the int3 behind it, or a fault), whose frame is its result: one signal a case, no code of ours
 *   between. A case that does not end is cut by a timer, which counts
 *   the processor's time only, and recorded as vector 0xff.
 * - A case runs in 64-bit mode, or in compatibility mode by the kernel's 32-bit code segment.
 * - Code and data lie at fixed addresses with unmapped pages around them; GS points into the data.
 */
#define _GNU_SOURCE
#include <asm/prctl.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

#define CODE_BASE 0x20000000UL
#define CODE_SIZE 0x2000UL
#define DATA_BASE 0x10000000UL
#define DATA_SIZE 0x2000UL
#define WINDOW_OFFSET 0xf00UL
#define WINDOW_SIZE 512UL
#define TIMED_OUT 0xff

/* Linux's selectors (arch/x86/include/asm/segment.h). */
#define USER_CODE32 0x23ULL
#define USER_DATA 0x2bULL
#define USER_CODE64 0x33ULL

/*
 * EFLAGS bits that a case may have changed and the kernel leaves as they are on the way into a handler and back:
 * NT, ID, and AC, under which this very program would trap.
 */
#define STICKY_FLAGS 0x244000UL

struct record {
  uint32_t a; /* case: offset of the code; result: vector */
  uint32_t b; /* case: length of the code; result: error code */
  uint64_t cr2;
  uint64_t regs[16];
  uint64_t rflags;
  uint64_t rip;
  uint8_t code[96]; /* result: the first word is the hash of the data outside the window */
  uint8_t fx[416];
  uint32_t compatibility; /* case: 1 in compatibility mode */
  uint8_t unused[92];
  uint8_t window[512];
};

_Static_assert(sizeof(struct record) == 1280, "record");

static const struct record *cases;
static struct record *results;
static uint32_t count, current;
static int started;
static uint32_t ticksAt, tickCase;
static uint8_t altStack[1 << 16];

/* x86 encoding order to the order of ucontext. */
static const int order[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                              REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};

/* FNV-1a over 32-bit words of the data outside the window. */
static uint32_t hashOutside(void) {
  const uint32_t *words = (const uint32_t *)DATA_BASE;
  uint32_t hash = 0x811c9dc5;
  for (unsigned i = 0; i < DATA_SIZE / 4; i++) {
    if (i == WINDOW_OFFSET / 4) i += WINDOW_SIZE / 4;
    hash = (hash ^ words[i]) * 0x01000193;
  }
  return hash;
}

static void saveResult(ucontext_t *context, int vector) {
  struct record *r = &results[current];
  const greg_t *g = context->uc_mcontext.gregs;
  r->a = vector;
  r->b = vector == TIMED_OUT ? 0 : (uint32_t)g[REG_ERR];
  r->cr2 = vector == 14 ? (uint64_t)g[REG_CR2] : 0;
  for (int i = 0; i < 16; i++) r->regs[i] = g[order[i]];
  r->rflags = g[REG_EFL];
  r->rip = g[REG_RIP];
  uint32_t hash = hashOutside();
  memcpy(r->code, &hash, 4);
  memcpy(r->fx, context->uc_mcontext.fpregs, 416);
  memcpy(r->window, (void *)(DATA_BASE + WINDOW_OFFSET), WINDOW_SIZE);
}

static void loadCase(ucontext_t *context) {
  const struct record *c = &cases[current];
  greg_t *g = context->uc_mcontext.gregs;
  uint8_t *data = (uint8_t *)DATA_BASE;
  memset(data, 0, DATA_SIZE);
  memcpy(data + WINDOW_OFFSET, c->window, WINDOW_SIZE);
  /* All of it: the last case may have written to code. */
  memset((uint8_t *)CODE_BASE, 0xcc, CODE_SIZE);
  memcpy((uint8_t *)CODE_BASE + c->a, c->code, c->b);
  for (int i = 0; i < 16; i++) g[order[i]] = c->regs[i];
  g[REG_EFL] = c->rflags;
  g[REG_RIP] = CODE_BASE + c->a;
  /* CS in the low word, SS in the high one. */
  g[REG_CSGSFS] = (c->compatibility ? USER_CODE32 : USER_CODE64) | USER_DATA << 48;
  uint8_t *fx = (uint8_t *)context->uc_mcontext.fpregs;
  memcpy(fx, c->fx, 416);
  uint64_t present;
  memcpy(&present, fx + 512, 8);
  present |= 3;
  memcpy(fx + 512, &present, 8);
}

static void onTrap(int signal, siginfo_t *info, void *raw) {
  __asm__ volatile("pushfq\n\tandq %0, (%%rsp)\n\tpopfq" ::"r"(~STICKY_FLAGS) : "memory", "cc");
  /* In 64-bit mode they do not count, so nobody else sets them. */
  __asm__ volatile("mov %0, %%ds\n\tmov %0, %%es" ::"r"((uint32_t)USER_DATA));
  (void)info;
  ucontext_t *context = raw;
  if (signal == SIGVTALRM) {
    if (!started) return;
    if (tickCase != current) {
      tickCase = current;
      ticksAt = 0;
      return;
    }
    if (++ticksAt < 3) return;
    ticksAt = 0;
    saveResult(context, TIMED_OUT);
    current++;
  } else if (!started) {
    started = 1;
  } else {
    saveResult(context, (int)context->uc_mcontext.gregs[REG_TRAPNO]);
    current++;
  }
  if (current == count) _exit(0);
  loadCase(context);
}

static void *mapFile(const char *path, size_t size, int writable) {
  int fd = open(path, writable ? O_RDWR : O_RDONLY);
  if (fd < 0) {
    perror(path);
    exit(2);
  }
  void *p = mmap(0, size, writable ? PROT_READ | PROT_WRITE : PROT_READ, writable ? MAP_SHARED : MAP_PRIVATE, fd, 0);
  if (p == MAP_FAILED) {
    perror("mmap");
    exit(2);
  }
  return p;
}

static void mapFixed(unsigned long base, size_t size, int protection) {
  void *p = mmap((void *)base, size, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  if (p != (void *)base) {
    perror("mmap of a fixed address");
    exit(2);
  }
}

int main(int argc, char **argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: runner CASES RESULTS COUNT\n");
    return 2;
  }
  count = (uint32_t)strtoul(argv[3], 0, 10);
  if (count == 0) return 0;
  cases = mapFile(argv[1], count * sizeof(struct record), 0);
  results = mapFile(argv[2], count * sizeof(struct record), 1);
  mapFixed(CODE_BASE, CODE_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC);
  mapFixed(DATA_BASE, DATA_SIZE, PROT_READ | PROT_WRITE);
  memset((void *)CODE_BASE, 0xcc, CODE_SIZE);
  if (syscall(SYS_arch_prctl, ARCH_SET_GS, DATA_BASE + WINDOW_OFFSET + WINDOW_SIZE / 2)) {
    perror("arch_prctl");
    return 2;
  }
  stack_t stack = {.ss_sp = altStack, .ss_size = sizeof altStack};
  sigaltstack(&stack, 0);
  struct sigaction action = {.sa_sigaction = onTrap, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  sigfillset(&action.sa_mask);
  const int signals[] = {SIGTRAP, SIGSEGV, SIGFPE, SIGILL, SIGBUS, SIGVTALRM};
  for (unsigned i = 0; i < sizeof signals / sizeof *signals; i++) sigaction(signals[i], &action, 0);
  const struct itimerval tick = {{0, 100000}, {0, 100000}};
  setitimer(ITIMER_VIRTUAL, &tick, 0);
  __asm__ volatile("int3");
  return 3;
}
