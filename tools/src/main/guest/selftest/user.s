# Ring 3: the way there and back, and what is not allowed there.
        .include "guest.inc"
        .include "selftest.inc"
        .cfi_sections .debug_frame

        .set    EFER_SCE, 1
        .set    FLAG_DF, 0x400
        .set    SYSCALL_MASK, 0x700             # TF, IF, DF
        .set    USER_CODE_FRAME, 6
        .set    USER_STACK_FRAME, 7
        .set    USER_DATA_ADDRESS, WINDOW+3*4096

# enter_user(routine between user_code and user_code_end, code selector): does not return; the next exception goes on where arm_catch said.
        function enter_user
        save    rdi
        save    rsi
        call    load_user_code
        restore rsi
        restore rdi
        lea     rax, [rip + user_code]
        sub     rdi, rax
        add     rdi, USER_CODE_ADDRESS
        push    USER_DATA
        push    USER_STACK_TOP
        push    2
        push    rsi
        push    rdi
        iretq
        end_function enter_user

        function load_user_code
        map     USER_CODE_PAGE, USER_CODE_FRAME, PTE_PRESENT+PTE_USER
        map     USER_STACK_PAGE, USER_STACK_FRAME, PTE_PRESENT+PTE_USER+PTE_WRITE+PTE_NO_EXECUTE
        lea     rsi, [rip + user_code]
        lea     rdi, [rip + frames + USER_CODE_FRAME*FRAME_BYTES]
        mov     ecx, offset user_code_end - user_code
        rep movsb
        ret
        end_function load_user_code

        function test_service_interrupt
        run_user user_service, USER_CODE
        expect  [rip+caught_vector], VECTOR_SERVICE
        expect  [rip+caught_rax], 4711
        expect  [rip+caught_cs], USER_CODE
        expect  [rip+caught_ss], USER_DATA
        expect  [rip+caught_rsp], USER_STACK_TOP-8
        lea     rax, [rip + interrupt_stack_top - FRAME_SS - 8]
        expect  [rip+caught_frame], rax
        mov     eax, [rip + frames + USER_STACK_FRAME*FRAME_BYTES + FRAME_BYTES - 8]
        expect  rax, 4711
        ret
        end_function test_service_interrupt

        function test_user_privilege
        expect_user_fault user_halt, VECTOR_GP, 0
        expect_user_fault user_cli, VECTOR_GP, 0
        expect_user_fault user_in, VECTOR_GP, 0
        expect_user_fault user_control_register, VECTOR_GP, 0
        expect_user_fault user_msr, VECTOR_GP, 0
        expect_user_fault user_swapgs, VECTOR_GP, 0
        expect_user_fault user_kernel_segment, VECTOR_GP, KERNEL_DATA
        run_user user_timer_vector, USER_CODE
        expect  [rip+caught_vector], VECTOR_GP
        mov     eax, [rip + caught_error]
        and     eax, 7
        expect  rax, 2                          # an entry of the IDT
        expect_user_fault user_invalid, VECTOR_UD, 0
        run_user user_flags, USER_CODE          # POPF leaves IF and IOPL alone
        mov     rax, [rip + caught_rflags]
        and     eax, 0x3200
        expect  rax, 0
        ret
        end_function test_user_privilege

        function test_compatibility_mode
        run_user user_code_32, USER_CODE32
        expect  [rip+caught_vector], VECTOR_SERVICE
        expect  [rip+caught_cs], USER_CODE32
        expect  [rip+caught_rax], 0x12345679
        expect  [rip+caught_rsp], USER_STACK_TOP-4
        ret
        end_function test_compatibility_mode

        function test_syscall
        mov     ecx, MSR_EFER
        rdmsr
        or      eax, EFER_SCE
        wrmsr
        mov     ecx, MSR_STAR
        xor     eax, eax
        mov     edx, (USER_CODE32 << 16) + KERNEL_CODE
        wrmsr
        mov     ecx, MSR_LSTAR
        lea     rax, [rip + syscall_entry]
        xor     edx, edx
        wrmsr
        mov     ecx, MSR_SFMASK
        mov     eax, SYSCALL_MASK
        wrmsr

        run_user user_syscall, USER_CODE
        expect  [rip+caught_vector], VECTOR_SERVICE
        expect  [rip+caught_rax], 222
        expect  [rip+caught_cs], USER_CODE
        expect  [rip+caught_ss], USER_DATA
        mov     eax, offset USER_CODE_ADDRESS + user_after_syscall - user_code
        expect  [rip+syscall_rcx], rax
        expect  [rip+syscall_rax], 111
        expect  [rip+syscall_cs], KERNEL_CODE
        expect  [rip+syscall_rsp], USER_STACK_TOP
        mov     rax, [rip + syscall_r11]
        and     eax, FLAG_DF
        expect  rax, FLAG_DF
        mov     rax, [rip + syscall_rflags]
        and     eax, SYSCALL_MASK
        expect  rax, 0
        mov     rax, [rip + caught_rflags]
        and     eax, FLAG_DF
        expect  rax, FLAG_DF                    # SYSRET brought it back
        ret
        end_function test_syscall

        function syscall_entry
        mov     [rip + syscall_rcx], rcx
        mov     [rip + syscall_r11], r11
        mov     [rip + syscall_rax], rax
        mov     [rip + syscall_rsp], rsp
        mov     eax, cs
        mov     [rip + syscall_cs], rax
        lea     rsp, [rip + interrupt_stack_top]
        pushfq
        pop     [rip + syscall_rflags]
        mov     rsp, [rip + syscall_rsp]
        mov     eax, 222
        sysretq
        end_function syscall_entry

        variable syscall_rcx, 8
        variable syscall_r11, 8
        variable syscall_rax, 8
        variable syscall_rsp, 8
        variable syscall_rflags, 8
        variable syscall_cs, 8

# What runs in ring 3: copied to a page of its own, so it uses no address of the kernel's.
        .globl  user_code, user_read, user_write, user_jump
user_code:
user_read:
        mov     eax, [USER_DATA_ADDRESS]
        ud2
user_write:
        mov     edx, USER_DATA_ADDRESS
        mov     [rdx], eax
        ud2
user_jump:
        mov     edx, USER_DATA_ADDRESS
        jmp     rdx
user_service:
        mov     eax, 4711
        push    rax
        int     VECTOR_SERVICE
user_halt:
        hlt
user_cli:
        cli
user_in:
        in      al, 0x60
user_control_register:
        mov     rax, cr0
user_msr:
        mov     ecx, MSR_EFER
        rdmsr
user_swapgs:
        swapgs
user_kernel_segment:
        mov     eax, KERNEL_DATA
        mov     ss, eax
user_timer_vector:
        int     VECTOR_TIMER
user_invalid:
        ud2
user_flags:
        push    0x3202                          # IF and IOPL 3
        popfq
        int     VECTOR_SERVICE
user_syscall:
        mov     eax, 111
        std
        syscall
user_after_syscall:
        int     VECTOR_SERVICE
        .code32
user_code_32:
        mov     eax, 0x12345678
        push    eax                             # four bytes
        inc     eax                             # a REX prefix in 64-bit code
        int     VECTOR_SERVICE
        .code64
user_code_end:
