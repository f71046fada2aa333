# Timer interrupts, HLT, the interrupt shadow, the task priority, the timestamp counter.
        .include "guest.inc"
        .include "selftest.inc"
        .cfi_sections .debug_frame

        .set    SPIN_LIMIT, 4000000000
        .set    APIC_BASE, 0xfee00000
        .set    APIC_PAGE, 20
        .set    APIC_TASK_PRIORITY, WINDOW+APIC_PAGE*4096+0x80
        .set    PTE_CACHE_DISABLE, 0x10
        .set    READ_REQUESTS, 0x0a             # OCW3: the next read of the 8259 returns its request register
        .set    CPUID_RDTSCP, 1 << 27
        .set    MSR_TSC_AUX, 0xc0000103

        .globl  timer_gate
        .type   timer_gate, @function
timer_gate:
        .cfi_startproc simple
        .cfi_signal_frame
        .cfi_def_cfa rsp, 40
        .cfi_offset rip, -40
        .cfi_offset rsp, -16
        save    rax
        inc     qword ptr [rip + ticks]
        mov     al, PIC_EOI
        out     PIC_MASTER, al
        restore rax
        iretq
        .cfi_endproc
        .size   timer_gate, . - timer_gate

        function test_timer
        mov     rdx, [rip + ticks]
        add     rdx, 20
        mov     ecx, SPIN_LIMIT
        sti
1:      cmp     [rip + ticks], rdx
        jae     2f
        dec     ecx
        jnz     1b
2:      cli
        expect_order rdx, [rip+ticks]
        ret
        end_function test_timer

        function test_halt
        mov     ecx, 10
1:      mov     rdx, [rip + ticks]
        sti
        hlt
        cli
        inc     rdx
        expect_order rdx, [rip+ticks]
        dec     ecx
        jnz     1b
        ret
        end_function test_halt

        function test_sti_shadow
        sti
        hlt                                     # from here to the next tick is a full period
        cli
        mov     ecx, SPIN_LIMIT
1:      mov     al, READ_REQUESTS
        out     PIC_MASTER, al
        in      al, PIC_MASTER
        test    al, 1
        jnz     2f
        dec     ecx
        jnz     1b
2:      mov     rdx, [rip + ticks]
        sti
        cli                                     # in the shadow: the waiting interrupt must not come
        expect  [rip+ticks], rdx
        sti
        nop
        nop                                     # here it comes
        cli
        inc     rdx
        expect  [rip+ticks], rdx
        ret
        end_function test_sti_shadow

        function test_task_priority
        mov     edi, APIC_PAGE
        mov     esi, APIC_BASE + PTE_PRESENT + PTE_WRITE + PTE_CACHE_DISABLE
        call    map_page
        mov     edx, APIC_TASK_PRIORITY
        mov     eax, 5
        mov     cr8, rax
        xor     eax, eax
        mov     rax, cr8
        expect  rax, 5
        mov     eax, [rdx]
        expect  rax, 0x50
        mov     dword ptr [rdx], 0x30
        mov     rax, cr8
        expect  rax, 3
        xor     eax, eax
        mov     cr8, rax
        mov     eax, [rdx]
        expect  rax, 0
        unmap   APIC_PAGE
        ret
        end_function test_task_priority

        function test_timestamp
        save    rbx
        save    r12
        save    r13
        call    read_timestamp
        mov     r12, rax
        mov     rbx, rax
        mov     r13d, 1000
1:      call    read_timestamp
        expect_order rbx, rax
        mov     rbx, rax
        dec     r13d
        jnz     1b
        inc     r12
        expect_order r12, rbx                   # and it does move
        mov     eax, 0x80000001
        cpuid
        test    edx, CPUID_RDTSCP
        jz      2f
        mov     ecx, MSR_TSC_AUX
        mov     eax, 42
        xor     edx, edx
        wrmsr
        rdtscp
        shl     rdx, 32
        or      rax, rdx
        expect_order rbx, rax
        mov     ecx, ecx
        expect  rcx, 42
2:      restore r13
        restore r12
        restore rbx
        ret
        end_function test_timestamp

        variable ticks, 8
