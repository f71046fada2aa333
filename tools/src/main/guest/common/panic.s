# The last words of a kernel: why, where, the registers.
        .include "guest.inc"
        .cfi_sections .debug_frame

        .macro  entry name, offset
        .ascii  "\name"
        .byte   0
        .word   \offset
        .endm

# panic(frame): prints, lets the kernel add what it knows (panic_details), and ends the machine.
        function panic
        save    rbx
        save    r12
        mov     rbx, rdi
        print   "\nPANIC: "
        mov     rdi, [rbx + FRAME_VECTOR]
        cmp     edi, VECTOR_PF
        jne     1f
        call    panic_page_fault
        jmp     2f
1:      print   "exception "
        mov     rdi, [rbx + FRAME_VECTOR]
        call    put_decimal
        print   " at "
        mov     rdi, [rbx + FRAME_RIP]
        call    put_hex
2:      print   ", error code "
        mov     rdi, [rbx + FRAME_ERROR]
        call    put_decimal
        mov     rdi, rbx
        call    panic_registers
        call    panic_details
        print   "The machine ends here.\n"
        call    machine_reset                   # does not return
        end_function panic

# RBX = frame
panic_page_fault:
        .cfi_startproc
        print   "page fault at "
        mov     rdi, [rbx + FRAME_RIP]
        call    put_hex
        test    byte ptr [rbx + FRAME_ERROR], 2
        jnz     1f
        print   ", read of address "
        jmp     2f
1:      print   ", write to address "
2:      mov     rdi, cr2
        call    put_hex
        ret
        .cfi_endproc
        .size   panic_page_fault, . - panic_page_fault

# panic_registers(frame): a table of names and frame offsets, three registers to the line
        function panic_registers
        save    rbx
        save    r12
        save    r13
        mov     rbx, rdi
        lea     r12, [rip + register_table]
        xor     r13d, r13d
1:      cmp     byte ptr [r12], 0
        je      4f
        lea     rdi, [rip + new_line]
        test    r13d, r13d
        jz      2f
        lea     rdi, [rip + two_blanks]
2:      call    put_string
        inc     r13d
        cmp     r13d, 3
        jb      3f
        xor     r13d, r13d
3:      mov     rdi, r12
        call    put_string
        mov     edi, '='
        call    put_char
        movzx   eax, word ptr [r12 + 4]
        mov     rdi, [rbx + rax]
        call    put_hex
        add     r12, 6
        jmp     1b
4:      print   "\n"
        restore r13
        restore r12
        restore rbx
        ret
        end_function panic_registers

        .section .rodata
new_line:
        .asciz  "\n  "
two_blanks:
        .asciz  "  "
register_table:
        entry   "rax", FRAME_RAX
        entry   "rbx", FRAME_RBX
        entry   "rcx", FRAME_RCX
        entry   "rdx", FRAME_RDX
        entry   "rsi", FRAME_RSI
        entry   "rdi", FRAME_RDI
        entry   "rbp", FRAME_RBP
        entry   "rsp", FRAME_RSP
        entry   "r8 ", FRAME_R8
        entry   "r9 ", FRAME_R9
        entry   "r10", FRAME_R10
        entry   "r11", FRAME_R11
        entry   "r12", FRAME_R12
        entry   "r13", FRAME_R13
        entry   "r14", FRAME_R14
        entry   "r15", FRAME_R15
        entry   "rip", FRAME_RIP
        entry   "flg", FRAME_RFLAGS
        .byte   0
