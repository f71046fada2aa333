/** Tests of what the native comparison cannot show: faults, and repeated instructions between their iterations. */
package org.retrovisor.monitor.interpreter.integer;
