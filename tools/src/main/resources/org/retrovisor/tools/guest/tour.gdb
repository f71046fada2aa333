# The tour of docs/demo-tour.md, for gdb standing at the end of a recording of racer.elf.
set pagination off
set confirm off

echo \n1. The end: the kernel panicked. Who was running?\n
backtrace
frame function execute_order
info registers r12 rbx
echo \n2. The order at RBX has a null pointer where its account should be (second word).\n
x/4gx $rbx
echo \n3. Backward to whoever wrote that null: the timer's log gave the node back.\n
watch -location *(long *)($rbx + 8)
reverse-continue
backtrace
echo \n4. Further backward: the bank writes the right pointer. So the node has two owners.\n
reverse-continue
backtrace
echo \n5. Further backward: the timer writes its tick number into the same word, just before.\n
reverse-continue
backtrace
echo \n6. What did the timer interrupt? Between reading free_head and writing it back:\n
frame function take_node
list take_node,+19
x/i $pc
print/x *(long *)&free_head
print/x $rax
echo \nThe main loop goes on with the node in RAX, which the interrupt has just taken. That is the bug.\n
