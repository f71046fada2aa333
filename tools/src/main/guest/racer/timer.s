# The timer interrupt: counts ticks, and keeps a log of the last few in nodes of the pool.
        .include "guest.inc"
        .include "bank.inc"
        .cfi_sections .debug_frame

# The gate that the processor enters.
        .globl  timer_gate
        .type   timer_gate, @function
timer_gate:
        .cfi_startproc simple
        .cfi_signal_frame
        .cfi_def_cfa rsp, 40
        .cfi_offset rip, -40
        .cfi_offset rsp, -16
        .irp    register, rax, rcx, rdx, rsi, rdi
        save    \register
        .endr
        cld
        mov     rdi, [rsp + 40]                 # the interrupted instruction
        call    timer_interrupt
        .irp    register, rdi, rsi, rdx, rcx, rax
        restore \register
        .endr
        iretq
        .cfi_endproc
        .size   timer_gate, . - timer_gate

# timer_interrupt(interrupted instruction)
        function timer_interrupt
        inc     qword ptr [rip + ticks]
        call    log_tick
        mov     al, PIC_EOI
        out     PIC_MASTER, al
        ret
        end_function timer_interrupt

# log_tick(interrupted instruction): the log is a ring; the tick that drops out of it gives its node back.
        function log_tick
        mov     rsi, rdi
        call    take_node
        mov     rcx, [rip + ticks]
        mov     [rax + TICK_NUMBER], rcx
        mov     [rax + TICK_RIP], rsi
        mov     rsi, rax
        call    read_timestamp
        mov     [rsi + TICK_TIMESTAMP], rax
        and     ecx, TICKS_LOGGED - 1
        lea     rdx, [rip + tick_log]
        mov     rdi, [rdx + rcx * 8]
        mov     [rdx + rcx * 8], rsi
        test    rdi, rdi
        jz      1f
        call    give_node
1:      ret
        end_function log_tick

# Prints the log, newest tick first.
        function print_tick_log
        save    rbx
        save    r12
        print   "The last ticks, newest first:\n"
        mov     r12, [rip + ticks]
        mov     ebx, TICKS_LOGGED
1:      mov     eax, r12d
        and     eax, TICKS_LOGGED - 1
        lea     rdx, [rip + tick_log]
        mov     rdi, [rdx + rax * 8]
        test    rdi, rdi
        jz      2f
        call    print_tick
        dec     r12
        dec     ebx
        jnz     1b
2:      restore r12
        restore rbx
        ret
        end_function print_tick_log

# print_tick(node)
        function print_tick
        save    rbx
        mov     rbx, rdi
        print   "  tick "
        mov     rdi, [rbx + TICK_NUMBER]
        call    put_decimal
        print   " at timestamp "
        mov     rdi, [rbx + TICK_TIMESTAMP]
        call    put_decimal
        print   " interrupted "
        mov     rdi, [rbx + TICK_RIP]
        call    put_hex
        print   "\n"
        restore rbx
        ret
        end_function print_tick

        variable ticks, 8
        variable tick_log, TICKS_LOGGED*8
