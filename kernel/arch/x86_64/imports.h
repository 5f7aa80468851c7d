/*
 * What the kernel's TypeScript declares as `export declare function` and C or assembly provides.
 * The name is the declaring file's base name, `_`, the function's name (docs/internals/contracts.md).
 */
#define IMPORT static inline __attribute__((always_inline))

/* ports.ts (SDM 2A IN, 2B OUT) */
IMPORT u32 ports_inb(u32 port) { u8 v; __asm__ volatile("inb %w1,%b0" : "=a"(v) : "Nd"(port) : "memory"); return v; }
IMPORT u32 ports_inw(u32 port) { u16 v; __asm__ volatile("inw %w1,%w0" : "=a"(v) : "Nd"(port) : "memory"); return v; }
IMPORT u32 ports_inl(u32 port) { u32 v; __asm__ volatile("inl %w1,%0" : "=a"(v) : "Nd"(port) : "memory"); return v; }
IMPORT void ports_outb(u32 port, u32 v) { __asm__ volatile("outb %b0,%w1" : : "a"(v), "Nd"(port) : "memory"); }
IMPORT void ports_outw(u32 port, u32 v) { __asm__ volatile("outw %w0,%w1" : : "a"(v), "Nd"(port) : "memory"); }
IMPORT void ports_outl(u32 port, u32 v) { __asm__ volatile("outl %0,%w1" : : "a"(v), "Nd"(port) : "memory"); }
IMPORT void ports_insw(u32 port, u64 buffer, u32 words) { u64 n = words; __asm__ volatile("rep insw" : "+D"(buffer), "+c"(n) : "d"(port) : "memory"); }
IMPORT void ports_outsw(u32 port, u64 buffer, u32 words) { u64 n = words; __asm__ volatile("rep outsw" : "+S"(buffer), "+c"(n) : "d"(port) : "memory"); }

/* mmio.ts: device registers; volatile, exactly one access of that width */
IMPORT u32 mmio_read8(u64 a) { return *(volatile u8 *)a; }
IMPORT u32 mmio_read16(u64 a) { return *(volatile u16 *)a; }
IMPORT u32 mmio_read32(u64 a) { return *(volatile u32 *)a; }
IMPORT u64 mmio_read64(u64 a) { return *(volatile u64 *)a; }
IMPORT void mmio_write8(u64 a, u32 v) { *(volatile u8 *)a = (u8)v; }
IMPORT void mmio_write16(u64 a, u32 v) { *(volatile u16 *)a = (u16)v; }
IMPORT void mmio_write32(u64 a, u32 v) { *(volatile u32 *)a = v; }
IMPORT void mmio_write64(u64 a, u64 v) { *(volatile u64 *)a = v; }

/* cpu.ts */
IMPORT void cpu_enableInterrupts(void) { __asm__ volatile("sti" : : : "memory"); }
IMPORT void cpu_disableInterrupts(void) { __asm__ volatile("cli" : : : "memory"); }
IMPORT u64 cpu_saveAndDisableInterrupts(void) { u64 f; __asm__ volatile("pushfq; popq %0; cli" : "=r"(f) : : "memory"); return f; }
IMPORT void cpu_restoreInterrupts(u64 f) { if (f & 0x200) __asm__ volatile("sti" : : : "memory"); }
IMPORT u32 cpu_interruptsEnabled(void) { u64 f; __asm__ volatile("pushfq; popq %0" : "=r"(f) : : "memory"); return (f >> 9) & 1; }
IMPORT void cpu_halt(void) { __asm__ volatile("hlt" : : : "memory"); }
/* STI takes effect after the next instruction, so no interrupt slips in before HLT (SDM 2B STI). */
IMPORT void cpu_enableAndHalt(void) { __asm__ volatile("sti; hlt" : : : "memory"); }
IMPORT void cpu_pause(void) { __asm__ volatile("pause" : : : "memory"); }
IMPORT u64 cpu_readCr0(void) { u64 v; __asm__ volatile("mov %%cr0,%0" : "=r"(v) : : "memory"); return v; }
IMPORT void cpu_writeCr0(u64 v) { __asm__ volatile("mov %0,%%cr0" : : "r"(v) : "memory"); }
IMPORT u64 cpu_readCr2(void) { u64 v; __asm__ volatile("mov %%cr2,%0" : "=r"(v) : : "memory"); return v; }
IMPORT u64 cpu_readCr3(void) { u64 v; __asm__ volatile("mov %%cr3,%0" : "=r"(v) : : "memory"); return v; }
IMPORT void cpu_writeCr3(u64 v) { __asm__ volatile("mov %0,%%cr3" : : "r"(v) : "memory"); }
IMPORT u64 cpu_readCr4(void) { u64 v; __asm__ volatile("mov %%cr4,%0" : "=r"(v) : : "memory"); return v; }
IMPORT void cpu_writeCr4(u64 v) { __asm__ volatile("mov %0,%%cr4" : : "r"(v) : "memory"); }
IMPORT void cpu_invalidatePage(u64 a) { __asm__ volatile("invlpg (%0)" : : "r"(a) : "memory"); }
IMPORT u64 cpu_readMsr(u32 msr) { u32 lo, hi; __asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr) : "memory"); return (u64)hi << 32 | lo; }
IMPORT void cpu_writeMsr(u32 msr, u64 v) { __asm__ volatile("wrmsr" : : "c"(msr), "a"((u32)v), "d"((u32)(v >> 32)) : "memory"); }
IMPORT u64 cpu_readTsc(void) { u32 lo, hi; __asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi)); return (u64)hi << 32 | lo; }
IMPORT u64 cpu_hardwareRandom(void) {
  u32 a, b, c, d;
  u64 v = 0;
  u8 good = 0;
  __asm__ volatile("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(1), "c"(0));
  if (!(c & 1u << 30)) return 0;
  for (int i = 0; i < 10 && !good; i++) __asm__ volatile("rdrand %0; setc %1" : "=r"(v), "=qm"(good) : : "cc");
  return good ? v : 0;
}
IMPORT void cpu_cpuid(u32 leaf, u32 sub, u64 out) { u32 *o = (u32 *)out; __asm__ volatile("cpuid" : "=a"(o[0]), "=b"(o[1]), "=c"(o[2]), "=d"(o[3]) : "a"(leaf), "c"(sub) : "memory"); }
IMPORT void cpu_loadGdt(u64 base, u32 limit) { struct { u16 limit; u64 base; } __attribute__((packed)) p = {(u16)limit, base}; __asm__ volatile("lgdt %0" : : "m"(p) : "memory"); }
IMPORT void cpu_loadIdt(u64 base, u32 limit) { struct { u16 limit; u64 base; } __attribute__((packed)) p = {(u16)limit, base}; __asm__ volatile("lidt %0" : : "m"(p) : "memory"); }
IMPORT void cpu_loadTaskRegister(u32 selector) { __asm__ volatile("ltr %w0" : : "r"(selector) : "memory"); }
IMPORT void cpu_breakpoint(void) { __asm__ volatile("int3" : : : "memory"); }
/* Offsets of trap-frame.ts. One register holds the address; the compiler chooses it, the others are as the caller left them. */
IMPORT void cpu_captureRegisters(u64 frame) {
  __asm__ volatile("movq %%r15,0(%0); movq %%r14,8(%0); movq %%r13,16(%0); movq %%r12,24(%0); movq %%r11,32(%0);"
                   "movq %%r10,40(%0); movq %%r9,48(%0); movq %%r8,56(%0); movq %%rdi,72(%0); movq %%rsi,80(%0);"
                   "movq %%rdx,88(%0); movq %%rcx,96(%0); movq %%rbx,104(%0); movq %%rax,112(%0);"
                   "movw %%cs,144(%0); movw %%ss,168(%0); pushfq; popq 152(%0)"
                   : : "r"(frame) : "memory");
}
IMPORT u64 cpu_framePointer(void) { return (u64)__builtin_frame_address(0); }
IMPORT void cpu_fxsave(u64 area) { __asm__ volatile("fxsave64 (%0)" : : "r"(area) : "memory"); }
IMPORT void cpu_fxrstor(u64 area) { __asm__ volatile("fxrstor64 (%0)" : : "r"(area) : "memory"); }
/* mul-shift without overflow: (a * b) >> shift, 128-bit intermediate */
IMPORT u64 cpu_multiplyShift(u64 a, u64 b, u32 shift) { return (u64)(((unsigned __int128)a * b) >> shift); }

/* percpu.ts: fields of this CPU's PerCpu, through GS */
IMPORT u64 percpu_gsRead64(u64 o) { u64 v; __asm__ volatile("movq %%gs:(%1),%0" : "=r"(v) : "r"(o) : "memory"); return v; }
IMPORT void percpu_gsWrite64(u64 o, u64 v) { __asm__ volatile("movq %1,%%gs:(%0)" : : "r"(o), "r"(v) : "memory"); }
IMPORT u32 percpu_gsRead32(u64 o) { u32 v; __asm__ volatile("movl %%gs:(%1),%0" : "=r"(v) : "r"(o) : "memory"); return v; }
IMPORT void percpu_gsWrite32(u64 o, u32 v) { __asm__ volatile("movl %1,%%gs:(%0)" : : "r"(o), "r"(v) : "memory"); }

/* image.ts: addresses of the linker script's and the assembly's symbols */
#define ADDRESS_OF(name, symbol) extern u8 symbol[]; IMPORT u64 image_##name(void) { return (u64)symbol; }
ADDRESS_OF(textStart, text_start)
ADDRESS_OF(rodataStart, rodata_start)
ADDRESS_OF(rodataEnd, rodata_end)
ADDRESS_OF(dataStart, data_start)
ADDRESS_OF(kernelEnd, kernel_end)
ADDRESS_OF(bootStack, boot_stack)
ADDRESS_OF(bootStackTop, boot_stack_top)
ADDRESS_OF(interruptStubs, interrupt_stubs)
ADDRESS_OF(syscallEntry, syscall_entry)
ADDRESS_OF(kernelThreadStart, kernel_thread_start)
ADDRESS_OF(userThreadStart, user_thread_start)
ADDRESS_OF(exceptionTableStart, exception_table_start)
ADDRESS_OF(exceptionTableEnd, exception_table_end)
ADDRESS_OF(smapEnabledFlag, smap_enabled)
ADDRESS_OF(logRing, log_ring)
/* By name: the generated C declares the table's type itself. */
IMPORT u64 image_functionTable(void) { u64 v; __asm__("movq $ksyms,%0" : "=r"(v)); return v; }

/* switch.ts, user-access.ts */
void context_switch(u64 *save, u64 next);
IMPORT void switch_contextSwitch(u64 save, u64 next) { context_switch((u64 *)save, next); }
u64 user_copy(u64 to, u64 from, u64 length);
s64 user_string_copy(u64 to, u64 from, u64 limit);
s64 user_load32(u64 from, u64 to);
s64 user_exchange32(u64 at, u32 old, u32 new_, u64 found);
IMPORT u64 user_access_userLoad32(u64 from, u64 to) { return (u64)user_load32(from, to); }
IMPORT u64 user_access_userExchange32(u64 at, u32 old, u32 new_, u64 found) { return (u64)user_exchange32(at, old, new_, found); }
IMPORT u64 user_access_userCopy(u64 to, u64 from, u64 length) { return user_copy(to, from, length); }
IMPORT u64 user_access_userStringCopy(u64 to, u64 from, u64 limit) { return (u64)user_string_copy(to, from, limit); }
