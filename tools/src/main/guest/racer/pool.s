# The pool of nodes that the bank and the timer interrupt share: a list, taken from at its head, given back at its
# tail. The kernel's one bug lives in this file.
        .include "guest.inc"
        .include "bank.inc"
        .cfi_sections .debug_frame

# Strings all nodes into the free list.
        function pool_init
        lea     rax, [rip + pool]
        mov     [rip + free_head], rax
        mov     ecx, NODES - 1
1:      lea     rdx, [rax + NODE_BYTES]
        mov     [rax + NODE_NEXT], rdx
        mov     rax, rdx
        dec     ecx
        jnz     1b
        mov     qword ptr [rax + NODE_NEXT], 0
        mov     [rip + free_tail], rax
        ret
        end_function pool_init

# Takes a node: RAX. There is always one, for the pool has far more nodes than are ever in use.
#
# THE BUG: between reading free_head and writing it back, interrupts are on. If the timer ticks in this gap, the
# interrupt handler takes the very same node, and from then on the node has two owners. give_node below shows how
# it is done; here it was forgotten. Nothing crashes now. That comes much later, and somewhere else.
        function take_node
        mov     rax, [rip + free_head]
        inc     qword ptr [rip + nodes_taken]
        lea     rdx, [rip + pool]               # is it a node at all?
        cmp     rax, rdx
        jb      1f
        lea     rdx, [rip + pool + NODES*NODE_BYTES]
        cmp     rax, rdx
        jae     1f
        test    eax, NODE_BYTES - 1
        jnz     1f
        mov     rdx, [rax + NODE_NEXT]
        mov     [rip + free_head], rdx
        ret
1:      ud2                                     # the list is broken
        end_function take_node

# give_node(node): wipes it, so that nobody reads old business out of it, and appends it to the free list.
        function give_node
        pushfq
        .cfi_adjust_cfa_offset 8
        cli                                     # the timer gives nodes back, too
        xor     eax, eax
        mov     [rdi + NODE_NEXT], rax
        mov     [rdi + ORDER_FROM], rax
        mov     [rdi + ORDER_TO], rax
        mov     [rdi + ORDER_AMOUNT], rax
        mov     rdx, [rip + free_tail]
        mov     [rdx + NODE_NEXT], rdi
        mov     [rip + free_tail], rdi
        popfq
        .cfi_adjust_cfa_offset -8
        ret
        end_function give_node

        variable pool, NODES*NODE_BYTES, 64
        variable free_head, 8
        variable free_tail, 8
        variable nodes_taken, 8
