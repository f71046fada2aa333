# Segment descriptors, interrupt gates, the task state segment, and the way into the exception handler.
        .include "guest.inc"
        .cfi_sections .debug_frame

        .set    GATES, 256
        .set    GATE_INTERRUPT, 0x8e            # present, DPL 0, 64-bit interrupt gate
        .set    GATE_INTERRUPT_USER, 0xee       # the same, callable from ring 3
        .set    DOUBLE_FAULT_IST, 1
        .set    TSS_RSP0, 4
        .set    TSS_IST1, 36
        .set    TSS_IO_MAP_BASE, 102
        .set    TSS_BYTES, 104

        .data
        .balign 16
        .globl  gdt
gdt:    .quad   0
        .quad   0x00209b0000000000              # 08 kernel code, 64 bit
        .quad   0x00cf93000000ffff              # 10 kernel data
        .quad   0x00cffb000000ffff              # 18 user code, 32 bit
        .quad   0x00cff3000000ffff              # 20 user data
        .quad   0x0020fb0000000000              # 28 user code, 64 bit
task_descriptor:
        .quad   0x0000890000000000 + TSS_BYTES - 1      # 30 task state; the base is filled in
        .quad   0
        .quad   0x00cf13000000ffff              # 40 data, not present
gdt_end:
        .globl  gdt_pointer
gdt_pointer:
        .word   gdt_end - gdt - 1
        .quad   gdt
idt_pointer:
        .word   GATES * 16 - 1
        .quad   idt

        .text
# Fills the gates, the task state segment and its descriptor, and loads all three registers.
        function descriptors_init
        save    rbx
        xor     ebx, ebx
1:      mov     edi, ebx
        lea     rsi, [rip + spurious_interrupt]
        mov     edx, GATE_INTERRUPT
        call    set_gate
        inc     ebx
        cmp     ebx, GATES
        jb      1b

        xor     ebx, ebx
2:      mov     edi, ebx
        lea     rax, [rip + exception_stubs]
        mov     rsi, [rax + rbx * 8]
        mov     edx, GATE_INTERRUPT
        call    set_gate
        inc     ebx
        cmp     ebx, 32
        jb      2b
        mov     edi, VECTOR_DF
        mov     esi, DOUBLE_FAULT_IST
        call    set_gate_stack
        mov     edi, VECTOR_TIMER
        lea     rsi, [rip + timer_gate]
        mov     edx, GATE_INTERRUPT
        call    set_gate
        mov     edi, VECTOR_SERVICE
        lea     rsi, [rip + service_stub]
        mov     edx, GATE_INTERRUPT_USER
        call    set_gate
        lidt    [rip + idt_pointer]

        lea     rax, [rip + task_state]
        mov     word ptr [rax + TSS_IO_MAP_BASE], TSS_BYTES     # behind the limit: no port is allowed
        lea     rcx, [rip + interrupt_stack_top]
        mov     [rax + TSS_RSP0], rcx
        lea     rcx, [rip + fault_stack_top]
        mov     [rax + TSS_IST1], rcx
        lea     rdx, [rip + task_descriptor]
        mov     [rdx + 2], ax                   # base 15:0
        shr     rax, 16
        mov     [rdx + 4], al                   # base 23:16
        mov     [rdx + 7], ah                   # base 31:24
        mov     ecx, TASK_STATE
        ltr     cx
        restore rbx
        ret
        end_function descriptors_init

# set_gate(vector, handler, type): one 16-byte interrupt gate.
        function set_gate
        mov     edi, edi
        shl     rdi, 4
        lea     rax, [rip + idt]
        add     rdi, rax
        mov     [rdi], si
        mov     word ptr [rdi + 2], KERNEL_CODE
        mov     byte ptr [rdi + 4], 0
        mov     [rdi + 5], dl
        shr     rsi, 16
        mov     [rdi + 6], si
        shr     rsi, 16
        mov     [rdi + 8], rsi
        ret
        end_function set_gate

# set_gate_stack(vector, index into the interrupt stack table; 0 for none)
        function set_gate_stack
        mov     edi, edi
        shl     rdi, 4
        lea     rax, [rip + idt]
        mov     [rax + rdi + 4], sil
        ret
        end_function set_gate_stack

# Exception stubs make all frames alike: where the processor pushes no error code, they push 0.
        .macro  stub vector, has_error
exception_stub_\vector:
        .cfi_startproc simple
        .cfi_signal_frame
        .cfi_def_cfa rsp, 40 + 8 * \has_error
        .cfi_offset rip, -40
        .cfi_offset rsp, -16
        .if     \has_error == 0
        push    0
        .cfi_adjust_cfa_offset 8
        .endif
        push    \vector
        .cfi_adjust_cfa_offset 8
        jmp     exception_entry
        .cfi_endproc
        .section .rodata.stubs
        .quad   exception_stub_\vector
        .text
        .endm

        .section .rodata.stubs
        .balign 8
exception_stubs:
        .text
        .irp    vector, 0, 1, 2, 3, 4, 5, 6, 7
        stub    \vector, 0
        .endr
        stub    8, 1
        stub    9, 0
        .irp    vector, 10, 11, 12, 13, 14
        stub    \vector, 1
        .endr
        stub    15, 0
        stub    16, 0
        stub    17, 1
        .irp    vector, 18, 19, 20
        stub    \vector, 0
        .endr
        stub    21, 1
        .irp    vector, 22, 23, 24, 25, 26, 27, 28
        stub    \vector, 0
        .endr
        stub    29, 1
        stub    30, 1
        stub    31, 0

service_stub:
        .cfi_startproc simple
        .cfi_signal_frame
        .cfi_def_cfa rsp, 40
        .cfi_offset rip, -40
        .cfi_offset rsp, -16
        push    0
        .cfi_adjust_cfa_offset 8
        push    VECTOR_SERVICE
        .cfi_adjust_cfa_offset 8
        jmp     exception_entry
        .cfi_endproc

# Saves the registers and calls handle_exception(frame). If that returns, the frame is where we go on.
        .globl  exception_entry
        .type   exception_entry, @function
exception_entry:
        .cfi_startproc simple
        .cfi_signal_frame
        .cfi_def_cfa rsp, 56
        .cfi_offset rip, -40
        .cfi_offset rsp, -16
        .irp    register, rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
        save    \register
        .endr
        cld
        mov     rdi, rsp
        call    handle_exception
        .irp    register, r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax
        restore \register
        .endr
        add     rsp, 16                         # vector and error code
        .cfi_adjust_cfa_offset -16
        iretq
        .cfi_endproc
        .size   exception_entry, . - exception_entry

# An 8259 raises its lowest priority when a request has vanished; nothing else is expected here.
        .type   spurious_interrupt, @function
spurious_interrupt:
        .cfi_startproc simple
        .cfi_signal_frame
        .cfi_def_cfa rsp, 40
        .cfi_offset rip, -40
        .cfi_offset rsp, -16
        iretq
        .cfi_endproc
        .size   spurious_interrupt, . - spurious_interrupt

        variable idt, GATES*16, 16
        variable task_state, TSS_BYTES, 16
        variable interrupt_stack, 8192, 16
        variable fault_stack, 4096, 16
        .globl  interrupt_stack_top, fault_stack_top
        .set    interrupt_stack_top, interrupt_stack + 8192
        .set    fault_stack_top, fault_stack + 4096
