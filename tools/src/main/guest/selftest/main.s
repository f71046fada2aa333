# The self test: runs every test of the table, prints PASS or FAIL for each, and ends with the number of failures.
# It checks only what processors and QEMU's translator agree on. The latter reports the page fault of a
# read-modify-write as a read, a non-canonical stack access as #GP, and twice the index in an IDT error code.
        .include "guest.inc"
        .include "selftest.inc"
        .cfi_sections .debug_frame

        .macro  test_case name, text
        .section .rodata
.Lname\@:
        .asciz  "\text"
        .balign 8
        .section .rodata.stubs
        .quad   .Lname\@, \name
        .text
        .endm

        .section .rodata.stubs
        .balign 8
tests:
        test_case test_long_mode, "long mode and 64-bit registers"
        test_case test_timer, "timer interrupts while spinning"
        test_case test_halt, "HLT wakes at each timer interrupt"
        test_case test_sti_shadow, "STI holds interrupts back for one instruction"
        test_case test_supervisor_faults, "page fault error codes in ring 0"
        test_case test_user_faults, "page fault error codes in ring 3"
        test_case test_accessed_dirty, "accessed and dirty bits"
        test_case test_translation_flush, "INVLPG and CR3 forget translations"
        test_case test_divide_error, "#DE"
        test_case test_invalid_opcode, "#UD"
        test_case test_breakpoint, "#BP"
        test_case test_single_step, "#DB by the trap flag"
        test_case test_debug_registers, "#DB by debug registers"
        test_case test_not_available, "#NM"
        test_case test_general_protection, "#GP and #NP error codes"
        test_case test_stack_alignment, "exception frames are aligned"
        test_case test_interrupt_stack, "IST stack switch"
        test_case test_double_fault, "double fault on its own stack"
        test_case test_service_interrupt, "INT n from ring 3"
        test_case test_user_privilege, "privileged instructions in ring 3"
        test_case test_compatibility_mode, "32-bit code in ring 3"
        test_case test_syscall, "SYSCALL and SYSRET"
        test_case test_iretq, "IRETQ in ring 0"
        test_case test_swapgs, "SWAPGS and segment bases"
        test_case test_strings, "string instructions across pages"
        test_case test_string_fault, "a fault in the middle of REP MOVSB"
        test_case test_split_access, "accesses across a page boundary"
        test_case test_self_modifying, "self-modifying code"
        test_case test_alias, "code of a page mapped twice"
        test_case test_floating_point, "x87 and SSE2"
        test_case test_task_priority, "CR8 is the local APIC's task priority"
        test_case test_timestamp, "RDTSC never goes backward"
        .section .rodata.stubs
tests_end:
        .text

        function kernel_main
        save    rbx
        save    r12
        print   "\nSelf test of the machine\n"
        call    window_init
        lea     rbx, [rip + tests]
1:      mov     qword ptr [rip + test_failures], 0
        mov     qword ptr [rip + checks], 0
        call    [rbx + 8]
        cli
        cld
        lea     r12, [rip + passed]
        cmp     qword ptr [rip + test_failures], 0
        je      2f
        lea     r12, [rip + failed]
        inc     dword ptr [rip + failed_tests]
2:      mov     rdi, r12
        call    put_string
        mov     rdi, [rbx]
        call    put_string
        print   "\n"
        add     rbx, 16
        lea     rax, [rip + tests_end]
        cmp     rbx, rax
        jb      1b
        mov     edi, [rip + failed_tests]
        call    put_decimal
        print   " tests failed\n"
        mov     eax, [rip + failed_tests]
        out     DEBUG_EXIT, al
        restore r12
        restore rbx
        ret                                     # nothing behind the port: boot resets the machine
        end_function kernel_main

# check_equal(got, wanted): keeps all registers
        function check_equal
        inc     qword ptr [rip + checks]
        cmp     rdi, rsi
        jne     check_failed
        ret
        end_function check_equal

# check_order(low, high): keeps all registers
        function check_order
        inc     qword ptr [rip + checks]
        cmp     rdi, rsi
        ja      check_failed
        ret
        end_function check_order

# Prints the check's number in its test, and both values.
        function check_failed
        inc     qword ptr [rip + test_failures]
        .irp    register, rax, rcx, rdx, rdi, rsi, r8, r9, r10, r11
        save    \register
        .endr
        pushfq
        cld
        print   "check "
        mov     rdi, [rip + checks]
        call    put_decimal
        print   ": "
        mov     rdi, [rsp + 48]
        call    put_hex
        print   ", wanted "
        mov     rdi, [rsp + 40]
        call    put_hex
        print   "\n"
        popfq
        .irp    register, r11, r10, r9, r8, rsi, rdi, rdx, rcx, rax
        restore \register
        .endr
        ret
        end_function check_failed

# Where to go on after the next exception: at RAX, with the caller's stack.
        function arm_catch
        mov     [rip + resume_rip], rax
        lea     rax, [rsp + 8]
        mov     [rip + resume_rsp], rax
        mov     qword ptr [rip + caught_vector], -1
        ret
        end_function arm_catch

# Keeps the frame for the checks and goes on where the test wants, in ring 0 with interrupts off.
        function handle_exception
        cmp     qword ptr [rip + resume_rip], 0
        je      panic
        mov     [rip + caught_frame], rdi
        mov     rsi, rdi
        push    rdi
        .cfi_adjust_cfa_offset 8
        lea     rdi, [rip + caught_registers]
        mov     ecx, FRAME_SS/8+1
        rep movsq
        pop     rdi
        .cfi_adjust_cfa_offset -8
        mov     rax, cr2
        mov     [rip + caught_cr2], rax
        mov     rax, [rip + resume_rip]
        mov     [rdi + FRAME_RIP], rax
        mov     rax, [rip + resume_rsp]
        mov     [rdi + FRAME_RSP], rax
        mov     qword ptr [rdi + FRAME_CS], KERNEL_CODE
        mov     qword ptr [rdi + FRAME_SS], KERNEL_DATA
        mov     qword ptr [rdi + FRAME_RFLAGS], 2
        mov     qword ptr [rip + resume_rip], 0
        ret
        end_function handle_exception

        function panic_details
        print   "in check "
        mov     rdi, [rip + checks]
        call    put_decimal
        print   "\n"
        mov     al, 0xff
        out     DEBUG_EXIT, al
        ret
        end_function panic_details

# Hangs the window's tables into the page tables, open to ring 3; the pages decide.
        function window_init
        lea     rax, [rip + window_directory + PTE_PRESENT + PTE_WRITE + PTE_USER]
        mov     [rip + pdpt + 8], rax
        lea     rax, [rip + window_table + PTE_PRESENT + PTE_WRITE + PTE_USER]
        mov     [rip + window_directory], rax
        or      qword ptr [rip + pml4], PTE_USER
        mov     rax, cr3
        mov     cr3, rax
        ret
        end_function window_init

# map_page(index in the window, page table entry)
        function map_page
        mov     edi, edi
        lea     rax, [rip + window_table]
        mov     [rax + rdi * 8], rsi
        shl     rdi, 12
        add     rdi, WINDOW
        invlpg  [rdi]
        ret
        end_function map_page

        .section .rodata
passed: .asciz  "PASS "
failed: .asciz  "FAIL "

        variable test_failures, 8
        variable failed_tests, 4
        variable checks, 8
        variable resume_rip, 8
        variable resume_rsp, 8
        variable caught_cr2, 8
        variable caught_frame, 8
        variable caught_registers, FRAME_SS+8
        .globl  caught_vector, caught_error, caught_rip, caught_cs, caught_rflags, caught_rsp, caught_ss
        .globl  caught_rax, caught_rcx, caught_rsi, caught_rdi
        .set    caught_vector, caught_registers + FRAME_VECTOR
        .set    caught_error, caught_registers + FRAME_ERROR
        .set    caught_rip, caught_registers + FRAME_RIP
        .set    caught_cs, caught_registers + FRAME_CS
        .set    caught_rflags, caught_registers + FRAME_RFLAGS
        .set    caught_rsp, caught_registers + FRAME_RSP
        .set    caught_ss, caught_registers + FRAME_SS
        .set    caught_rax, caught_registers + FRAME_RAX
        .set    caught_rcx, caught_registers + FRAME_RCX
        .set    caught_rsi, caught_registers + FRAME_RSI
        .set    caught_rdi, caught_registers + FRAME_RDI
        variable window_directory, 4096, 4096
        variable window_table, 4096, 4096
        variable frames, FRAMES*FRAME_BYTES, 4096
