/** Runs the same tests on each engine. */
package org.retrovisor.monitor.engines;
