/* Offsets shared by the assembly and TypeScript (trap-frame.ts, percpu.ts, gdt.ts): change them together. */
#define FRAME_R11 32
#define FRAME_RCX 96
#define FRAME_RIP 136
#define FRAME_CS 144
#define FRAME_RFLAGS 152

#define PERCPU_CURRENT 8
#define PERCPU_NEED_RESCHED 36
#define THREAD_WORK 16
#define PERCPU_KERNEL_RSP 16
#define PERCPU_USER_RSP 24

#define USER_DATA 0x2B
#define USER_CODE 0x33
#define VECTOR_SYSCALL 256
