/**
 * The instruction set as data: one row per encoding, and the decoder that reads the rows.
 *
 * <p>Rows live in text tables (resources {@code *.tbl} of this package) in the manuals' own notation. Nothing here knows
 * what an instruction does to a processor, except through the {@link org.retrovisor.monitor.isa.Semantics} that an
 * engine binds to a row. Decoding never touches guest state.
 */
package org.retrovisor.monitor.isa;
