# Exceptions: vectors, error codes, where RIP points, and on which stack the handler runs.
        .include "guest.inc"
        .include "selftest.inc"
        .cfi_sections .debug_frame

        .set    VECTOR_NM, 7
        .set    NON_CANONICAL, 0x8000000000000000
        .set    CR0_TS, 8
        .set    FLAG_TF, 0x100
        .set    DR6_STEP, 0x4000
        .set    DR7_WRITE4_0, 0x000d0001        # breakpoint 0: four bytes, on writes
        .set    DR7_EXECUTE_0, 0x00000001
        .set    EFER_LME_LMA, 0x500

        function test_long_mode
        mov     ecx, MSR_EFER
        rdmsr
        and     eax, EFER_LME_LMA
        expect  rax, EFER_LME_LMA
        mov     eax, cs
        expect  rax, KERNEL_CODE
        mov     rax, -1
        mov     eax, eax                        # a 32-bit result clears the upper half
        expect  rax, 0xffffffff
        mov     r9, 0x123456789abcdef0
        bswap   r9
        expect  r9, 0xf0debc9a78563412
        movsxd  r10, r9d
        expect  r10, 0x78563412
        mov     r11d, 0x80000000
        movsxd  r11, r11d
        expect  r11, 0xffffffff80000000
        mov     rax, 1 << 40
        mul     rax
        expect  rax, 0
        expect  rdx, 1 << 16
        ret
        end_function test_long_mode

        function test_divide_error
        xor     edx, edx
        xor     ecx, ecx
        expect_fault VECTOR_DE, 0, div ecx
        mov     edx, 1
        mov     ecx, 1
        expect_fault VECTOR_DE, 0, div ecx      # the quotient is too large
        ret
        end_function test_divide_error

        function test_invalid_opcode
        expect_fault VECTOR_UD, 0, ud2
        ret
        end_function test_invalid_opcode

        function test_breakpoint
        expect_trap VECTOR_BP, int3
        expect_trap VECTOR_BP, int 3
        ret
        end_function test_breakpoint

        function test_single_step
        xor     eax, eax
        mov     dr6, rax
        lea     rax, [rip + 1f]
        call    arm_catch
        pushfq
        or      dword ptr [rsp], FLAG_TF
        popfq
        mov     ecx, 77                         # the trap comes behind this one
1:      expect  [rip+caught_vector], VECTOR_DB
        lea     rax, [rip + 1b]
        expect  [rip+caught_rip], rax
        expect  rcx, 77
        mov     rax, dr6
        and     eax, DR6_STEP
        expect  rax, DR6_STEP
        ret
        end_function test_single_step

        function test_debug_registers
        xor     eax, eax
        mov     dr6, rax
        lea     rax, [rip + watched]
        mov     dr0, rax
        mov     eax, DR7_WRITE4_0
        mov     dr7, rax
        mov     ecx, [rip + watched]            # reading is allowed
        expect_trap VECTOR_DB, mov dword ptr [rip + watched], 5
        mov     rax, dr6
        and     eax, 15
        expect  rax, 1
        expect  [rip+watched], 5

        xor     eax, eax
        mov     dr6, rax
        lea     rax, [rip + watched_code]
        mov     dr0, rax
        mov     eax, DR7_EXECUTE_0
        mov     dr7, rax
        lea     rax, [rip + 1f]
        call    arm_catch
        xor     ecx, ecx
watched_code:
        mov     ecx, 1                          # the fault comes before it
1:      expect  [rip+caught_vector], VECTOR_DB
        lea     rax, [rip + watched_code]
        expect  [rip+caught_rip], rax
        expect  rcx, 0
        xor     eax, eax
        mov     dr7, rax
        ret
        end_function test_debug_registers

        function test_not_available
        mov     rax, cr0
        or      eax, CR0_TS
        mov     cr0, rax
        expect_fault VECTOR_NM, 0, fnop
        clts
        fnop
        ret
        end_function test_not_available

        function test_general_protection
        mov     ecx, 0x1f0                      # a selector behind the table's end
        expect_fault VECTOR_GP, 0x1f0, mov es, ecx
        mov     ecx, ABSENT_DATA
        expect_fault VECTOR_NP, ABSENT_DATA, mov es, ecx
        mov     rcx, NON_CANONICAL
        expect_fault VECTOR_GP, 0, mov rdx, [rcx]
        expect_fault VECTOR_GP, 0, mov [rcx], edx
        mov     ecx, KERNEL_DATA
        expect_fault VECTOR_GP, KERNEL_DATA, ltr cx
        ret
        end_function test_general_protection

        function test_stack_alignment
        save    rbp
        mov     rbp, rsp
        sub     rsp, 3
        expect_fault VECTOR_UD, 0, ud2
        expect  [rip+caught_rsp], rsp
        mov     rax, [rip + caught_frame]
        add     rax, FRAME_SS + 8
        and     eax, 15
        expect  rax, 0
        mov     rsp, rbp
        restore rbp
        ret
        end_function test_stack_alignment

        function test_interrupt_stack
        mov     edi, VECTOR_UD
        mov     esi, 1
        call    set_gate_stack
        expect_fault VECTOR_UD, 0, ud2
        lea     rax, [rip + fault_stack_top - FRAME_SS - 8]
        expect  [rip+caught_frame], rax
        mov     edi, VECTOR_UD
        xor     esi, esi
        call    set_gate_stack
        expect_fault VECTOR_UD, 0, ud2
        lea     rax, [rip + kernel_stack]       # without an entry: on the stack that was in use
        expect_order rax, [rip+caught_frame]
        lea     rax, [rip + kernel_stack_top]
        expect_order [rip+caught_frame], rax
        ret
        end_function test_interrupt_stack

# A push on a stack that is not there faults; so does pushing that fault's frame.
        function test_double_fault
        lea     rax, [rip + 1f]
        call    arm_catch
        mov     esp, 0x1000
        push    rax
1:      expect  [rip+caught_vector], VECTOR_DF
        expect  [rip+caught_error], 0
        expect  [rip+caught_rsp], 0x1000
        lea     rax, [rip + fault_stack_top - FRAME_SS - 8]
        expect  [rip+caught_frame], rax
        ret
        end_function test_double_fault

        function test_iretq
        mov     rdx, rsp
        mov     ecx, ss
        push    rcx
        push    rdx
        push    0x402 + 1                       # DF and CF
        push    KERNEL_CODE
        lea     rax, [rip + 1f]
        push    rax
        sub     rsp, 0
        iretq
        ud2
1:      pushfq
        cld
        pop     rax
        expect  rax, 0x403
        expect  rsp, rdx
        ret
        end_function test_iretq

        function test_floating_point
        mov     rax, cr4
        or      eax, 0x600                      # OSFXSR, OSXMMEXCPT
        mov     cr4, rax
        sub     rsp, 24
        .cfi_adjust_cfa_offset 24
        fninit
        fldpi
        fmul    st, st(0)
        fistp   qword ptr [rsp]                 # 9.87 rounds to 10
        expect  [rsp+0], 10
        mov     eax, 3
        cvtsi2sd xmm0, eax
        movapd  xmm9, xmm0
        divsd   xmm0, xmm9
        addsd   xmm0, xmm9
        cvttsd2si rax, xmm0
        expect  rax, 4
        mov     rax, 0x0102030405060708
        movq    xmm1, rax
        paddb   xmm1, xmm1
        movq    rax, xmm1
        expect  rax, 0x020406080a0c0e10
        add     rsp, 24
        .cfi_adjust_cfa_offset -24
        ret
        end_function test_floating_point

        variable watched, 8
