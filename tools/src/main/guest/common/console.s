# The serial console: a 16550 on COM1, polled.
        .include "guest.inc"
        .cfi_sections .debug_frame

        .set    UART_DATA, COM1
        .set    UART_INTERRUPT_ENABLE, COM1 + 1
        .set    UART_FIFO_CONTROL, COM1 + 2
        .set    UART_LINE_CONTROL, COM1 + 3
        .set    UART_MODEM_CONTROL, COM1 + 4
        .set    UART_LINE_STATUS, COM1 + 5
        .set    LINE_STATUS_THRE, 0x20          # the transmit holding register is empty

        .macro  set_port port, value
        mov     dx, \port
        mov     al, \value
        out     dx, al
        .endm

# 115200 baud, 8 data bits, no parity, 1 stop bit; FIFOs on, interrupts off.
        function console_init
        set_port UART_INTERRUPT_ENABLE, 0
        set_port UART_LINE_CONTROL, 0x80        # the next two ports are the divisor
        set_port UART_DATA, 1
        set_port UART_INTERRUPT_ENABLE, 0
        set_port UART_LINE_CONTROL, 3
        set_port UART_FIFO_CONTROL, 7
        set_port UART_MODEM_CONTROL, 3
        ret
        end_function console_init

# put_char(character)
        function put_char
        mov     dx, UART_LINE_STATUS
1:      in      al, dx
        test    al, LINE_STATUS_THRE
        jnz     2f
        pause
        jmp     1b
2:      mov     dx, UART_DATA
        mov     eax, edi
        out     dx, al
        ret
        end_function put_char

# put_string(text ending in 0); a newline goes out as CR LF.
        function put_string
        save    rbx
        mov     rbx, rdi
1:      movzx   edi, byte ptr [rbx]
        inc     rbx
        test    edi, edi
        jz      3f
        cmp     edi, '\n'
        jne     2f
        mov     edi, '\r'
        call    put_char
        mov     edi, '\n'
2:      call    put_char
        jmp     1b
3:      restore rbx
        ret
        end_function put_string

# put_hex(value): 0x and sixteen digits
        function put_hex
        save    rbx
        save    r12
        mov     rbx, rdi
        mov     r12d, 16
        print   "0x"
1:      rol     rbx, 4
        mov     eax, ebx
        and     eax, 15
        lea     rcx, [rip + digits]
        movzx   edi, byte ptr [rcx + rax]
        call    put_char
        dec     r12d
        jnz     1b
        restore r12
        restore rbx
        ret
        end_function put_hex

# put_decimal(unsigned value)
        function put_decimal
        save    rbx
        sub     rsp, 32
        .cfi_adjust_cfa_offset 32
        lea     rbx, [rsp + 31]
        mov     byte ptr [rbx], 0
        mov     rax, rdi
        mov     ecx, 10
1:      xor     edx, edx
        div     rcx
        add     dl, '0'
        dec     rbx
        mov     [rbx], dl
        test    rax, rax
        jnz     1b
        mov     rdi, rbx
        call    put_string
        add     rsp, 32
        .cfi_adjust_cfa_offset -32
        restore rbx
        ret
        end_function put_decimal

        .section .rodata
digits: .ascii  "0123456789abcdef"
