; A guest that is always busy and takes interrupts: boot sector, real mode. Each tick of the 1 kHz timer writes the
; timer's counter, as latched first thing in the handler, to port 0x80; each received byte of COM1 is written to 0x84.
bits 16
org 0x7c00
RELOAD equ 1193              ; of the 1.193182 MHz clock: 999.85 us
start: cli
  xor ax,ax
  mov ds,ax
  mov ss,ax
  mov sp,0x7c00
  mov word [8*4],tick
  mov [8*4+2],ax
  mov word [0x0c*4],received
  mov [0x0c*4+2],ax
  mov al,0x34                ; counter 0, low then high byte, mode 2
  out 0x43,al
  mov ax,RELOAD
  out 0x40,al
  mov al,ah
  out 0x40,al
  mov dx,0x3fb               ; 115200 baud, 8 bits
  mov al,0x80
  out dx,al
  mov dx,0x3f8
  mov al,1
  out dx,al
  inc dx
  xor al,al
  out dx,al
  mov dx,0x3fb
  mov al,3
  out dx,al
  inc dx                     ; modem control: OUT2 lets the interrupt through
  mov al,0x0b
  out dx,al
  mov dx,0x3fa               ; no FIFO: an interrupt a byte
  xor al,al
  out dx,al
  dec dx
  inc ax                     ; received data only
  out dx,al
  mov al,0xee                ; the first PIC: IRQ 0 and 4
  out 0x21,al
  sti
busy: add bx,cx
  xor [0x600],bx
  inc cx
  rol bx,3
  jmp busy

tick: push ax
  xor al,al
  out 0x43,al
  in al,0x40
  mov ah,al
  in al,0x40
  xchg al,ah
  out 0x80,ax
  mov al,0x20
  out 0x20,al
  pop ax
  iret

received: push ax
  push dx
  mov dx,0x3f8
  in al,dx
  out 0x84,al
  mov al,0x20
  out 0x20,al
  pop dx
  pop ax
  iret
times 510-($-$$) db 0
dw 0xaa55
