/**
 * The translator against the interpreter: twin guests in equal states, run side by side. Comparisons with the host
 * processor are in the {@code oracle} package.
 */
package org.retrovisor.monitor.translator;
