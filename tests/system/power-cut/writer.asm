; A guest of one sector that does nothing but write: sector after sector from LBA 64 on, each filled with its own
; number, and a line with that number on COM1 once the BIOS says that it is written (INT 13h AH=43h, EDD 3.0).
; The power-cut test kills the machine under it and looks at what the image holds.
bits 16
org 0x7c00

FIRST_LBA equ 64
BUFFER    equ 0x8000
COM1      equ 0x3f8

start:  cli
        xor ax, ax
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov sp, 0x7c00
        sti
        cld
        mov [drive], dl

next:   mov eax, [lba]
        mov di, BUFFER
        mov cx, 128
        rep stosd
        mov si, packet
        mov dl, [drive]
        mov ax, 0x4300
        int 0x13
        jc failed
        mov ebx, [lba]
        mov cx, 8
digit:  rol ebx, 4
        mov al, bl
        and al, 15
        cmp al, 10
        sbb al, 0x69            ; 0-15 to ASCII, the classic way
        das
        call send
        loop digit
        mov al, 10
        call send
        inc dword [lba]
        jmp next

failed: mov al, '!'
        call send
        cli
        hlt
        jmp failed

send:   push ax
.wait:  mov dx, COM1 + 5
        in al, dx
        test al, 0x20
        jz .wait
        pop ax
        mov dx, COM1
        out dx, al
        ret

drive:  db 0
align 4
packet: db 16, 0                ; disk address packet
        dw 1, BUFFER, 0
lba:    dd FIRST_LBA, 0

        times 446 - ($ - $$) db 0
        db 0x80, 0, 2, 0, 0x83, 0, 0x3f, 0
        dd 1, 65535
        times 510 - ($ - $$) db 0
        dw 0xaa55
