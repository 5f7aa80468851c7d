; A guest that is always busy and takes one interrupt after the other: how long after it was due is each handler run?
; A boot disk; 32-bit protected mode without paging. The host's clock is port CLOCK (32 bits) where CLOCK is not 0,
; else the time-stamp counter divided by 64.
;
; COM1 gets "C " and the clock at the beginning and the end; for each kind of work and timer a line "T work timer"
; and SAMPLES lines with the clock's counts from arming the timer to its handler; for each kind of work "E work", after
; which ECHOES received bytes are sent back, each by the first instructions of its handler, and "K work", after which KEYS
; pressed keys are each answered by "k" in the same way; "Q" is the end.
bits 16
org 0x7c00
%ifndef CLOCK
%define CLOCK 0
%endif
SAMPLES equ 500
ECHOES equ 250
KEYS equ 250
PIT_COUNT equ 1193           ; of the 1.193182 MHz clock: 999.85 us
TIMER_COUNT equ 1000000      ; of the local APIC's and the time-stamp counter's 1 GHz: 1 ms
SECTORS equ 7
COM1 equ 0x3f8
APIC equ 0xfee00000
VALUES equ 0x100000
BUFFER equ 0x1000000
BUFFER_MASK equ 0x7ffffc
%macro now 0                 ; eax; takes edx
%if CLOCK
  mov dx,CLOCK
  in eax,dx
%else
  rdtsc
  shrd eax,edx,6
%endif
%endmacro

start: cli
  xor ax,ax
  mov ds,ax
  mov ss,ax
  mov sp,0x7c00
  mov si,packet
  mov ah,0x42
  int 0x13
  jc $
  in al,0x92
  or al,2
  out 0x92,al
  lgdt [gdtr]
  mov eax,cr0
  or al,1
  mov cr0,eax
  jmp 8:protected
packet: db 16,0
  dw SECTORS,0x7e00,0
  dq 1
align 8
gdt: dq 0,0x00cf9a000000ffff,0x00cf92000000ffff
gdtr: dw 23
  dd gdt
times 510-($-$$) db 0
dw 0xaa55

bits 32
protected: mov ax,16
  mov ds,ax
  mov es,ax
  mov ss,ax
  mov esp,0x7c00
  mov edx,0x21
  mov eax,key
  call gate
  mov edx,0x24
  mov eax,received
  call gate
  mov edx,0x40
  mov eax,tick_apic
  call gate
  dec edx                    ; 0x3f: spurious
  mov eax,spurious
  call gate
  mov edx,0x20
  mov eax,tick_pic
  call gate
  lidt [idtr]
  mov esi,pic_setup
  mov ecx,(pic_setup_end-pic_setup)/2
.port: movzx edx,byte [esi]
  mov al,[esi+1]
  out dx,al
  add esi,2
  loop .port
  mov dx,COM1+3              ; 115200 baud, 8 bits, no FIFO: an interrupt a byte
  mov al,0x80
  out dx,al
  mov dx,COM1
  mov al,1
  out dx,al
  inc edx
  xor eax,eax
  out dx,al
  mov dx,COM1+3
  mov al,3
  out dx,al
  inc edx
  mov al,0x0b
  out dx,al
  mov dx,COM1+2
  xor eax,eax
  out dx,al
  mov dword [APIC+0xf0],0x13f
  mov dword [APIC+0x3e0],0xb
  call print_clock
  sti
  mov ebp,work_computing
  call measure
  mov ebp,work_memory
  call measure
  call print_clock
  mov al,'Q'
  call put
  jmp $

; ebp: the work
measure:
  mov ebx,arm_pit
  mov cl,'p'
  call timer
  mov ebx,arm_apic
  mov cl,'a'
  call timer
  mov eax,1
  push ebx
  cpuid
  pop ebx
  test ecx,1<<24
  jz .echo
  mov ebx,arm_deadline
  mov cl,'d'
  call timer
.echo: mov al,'E'
  call head
  call line
  mov dword [left],ECHOES
  mov dx,COM1+1
  mov al,1
  out dx,al
  call busy
  mov dx,COM1+1
  xor eax,eax
  out dx,al
  mov al,'K'
  call head
  in al,0x60                 ; what the firmware left there
  mov dword [left],KEYS
  mov al,0xec
  out 0x21,al
  call line
  call busy
  mov al,0xee
  out 0x21,al
  ret

timer: mov [arm],ebx
  mov al,'T'
  call head
  mov al,cl
  call put
  call line
  mov dword [left],SAMPLES
  mov dword [cursor],VALUES
  call [arm]
  call busy
  mov esi,VALUES
  mov edi,SAMPLES
.next: lodsd
  call hex
  dec edi
  jnz .next
  ret

busy: cmp dword [left],0
  je .done
  call ebp
  jmp busy
.done: ret

work_computing: mov ecx,200
.next: imul eax,eax,1664525
  add eax,1013904223
  rol eax,5
  xor ebx,eax
  add edi,ebx
  mul ebx
  dec ecx
  jnz .next
  ret
work_memory: mov ecx,200
.next: imul eax,eax,1664525
  add eax,1013904223
  mov edi,eax
  shr edi,7
  and edi,BUFFER_MASK
  add [BUFFER+edi],eax
  dec ecx
  jnz .next
  ret

; Each takes the clock last before the timer runs.
arm_pit: mov al,0x30         ; counter 0, low then high byte, mode 0: one interrupt
  out 0x43,al
  mov al,PIT_COUNT & 0xff
  out 0x40,al
  now
  mov [armed],eax
  mov al,PIT_COUNT >> 8
  out 0x40,al
  ret
arm_apic: mov dword [APIC+0x320],0x40
  now
  mov [armed],eax
  mov dword [APIC+0x380],TIMER_COUNT
  ret
arm_deadline: mov dword [APIC+0x320],0x40040
  now
  mov [armed],eax
  rdtsc
  add eax,TIMER_COUNT
  adc edx,0
  mov ecx,0x6e0
  wrmsr
  ret

tick_pic: pushad
  now
  call note
  mov al,0x20
  out 0x20,al
  jmp tick_end
tick_apic: pushad
  now
  call note
  mov dword [APIC+0xb0],0
tick_end: cmp dword [left],0
  je .done
  call [arm]
.done: popad
spurious: iretd
note: cmp dword [left],0
  je .done
  sub eax,[armed]
  mov edi,[cursor]
  mov [edi],eax
  add dword [cursor],4
  dec dword [left]
.done: ret

received: push eax
  push edx
  mov dx,COM1
  in al,dx
  out dx,al
  dec dword [left]
  mov al,0x20
  out 0x20,al
  pop edx
  pop eax
  iretd

; A key's release is read and not answered.
key: push eax
  push edx
  in al,0x60
  test al,0x80
  jnz .done
  mov dx,COM1
  mov al,'k'
  out dx,al
  dec dword [left]
.done: mov al,0x20
  out 0x20,al
  pop edx
  pop eax
  iretd

; al, then which work
head: call put
  mov al,' '
  call put
  mov al,'c'
  cmp ebp,work_computing
  je .put
  mov al,'m'
.put: jmp put
print_clock: mov al,'C'
  call put
  mov al,' '
  call put
  now
; eax and a line's end
hex: push ecx
  mov ecx,8
.digit: rol eax,4
  push eax
  and al,15
  cmp al,10
  sbb al,0x69
  das
  call put
  pop eax
  loop .digit
  pop ecx
line: mov al,10
put: push edx
  push eax
  mov dx,COM1+5
.wait: in al,dx
  test al,0x20
  jz .wait
  pop eax
  mov dx,COM1
  out dx,al
  pop edx
  ret

; eax: handler, edx: vector
gate: mov [idt+edx*8],ax
  mov word [idt+edx*8+2],8
  mov word [idt+edx*8+4],0x8e00
  shr eax,16
  mov [idt+edx*8+6],ax
  ret

; The 8259s at vectors 0x20 and 0x28, IRQ 0 and 4 let through; counter 0 stands still.
pic_setup: db 0x20,0x11,0x21,0x20,0x21,4,0x21,1,0xa0,0x11,0xa1,0x28,0xa1,2,0xa1,1,0xa1,0xff,0x21,0xee,0x43,0x30
pic_setup_end:
idtr: dw 0x41*8-1
  dd idt
align 4
arm: dd 0
armed: dd 0
cursor: dd 0
left: dd 0
idt equ 0x6000
times (SECTORS+1)*512-($-$$) db 0
