/*
 * Start of every user program, and the few routines that the compiler itself calls.
 *
 * The kernel enters _start as the System V ABI says (AMD64 supplement, 3.4.1): RSP is 16-byte aligned and points at
 * argc; argv, envp and the auxiliary vector follow. The routines are weak: a runtime that brings better ones wins.
 */
        .text
        .globl  _start
        .type   _start, @function
_start:
        xorl    %ebp, %ebp              # the end of every backtrace
        movq    %rsp, %rbx
        andq    $-16, %rsp
        call    wasm_start              # initialisers of globals
        movq    %rbx, %rdi
        call    startProcess            # lib/start.ts
        call    main                    # bin/NAME.ts
        movl    %eax, %edi
        call    exitProcess             # lib/start.ts
        ud2
        .size   _start, . - _start

/* Where a signal handler returns to: rt_sigreturn, which takes the frame that lies on the stack. */
        .globl  signalReturn
        .type   signalReturn, @function
signalReturn:
        movl    $15, %eax
        syscall
        ud2
        .size   signalReturn, . - signalReturn

/* void *memcpy(void *to, const void *from, size_t size) */
        .weak   memcpy
        .type   memcpy, @function
memcpy:
        movq    %rdi, %rax
        movq    %rdx, %rcx
        rep movsb
        ret
        .size   memcpy, . - memcpy

/* void *memmove(void *to, const void *from, size_t size): downwards when `to` lies inside the source */
        .weak   memmove
        .type   memmove, @function
memmove:
        movq    %rdi, %rax
        movq    %rdx, %rcx
        movq    %rdi, %r8
        subq    %rsi, %r8
        cmpq    %rdx, %r8
        jb      1f
        rep movsb
        ret
1:      leaq    -1(%rdi,%rdx), %rdi
        leaq    -1(%rsi,%rdx), %rsi
        std
        rep movsb
        cld
        ret
        .size   memmove, . - memmove

/* void *memset(void *to, int byte, size_t size) */
        .weak   memset
        .type   memset, @function
memset:
        movq    %rdi, %r8
        movl    %esi, %eax
        movq    %rdx, %rcx
        rep stosb
        movq    %r8, %rax
        ret
        .size   memset, . - memset

/* int memcmp(const void *a, const void *b, size_t size) */
        .weak   memcmp
        .type   memcmp, @function
memcmp:
        xorl    %eax, %eax
        movq    %rdx, %rcx
        cmpq    %rcx, %rcx              # ZF for a size of 0
        repe cmpsb
        je      1f
        movzbl  -1(%rdi), %eax
        movzbl  -1(%rsi), %edx
        subl    %edx, %eax
1:      ret
        .size   memcmp, . - memcmp

/* rt_trap(kind): `unreachable`, a division by zero or a bad indirect call in compiled code. SIGILL ends the program. */
        .weak   rt_trap
        .type   rt_trap, @function
rt_trap:
        ud2
        .size   rt_trap, . - rt_trap

/* rt_memory_size, rt_memory_grow: wasm's own memory calls. Memory comes from lib/malloc.ts, so growing always fails. */
        .weak   rt_memory_size
        .type   rt_memory_size, @function
rt_memory_size:
        xorl    %eax, %eax
        ret
        .size   rt_memory_size, . - rt_memory_size

        .weak   rt_memory_grow
        .type   rt_memory_grow, @function
rt_memory_grow:
        movq    $-1, %rax
        ret
        .size   rt_memory_grow, . - rt_memory_grow

        .section .note.GNU-stack, "", @progbits
