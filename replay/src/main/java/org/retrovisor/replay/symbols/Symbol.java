package org.retrovisor.replay.symbols;

/**
 * A name of the kernel.
 *
 * @param address where it is now; small numbers are offsets into the per-processor area
 * @param type the letter that {@code nm} and {@code /proc/kallsyms} use: upper case for global symbols
 */
public record Symbol(long address, char type, String name) {
    /** Whether it names code. */
    public boolean isCode() {
        return type == 't' || type == 'T' || type == 'w' || type == 'W';
    }

    /** Whether it is visible outside its source file. */
    public boolean isGlobal() {
        return Character.isUpperCase(type) || isWeak();
    }

    /** Whether another definition would override it. */
    public boolean isWeak() {
        return "wWvV".indexOf(type) >= 0;
    }
}
