/** Time travel through recordings of the embedded guests: the timeline itself, and gdb on it. */
package org.retrovisor.tools.travel;
