# A bank that moves money between its accounts by standing orders, for ever: the racer's main program.
        .include "guest.inc"
        .include "bank.inc"
        .cfi_sections .debug_frame

        .set    ORDERS_PER_ROUND, 4
        .set    TRANSFERS_PER_DAY, 20000
        .set    LARGEST_AMOUNT, 97
        .set    FNV_OFFSET, 0xcbf29ce484222325
        .set    FNV_PRIME, 0x100000001b3

        function kernel_main
        print   "\nRacer: a bank with 64 accounts and 4096 standing orders; the timer ticks 1000 times a second.\n"
        call    pool_init
        call    open_accounts
        call    open_all_orders
        sti
        call    bank_day
        jmp     kernel_halt
        end_function kernel_main

# Days follow each other without end. Each round of a day executes a few orders; from the second day on, it also
# replaces one.
        function bank_day
        save    rbx
        mov     qword ptr [rip + day_ends], TRANSFERS_PER_DAY
1:      cmp     qword ptr [rip + transfers], TRANSFERS_PER_DAY
        jb      2f
        call    replace_oldest_order
2:      mov     ebx, ORDERS_PER_ROUND
3:      call    random
        and     eax, ORDERS - 1
        lea     rdx, [rip + orders]
        mov     rdi, [rdx + rax * 8]
        call    execute_order
        dec     ebx
        jnz     3b
        mov     rax, [rip + transfers]
        cmp     rax, [rip + day_ends]
        jb      1b
        add     qword ptr [rip + day_ends], TRANSFERS_PER_DAY
        call    report_day
        hlt                                     # the night: sleep to the next tick
        jmp     1b
        end_function bank_day

        function open_accounts
        lea     rdi, [rip + accounts]
        xor     ecx, ecx
1:      mov     [rdi], rcx
        mov     qword ptr [rdi + ACCOUNT_BALANCE], OPENING_BALANCE
        add     rdi, ACCOUNT_BYTES
        inc     ecx
        cmp     ecx, ACCOUNTS
        jb      1b
        ret
        end_function open_accounts

        function open_all_orders
        save    rbx
        xor     ebx, ebx
1:      call    open_order
        lea     rdx, [rip + orders]
        mov     [rdx + rbx * 8], rax
        inc     ebx
        cmp     ebx, ORDERS
        jb      1b
        restore rbx
        ret
        end_function open_all_orders

# The table of orders is a ring: its oldest order is executed a last time and closed, a new one takes its place.
        function replace_oldest_order
        save    rbx
        mov     ebx, [rip + oldest_order]
        and     ebx, ORDERS - 1
        lea     rdx, [rip + orders]
        mov     rdi, [rdx + rbx * 8]
        call    close_order
        call    open_order
        lea     rdx, [rip + orders]
        mov     [rdx + rbx * 8], rax
        inc     dword ptr [rip + oldest_order]
        restore rbx
        ret
        end_function replace_oldest_order

# Returns a new order between two different accounts chosen at random.
        function open_order
        save    rbx
        save    r12
        save    r13
        call    random
        mov     r12d, eax
        and     r12d, ACCOUNTS - 1              # from
        shr     rax, 32
        xor     edx, edx
        mov     ecx, ACCOUNTS - 1
        div     ecx
        lea     r13d, [r12 + rdx + 1]
        and     r13d, ACCOUNTS - 1              # to
        call    random
        xor     edx, edx
        mov     ecx, LARGEST_AMOUNT
        div     rcx
        lea     rbx, [rdx + 1]                  # amount
        mov     edi, r12d
        call    find_account
        mov     r12, rax
        mov     edi, r13d
        call    find_account
        mov     r13, rax

        call    take_node
        mov     [rax + ORDER_FROM], r12
        mov     [rax + ORDER_TO], r13
        mov     [rax + ORDER_AMOUNT], rbx
        restore r13
        restore r12
        restore rbx
        ret
        end_function open_order

# close_order(order)
        function close_order
        save    rbx
        mov     rbx, rdi
        call    execute_order
        mov     rdi, rbx
        call    give_node
        restore rbx
        ret
        end_function close_order

# execute_order(order): moves the amount if the account covers it, and seals both accounts anew.
        function execute_order
        save    rbx
        save    r12
        save    r13
        mov     rbx, rdi
        mov     r12, [rbx + ORDER_FROM]
        mov     r13, [rbx + ORDER_TO]
        mov     rsi, [rbx + ORDER_AMOUNT]
        cmp     [r12 + ACCOUNT_BALANCE], rsi
        jl      1f
        sub     [r12 + ACCOUNT_BALANCE], rsi
        add     [r13 + ACCOUNT_BALANCE], rsi
        mov     rdi, r12
        call    enter_in_history
        mov     rdi, r13
        call    enter_in_history
        inc     qword ptr [rip + transfers]
        jmp     2f
1:      inc     qword ptr [rip + refused]
2:      restore r13
        restore r12
        restore rbx
        ret
        end_function execute_order

# enter_in_history(account, amount)
        function enter_in_history
        mov     rax, [rdi + ACCOUNT_TRANSFERS]
        inc     qword ptr [rdi + ACCOUNT_TRANSFERS]
        xor     edx, edx
        mov     ecx, HISTORY_ENTRIES
        div     rcx
        mov     [rdi + rdx * 8 + ACCOUNT_HISTORY], rsi
        lea     ecx, [rdx * 8 + 8]              # bytes up to and with the new entry
        jmp     seal_account
        end_function enter_in_history

# seal_account(account, ECX = bytes of history): FNV-1a over the history, byte by byte. This is the bank's real work.
        function seal_account
        mov     rax, FNV_OFFSET
        mov     r8, FNV_PRIME
        lea     r9, [rdi + ACCOUNT_HISTORY]
        add     rcx, r9
1:      movzx   edx, byte ptr [r9]
        xor     rax, rdx
        imul    rax, r8
        inc     r9
        cmp     r9, rcx
        jb      1b
        mov     [rdi + ACCOUNT_SEAL], rax
        ret
        end_function seal_account

# find_account(number)
        function find_account
        mov     eax, edi
        imul    rax, rax, ACCOUNT_BYTES
        lea     rdx, [rip + accounts]
        add     rax, rdx
        ret
        end_function find_account

# Returns 64 pseudo-random bits (xorshift).
        function random
        mov     rax, [rip + random_state]
        mov     rdx, rax
        shl     rdx, 13
        xor     rax, rdx
        mov     rdx, rax
        shr     rdx, 7
        xor     rax, rdx
        mov     rdx, rax
        shl     rdx, 17
        xor     rax, rdx
        mov     [rip + random_state], rax
        ret
        end_function random

# Prints the day's figures. The sum of all balances never changes.
        function report_day
        print   "transfers "
        mov     rdi, [rip + transfers]
        call    put_decimal
        print   "  refused "
        mov     rdi, [rip + refused]
        call    put_decimal
        print   "  ticks "
        mov     rdi, [rip + ticks]
        call    put_decimal
        print   "  timestamp "
        call    read_timestamp
        mov     rdi, rax
        call    put_decimal
        print   "  money "
        call    sum_of_balances
        mov     rdi, rax
        call    put_decimal
        print   "\n"
        ret
        end_function report_day

        function sum_of_balances
        lea     rdx, [rip + accounts]
        mov     ecx, ACCOUNTS
        xor     eax, eax
1:      add     rax, [rdx + ACCOUNT_BALANCE]
        add     rdx, ACCOUNT_BYTES
        dec     ecx
        jnz     1b
        ret
        end_function sum_of_balances

# Every exception is the end of this kernel.
        function handle_exception
        jmp     panic
        end_function handle_exception

        function panic_details
        jmp     print_tick_log
        end_function panic_details

        function kernel_halt
        cli
        hlt
        jmp     kernel_halt
        end_function kernel_halt

        .data
        .balign 8
        .globl  random_state
        .type   random_state, @object
        .size   random_state, 8
random_state:
        .quad   0x9e3779b97f4a7c15

        variable accounts, ACCOUNTS*ACCOUNT_BYTES, 64
        variable orders, ORDERS*8, 64
        variable oldest_order, 4
        variable transfers, 8
        variable refused, 8
        variable day_ends, 8
