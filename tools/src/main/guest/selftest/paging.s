# Page faults, accessed and dirty bits, translations that must be forgotten.
        .include "guest.inc"
        .include "selftest.inc"
        .cfi_sections .debug_frame

        .set    CR0_WP, 0x10000
        .set    PAGE, 3                         # the page of the window that the tests map
        .set    ADDRESS, WINDOW+PAGE*4096

        function test_supervisor_faults
        mov     edx, ADDRESS + 0x123
        unmap   PAGE
        expect_fault VECTOR_PF, 0, mov rcx, [rdx]
        expect  [rip+caught_cr2], rdx
        expect_fault VECTOR_PF, 2, mov [rdx], rcx
        expect_fetch_fault ADDRESS+0x10, 0x10

        map     PAGE, 0, PTE_PRESENT
        mov     edx, ADDRESS + 0x123
        mov     rcx, [rdx]
        expect_fault VECTOR_PF, 3, mov [rdx], rcx
        expect  [rip+caught_cr2], rdx
        mov     rax, cr0
        btr     eax, 16
        mov     cr0, rax
        mov     dword ptr [rdx], 0x77           # without CR0.WP ring 0 may
        bts     eax, 16
        mov     cr0, rax
        expect_fault VECTOR_PF, 3, mov [rdx], rcx

        map     PAGE, 0, PTE_PRESENT+PTE_NO_EXECUTE
        expect_fetch_fault ADDRESS+0x20, 0x11
        unmap   PAGE
        mov     ecx, 8
        expect_fault VECTOR_PF, 0, mov rax, [rcx]       # the null page
        ret
        end_function test_supervisor_faults

        function test_user_faults
        map     PAGE, 0, PTE_PRESENT+PTE_WRITE
        expect_user_fault user_read, VECTOR_PF, 5
        expect  [rip+caught_cr2], ADDRESS
        expect_user_fault user_write, VECTOR_PF, 7
        expect_user_fault user_jump, VECTOR_PF, 0x15
        expect  [rip+caught_rip], ADDRESS
        map     PAGE, 0, PTE_PRESENT+PTE_USER
        expect_user_fault user_write, VECTOR_PF, 7
        unmap   PAGE
        expect_user_fault user_read, VECTOR_PF, 4
        expect_user_fault user_write, VECTOR_PF, 6
        expect_user_fault user_jump, VECTOR_PF, 0x14
        ret
        end_function test_user_faults

        .macro  expect_bits bits
        mov     rax, [rip + window_table + PAGE*8]
        and     eax, PTE_ACCESSED | PTE_DIRTY
        expect  rax, \bits
        .endm

        function test_accessed_dirty
        map     PAGE, 0, PTE_PRESENT+PTE_WRITE
        mov     edx, ADDRESS
        expect_bits 0
        mov     ecx, [rdx]
        expect_bits PTE_ACCESSED
        mov     [rdx], ecx
        expect_bits PTE_ACCESSED+PTE_DIRTY
        map     PAGE, 0, PTE_PRESENT+PTE_WRITE
        inc     dword ptr [rdx]
        expect_bits PTE_ACCESSED+PTE_DIRTY
        map     PAGE, 0, PTE_PRESENT            # a refused write leaves no trace of writing
        expect_fault VECTOR_PF, 3, mov [rdx], ecx
        mov     rax, [rip + window_table + PAGE*8]
        and     eax, PTE_DIRTY
        expect  rax, 0
        unmap   PAGE
        ret
        end_function test_accessed_dirty

        function test_translation_flush
        mov     dword ptr [rip + frames], 100
        mov     dword ptr [rip + frames + FRAME_BYTES], 101
        map     PAGE, 0, PTE_PRESENT+PTE_WRITE
        mov     edx, ADDRESS
        mov     ecx, [rdx]
        expect  rcx, 100
        map     PAGE, 1, PTE_PRESENT+PTE_WRITE  # by INVLPG
        mov     edx, ADDRESS
        mov     ecx, [rdx]
        expect  rcx, 101
        lea     rax, [rip + frames + PTE_PRESENT + PTE_WRITE]
        mov     [rip + window_table + PAGE*8], rax
        mov     rax, cr3
        mov     cr3, rax
        mov     ecx, [rdx]
        expect  rcx, 100
        mov     dword ptr [rdx], 102
        mov     ecx, [rip + frames]
        expect  rcx, 102
        unmap   PAGE
        expect_fault VECTOR_PF, 0, mov ecx, [rdx]
        ret
        end_function test_translation_flush
