/**
 * The process's surroundings: standard streams, the terminal and its raw mode, signals, keys with a meaning of their own.
 * Tests put streams of their own in their place.
 */
package org.retrovisor.tools.terminal;
