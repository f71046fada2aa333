# From the multiboot loader to kernel_main in 64-bit mode.
        .include "guest.inc"
        .cfi_sections .debug_frame

# Multiboot 1 header. Flag bit 16 gives load addresses, so that a loader which refuses 64-bit ELF takes the
# file as a flat image.
        .set    MULTIBOOT_MAGIC, 0x1badb002
        .set    MULTIBOOT_FLAGS, 0x00010000
        .section .multiboot, "ax"
        .balign 4
multiboot_header:
        .long   MULTIBOOT_MAGIC
        .long   MULTIBOOT_FLAGS
        .long   -(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)
        .long   multiboot_header                # header_addr
        .long   image_start                     # load_addr
        .long   image_end                       # load_end_addr
        .long   bss_end                         # bss_end_addr
        .long   boot                            # entry_addr

        .set    LOADER_MAGIC, 0x2badb002
        .set    CPUID_LONG_MODE, 1 << 29
        .set    CPUID_NX, 1 << 20
        .set    EFER_LME_NXE, 0x900
        .set    CR4_PAE, 0x20
        .set    CR0_PG_WP_NE, 0x80010020
        .set    LARGE_PAGES, 8                  # 16 MB are mapped

# Entered in 32-bit protected mode, paging and interrupts off.
        .text
        .code32
        .globl  boot
        .type   boot, @function
boot:
        cli
        cld
        cmp     eax, LOADER_MAGIC
        jne     boot_refused
        mov     edi, offset bss_start
        mov     ecx, offset bss_end
        sub     ecx, edi
        shr     ecx, 2
        xor     eax, eax
        rep stosd
        mov     esp, offset kernel_stack_top

        mov     eax, 0x80000001
        cpuid
        and     edx, CPUID_LONG_MODE | CPUID_NX
        cmp     edx, CPUID_LONG_MODE | CPUID_NX
        jne     boot_refused

        call    build_page_tables
        mov     eax, cr4
        or      eax, CR4_PAE
        mov     cr4, eax
        mov     eax, offset pml4
        mov     cr3, eax
        mov     ecx, MSR_EFER
        rdmsr
        or      eax, EFER_LME_NXE
        wrmsr
        mov     eax, cr0
        or      eax, CR0_PG_WP_NE
        mov     cr0, eax                        # long mode is active, in its 32-bit sub-mode

        lgdt    [gdt_pointer]
        push    KERNEL_CODE
        push    offset long_mode
        retf
        .size   boot, . - boot

# No multiboot loader, or a processor without long mode: halting with interrupts off is all that is left.
boot_refused:
        cli
        hlt
        jmp     boot_refused

# Identity map in 2 MB pages. The first one stays absent: it holds address 0, and a null pointer must fault. The
# second holds the kernel's code, the rest is data and not executable.
        .type   build_page_tables, @function
build_page_tables:
        mov     dword ptr [pml4], offset pdpt + PTE_PRESENT + PTE_WRITE
        mov     dword ptr [pdpt], offset page_directory + PTE_PRESENT + PTE_WRITE
        mov     ecx, 1
1:      mov     eax, ecx
        shl     eax, 21
        or      eax, PTE_PRESENT | PTE_WRITE | PDE_LARGE
        mov     [page_directory + ecx * 8], eax
        cmp     ecx, 1
        je      2f
        mov     dword ptr [page_directory + ecx * 8 + 4], 0x80000000    # no execute
2:      inc     ecx
        cmp     ecx, LARGE_PAGES
        jb      1b
        ret
        .size   build_page_tables, . - build_page_tables

        .code64
        .type   long_mode, @function
long_mode:
        .cfi_startproc
        .cfi_undefined rip                      # nobody called us
        mov     eax, KERNEL_DATA
        mov     ds, eax
        mov     es, eax
        mov     ss, eax
        xor     eax, eax
        mov     fs, eax
        mov     gs, eax
        lea     rsp, [rip + kernel_stack_top]
        xor     ebp, ebp
        call    console_init
        call    descriptors_init
        call    timer_init
        call    kernel_main
        call    machine_reset
        .cfi_endproc
        .size   long_mode, . - long_mode

        variable pml4, 4096, 4096
        variable pdpt, 4096, 4096
        variable page_directory, 4096, 4096
        variable kernel_stack, 16384, 16
        .globl  kernel_stack_top
        .set    kernel_stack_top, kernel_stack + 16384
