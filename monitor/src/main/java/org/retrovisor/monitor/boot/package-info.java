/**
 * Puts a kernel into guest RAM and says in which state the processor starts it: the loader's part of the Linux and
 * multiboot boot protocols, with the memory map and the ACPI tables that firmware would provide.
 *
 * <p>Images come from users: every offset and size in them is checked, and what is wrong is told in one line. Nothing
 * here runs once the guest does.
 */
package org.retrovisor.monitor.boot;
