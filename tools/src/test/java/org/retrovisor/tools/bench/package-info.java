/** The benchmarks: what they make of what they measured. */
package org.retrovisor.tools.bench;
