/*
 * Entry from the boot loader: 32-bit protected mode to 64-bit higher half.
 *
 * Three ways in, one entry point:
 *   - GRUB by Multiboot2 (EAX = 0x36D76289, EBX = information structure),
 *   - `qemu -kernel` and other PVH loaders through the ELF note (EBX = hvm_start_info).
 * In both, paging is off, segments are flat and EBX points below 4 GiB.
 *
 * The tables built here live only until mm/kernel-map.ts builds the final ones: they map the first 4 GiB three
 * times (identity, direct map, and the first GiB of it at -2 GiB), writable and executable.
 *
 * Sources: Multiboot2 specification 2.0, 3.1 and 3.3; Xen docs/misc/pvh.pandoc; Intel SDM 3A 10.8.5 (IA-32e mode).
 */
#define KERNEL_BASE 0xFFFFFFFF80000000
#define PHYS(symbol) ((symbol) - KERNEL_BASE)

#define PAGE_TABLE 0x003      /* present, writable */
#define PAGE_2M 0x083         /* present, writable, large */
#define CR4_PAE 0x20
#define EFER 0xC0000080
#define EFER_SCE_LME_NXE 0x901
#define CR0_PE_WP_PG 0x80010001

  .section .note.pvh, "a", @note
  .align 4
  .long 4, 4, 18              /* name size, descriptor size, XEN_ELFNOTE_PHYS32_ENTRY */
  .asciz "Xen"
  .long boot_entry

  .section .boot, "ax"
  .code32
  .align 8
multiboot2_header:
  .long 0xE85250D6, 0, multiboot2_end - multiboot2_header
  .long -(0xE85250D6 + (multiboot2_end - multiboot2_header))
  .align 8
  .short 5, 1                 /* framebuffer, optional: without one the serial line still works */
  .long 20, 1024, 768, 32
  .align 8
  .short 0, 0
  .long 8
multiboot2_end:

  .globl boot_entry
boot_entry:
  cli
  cld
  movl $PHYS(boot_stack_top), %esp
  movl %eax, PHYS(boot_magic)
  movl %ebx, PHYS(boot_info)

  movl $PHYS(early_pdpt_low) + PAGE_TABLE, PHYS(early_pml4)
  movl $PHYS(early_pdpt_low) + PAGE_TABLE, PHYS(early_pml4) + 256 * 8
  movl $PHYS(early_pdpt_high) + PAGE_TABLE, PHYS(early_pml4) + 511 * 8
  movl $PHYS(early_pd) + PAGE_TABLE, PHYS(early_pdpt_low)
  movl $PHYS(early_pd) + 0x1000 + PAGE_TABLE, PHYS(early_pdpt_low) + 8
  movl $PHYS(early_pd) + 0x2000 + PAGE_TABLE, PHYS(early_pdpt_low) + 16
  movl $PHYS(early_pd) + 0x3000 + PAGE_TABLE, PHYS(early_pdpt_low) + 24
  movl $PHYS(early_pd) + PAGE_TABLE, PHYS(early_pdpt_high) + 510 * 8
  xorl %ecx, %ecx
1:
  movl %ecx, %eax
  shll $21, %eax
  orl $PAGE_2M, %eax
  movl %eax, PHYS(early_pd)(, %ecx, 8)
  incl %ecx
  cmpl $2048, %ecx
  jb 1b

  movl %cr4, %eax
  orl $CR4_PAE, %eax
  movl %eax, %cr4
  movl $PHYS(early_pml4), %eax
  movl %eax, %cr3
  movl $EFER, %ecx
  rdmsr
  orl $EFER_SCE_LME_NXE, %eax
  wrmsr
  movl %cr0, %eax
  orl $CR0_PE_WP_PG, %eax
  movl %eax, %cr0
  lgdt boot_gdt_pointer
  ljmp $0x10, $boot_long_mode

  .align 8
boot_gdt:
  .quad 0, 0
  .quad 0x00AF9B000000FFFF    /* 0x10 kernel code, 64 bit: the selectors of gdt.ts */
  .quad 0x00CF93000000FFFF    /* 0x18 kernel data */
boot_gdt_pointer:
  .short boot_gdt_pointer - boot_gdt - 1
  .long boot_gdt

  .code64
boot_long_mode:
  movabsq $boot_high, %rax
  jmp *%rax

  .section .text.boot, "ax"
boot_high:
  movw $0x18, %ax
  movw %ax, %ds
  movw %ax, %es
  movw %ax, %ss
  xorl %eax, %eax
  movw %ax, %fs
  movw %ax, %gs
  leaq boot_stack_top(%rip), %rsp
  xorl %ebp, %ebp
  call wasm_start             /* initialisers of module-level variables */
  movl boot_magic(%rip), %edi
  movl boot_info(%rip), %esi
  call kernelMain
  ud2

  .section .data
  .align 8
boot_magic: .long 0
boot_info:  .long 0

  .section .bss, "aw", @nobits
  .align 4096
early_pml4:      .skip 4096
early_pdpt_low:  .skip 4096
early_pdpt_high: .skip 4096
early_pd:        .skip 4096 * 4
  .globl boot_stack, boot_stack_top
boot_guard:      .skip 4096   /* unmapped by kernel-map.ts */
boot_stack:      .skip 16384
boot_stack_top:
  .globl log_ring
log_ring:        .skip 65536
