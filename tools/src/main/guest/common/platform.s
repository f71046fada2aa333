# The interrupt controllers, the timer, and the two ways to end the machine.
        .include "guest.inc"
        .cfi_sections .debug_frame

        .macro  set_byte_port port, value
        mov     al, \value
        out     \port, al
        .endm

# Moves the 8259s' sixteen requests to vectors 32 to 47, lets only the timer through, and starts channel 0 of the
# 8254 as a rate generator.
        function timer_init
        set_byte_port PIC_MASTER, 0x11          # ICW1: edge triggered, cascade, ICW4 follows
        set_byte_port PIC_SLAVE, 0x11
        set_byte_port PIC_MASTER + 1, VECTOR_TIMER      # ICW2: first vector
        set_byte_port PIC_SLAVE + 1, VECTOR_TIMER + 8
        set_byte_port PIC_MASTER + 1, 4         # ICW3: the slave sits on request 2
        set_byte_port PIC_SLAVE + 1, 2
        set_byte_port PIC_MASTER + 1, 1         # ICW4: 8086 mode, explicit end of interrupt
        set_byte_port PIC_SLAVE + 1, 1
        set_byte_port PIC_MASTER + 1, 0xfe      # mask all but request 0
        set_byte_port PIC_SLAVE + 1, 0xff
        set_byte_port PIT_COMMAND, 0x34         # channel 0, low then high byte, mode 2
        set_byte_port PIT_CHANNEL0, PIT_DIVISOR & 0xff
        set_byte_port PIT_CHANNEL0, PIT_DIVISOR >> 8
        ret
        end_function timer_init

# Returns the timestamp counter.
        function read_timestamp
        rdtsc
        shl     rdx, 32
        or      rax, rdx
        ret
        end_function read_timestamp

# The keyboard controller's pulse on the reset line; where there is none, a triple fault. Does not return.
        function machine_reset
        cli
        mov     ecx, 100000
1:      in      al, KEYBOARD_STATUS
        test    al, 2                           # its input buffer is full
        jz      2f
        dec     ecx
        jnz     1b
2:      mov     al, 0xfe
        out     KEYBOARD_STATUS, al
        mov     ecx, 1000000
3:      pause
        dec     ecx
        jnz     3b
        lidt    [rip + no_idt]
        int3
4:      hlt
        jmp     4b
        end_function machine_reset

        .section .rodata
no_idt: .word   0
        .quad   0
