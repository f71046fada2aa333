# A tour of a recording of Debian's kernel crashed by sysrq, for gdb standing at its end.
set pagination off
set confirm off
set width 0

echo \nThe end: the kernel has panicked and resets the machine.\n
backtrace 12
echo \nOne instruction back, and one more:\n
reverse-stepi
reverse-stepi
echo \nBackward to the panic:\n
tbreak panic
reverse-continue
backtrace 12
echo \nBackward to the write to /proc/sysrq-trigger that caused it:\n
tbreak write_sysrq_trigger
reverse-continue
backtrace 8
