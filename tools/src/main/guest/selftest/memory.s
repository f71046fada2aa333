# String instructions, accesses across pages, segment bases, and code that changes.
        .include "guest.inc"
        .include "selftest.inc"
        .cfi_sections .debug_frame

        .set    WRITABLE, PTE_PRESENT+PTE_WRITE
        .set    SOURCE, WINDOW+0x10000          # pages 16 and 17
        .set    TARGET, WINDOW+0x14000          # pages 20 and 21
        .set    BOUNDARY, 0x1000
        .set    CODE_A, WINDOW+0x18000          # pages 24 and 25
        .set    CODE_B, WINDOW+0x1c000          # pages 28 and 29

# Two areas of two pages, whose frames do not follow each other.
        function map_areas
        map     16, 0, WRITABLE
        map     17, 2, WRITABLE
        map     20, 3, WRITABLE
        map     21, 1, WRITABLE
        mov     edi, SOURCE
        mov     ecx, 2*FRAME_BYTES
        xor     eax, eax
1:      imul    eax, eax, 13                    # fills the source with a pattern
        add     eax, 7
        stosb
        loop    1b
        mov     edi, TARGET
        mov     ecx, FRAME_BYTES/4
        xor     eax, eax
        rep stosq
        ret
        end_function map_areas

        function test_strings
        call    map_areas
        mov     esi, SOURCE + BOUNDARY - 77
        mov     edi, TARGET + BOUNDARY - 50
        mov     ecx, 133
        rep movsb
        expect  rcx, 0
        mov     esi, SOURCE + BOUNDARY - 77
        mov     edi, TARGET + BOUNDARY - 50
        mov     ecx, 134
        repe cmpsb                              # the byte behind differs
        movzx   eax, byte ptr [rsi - 1]
        movzx   edx, byte ptr [rdi - 1]
        expect  rcx, 0
        expect_order 1, rax
        expect  rdx, 0

        mov     esi, SOURCE + BOUNDARY - 13     # quadwords that lie across the boundary
        mov     edi, TARGET + BOUNDARY - 21
        mov     ecx, 6
        rep movsq
        mov     rax, [SOURCE + BOUNDARY - 5]
        expect  [TARGET+BOUNDARY-13], rax

        mov     edi, TARGET + BOUNDARY - 6
        mov     eax, 0xaabbccdd
        mov     ecx, 3
        rep stosd
        mov     rax, 0xaabbccddaabbccdd
        expect  [TARGET+BOUNDARY-6], rax
        mov     edi, TARGET + BOUNDARY - 6
        mov     al, 0xbb
        mov     ecx, 100
        repne scasb
        mov     eax, edi
        expect  rcx, 97
        expect  rax, TARGET+BOUNDARY-3

        std                                     # downward
        mov     esi, SOURCE + BOUNDARY + 20
        mov     edi, TARGET + BOUNDARY + 300
        mov     ecx, 400
        rep movsb
        cld
        mov     eax, edi
        expect  rax, TARGET+BOUNDARY-100
        mov     rax, [SOURCE + BOUNDARY - 283]
        expect  [TARGET+BOUNDARY-3], rax

        mov     byte ptr [SOURCE], 0x5a         # overlapping: one byte spreads over all
        mov     esi, SOURCE
        mov     edi, SOURCE + 1
        mov     ecx, 4500
        rep movsb
        mov     rax, 0x5a5a5a5a5a5a5a5a
        expect  [SOURCE+4490], rax
        mov     esi, SOURCE
        lodsd
        expect  rax, 0x5a5a5a5a
        ret
        end_function test_strings

# Faults at the iteration that crosses, with the registers of that iteration; then goes on.
        function test_string_fault
        call    map_areas
        unmap   21
        mov     esi, SOURCE + 100
        mov     edi, TARGET + BOUNDARY - 40
        mov     ecx, 100
        mov     rdx, rdi
        expect_fault VECTOR_PF, 2, rep movsb
        expect  [rip+caught_cr2], TARGET+BOUNDARY
        expect  [rip+caught_rcx], 60
        expect  [rip+caught_rsi], SOURCE+140
        expect  [rip+caught_rdi], TARGET+BOUNDARY
        map     21, 1, WRITABLE
        mov     rcx, [rip + caught_rcx]
        mov     rsi, [rip + caught_rsi]
        mov     rdi, [rip + caught_rdi]
        rep movsb
        mov     esi, SOURCE + 100
        mov     edi, TARGET + BOUNDARY - 40
        mov     ecx, 100
        repe cmpsb
        setz    al
        movzx   eax, al
        expect  rax, 1
        ret
        end_function test_string_fault

        function test_split_access
        call    map_areas
        mov     edx, SOURCE + BOUNDARY - 3
        mov     rax, 0x1122334455667788
        mov     [rdx], rax
        expect  [rdx+0], rax
        movzx   eax, byte ptr [rip + frames + FRAME_BYTES - 1]
        expect  rax, 0x66
        movzx   eax, byte ptr [rip + frames + 2*FRAME_BYTES]
        expect  rax, 0x55
        lock inc qword ptr [rdx]
        mov     rax, 0x1122334455667789
        expect  [rdx+0], rax
        unmap   17
        expect_fault VECTOR_PF, 2, mov [rdx], rcx
        expect  [rip+caught_cr2], SOURCE+BOUNDARY
        movzx   eax, byte ptr [rip + frames + FRAME_BYTES - 1]
        expect  rax, 0x66                       # the half that could be written was not
        expect_fault VECTOR_PF, 0, mov rcx, [rdx]
        ret
        end_function test_split_access

        function test_swapgs
        mov     ecx, MSR_GS_BASE
        lea     rax, [rip + base_one]
        xor     edx, edx
        wrmsr
        mov     ecx, MSR_KERNEL_GS_BASE
        lea     rax, [rip + base_two]
        wrmsr
        mov     rax, gs:[0]
        expect  rax, 1
        swapgs
        mov     rax, gs:[0]
        expect  rax, 2
        mov     ecx, MSR_KERNEL_GS_BASE
        rdmsr
        lea     rcx, [rip + base_one]
        expect  rax, rcx
        swapgs
        mov     rax, gs:[0]
        expect  rax, 1
        mov     ecx, MSR_GS_BASE
        xor     eax, eax
        wrmsr
        ret
        end_function test_swapgs

        .section .rodata
        .balign 8
base_one:
        .quad   1
base_two:
        .quad   2
        .text

# mov eax, imm32; ret
        .set    OPCODE_MOV_EAX, 0xb8
        .set    OPCODE_RET, 0xc3

# write_function(address, value): a function there that returns the value
        function write_function
        mov     byte ptr [rdi], OPCODE_MOV_EAX
        mov     [rdi + 1], esi
        mov     byte ptr [rdi + 5], OPCODE_RET
        ret
        end_function write_function

        .macro  expect_call address, value
        mov     edx, \address
        call    rdx
        expect  rax, \value
        .endm

        function test_self_modifying
        save    rbx
        map     24, 4, WRITABLE
        map     25, 5, WRITABLE
        mov     ebx, 200
1:      mov     edi, CODE_A
        mov     esi, ebx
        call    write_function
        expect_call CODE_A, rbx
        dec     ebx
        jnz     1b

        mov     edi, CODE_A + BOUNDARY - 3      # across two pages; then only the second half changes
        mov     esi, 0x11223344
        call    write_function
        expect_call CODE_A+BOUNDARY-3, 0x11223344
        mov     byte ptr [CODE_A + BOUNDARY + 1], 0x99
        expect_call CODE_A+BOUNDARY-3, 0x99223344

        mov     edi, CODE_A + 1                 # by a string instruction
        mov     al, 0x22
        mov     ecx, 4
        call    write_again
        expect_call CODE_A, 0x22222222

        mov     ebx, 50
2:      mov     edi, ebx
        call    change_next_instruction
        expect  rax, rbx
        dec     ebx
        jnz     2b
        restore rbx
        ret
        end_function test_self_modifying

        function write_again
        save    rdi
        mov     edi, CODE_A
        mov     esi, 5
        call    write_function
        restore rdi
        mov     al, 0x22
        rep stosb
        ret
        end_function write_again

# change_next_instruction(byte): returns it, from an instruction written just before it runs
        function change_next_instruction
        xor     eax, eax
        mov     [rip + 1f + 1], dil
1:      mov     al, 0
        ret
        end_function change_next_instruction

        function test_alias
        map     24, 4, WRITABLE
        map     28, 4, WRITABLE
        mov     edi, CODE_A
        mov     esi, 1001
        call    write_function
        expect_call CODE_A, 1001
        expect_call CODE_B, 1001
        mov     edi, CODE_B                     # written through one address, run through both
        mov     esi, 1002
        call    write_function
        expect_call CODE_A, 1002
        expect_call CODE_B, 1002
        lea     rdi, [rip + frames + 4*FRAME_BYTES]
        mov     esi, 1003
        call    write_function
        expect_call CODE_B, 1003
        expect_call CODE_A, 1003
        mov     rax, 0xc3fffffff9058d48         # lea rax, [rip - 7]; ret: where am I?
        mov     [CODE_A], rax
        expect_call CODE_A, CODE_A
        expect_call CODE_B, CODE_B
        unmap   28
        map     28, 5, WRITABLE                 # the same address, another frame
        mov     edi, CODE_B
        mov     esi, 1004
        call    write_function
        expect_call CODE_B, 1004
        expect_call CODE_A, CODE_A
        ret
        end_function test_alias
