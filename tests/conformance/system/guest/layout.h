/*
 * Where the case runner keeps things in physical memory, and what a case and its result look like. ../format.ts has the
 * same numbers with their meaning.
 */
#define WINDOW_SIZE 0xf000
#define LOW_BASE 0xf000
#define CONTROL 0x100000
#define CONTROL_COUNT (CONTROL + 0)
#define CONTROL_INDEX (CONTROL + 4)
#define CONTROL_RUNNING (CONTROL + 8)
#define RESULT 0x110000
#define STATE 0x111000
#define MONITOR_STACK 0x113000
#define TEMPLATES 0x200000
#define CASES 0x400000
#define CASE_SHIFT 11
#define RESULTS 0xc00000
#define RESULT_SIZE 512
#define EXIT_PORT 0xf4

/* A case. */
#define C_TEMPLATE 0
#define C_MODE 4
#define C_PATCHES 8
#define C_CR0 16
#define C_CR3 20
#define C_CR4 24
#define C_EFER 28
#define C_GDTR 32
#define C_IDTR 40
#define C_LDTR 48
#define C_TR 50
#define C_DS 52
#define C_ES 54
#define C_FS 56
#define C_GS 58
#define C_RIP 64
#define C_CS 72
#define C_RFLAGS 80
#define C_RSP 88
#define C_SS 96
#define C_DR0 112
#define C_DR6 128
#define C_DR7 132
#define C_REGS 144
#define C_MSRS 272
#define C_STATE_SIZE 384

#define MODE_REAL 0
#define MODE_PROTECTED 1
#define MODE_LONG 2

/* A result. */
#define R_OUTCOME 0
#define R_KIND 4
#define R_VECTOR 8
#define R_STACK 16
#define R_STACK_SIZE 192
#define R_REGS 208
#define R_CR0 336
#define R_CR2 340
#define R_CR3 348
#define R_CR4 352
#define R_EFER 356
#define R_DR6 360
#define R_DR7 364
#define R_GDTR 368
#define R_IDTR 384
#define R_LDTR 400
#define R_TR 402
#define R_DS 404
#define R_ES 406
#define R_FS 408
#define R_GS 410
#define R_SS 412
#define R_FS_BASE 416
#define R_GS_BASE 424
#define R_KERNEL_GS 432
#define R_DR0 440
#define R_HASHES 456

#define ENDED 1
#define RESET 2

/* Selectors of the runner, in its own descriptor table and in that of every case. */
#define CODE32 0x08
#define DATA32 0x10
#define CODE64 0x18
#define CODE16 0x20
#define DATA16 0x28
