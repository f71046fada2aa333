/**
 * What the commands do: plain code that takes what was parsed and validated, works on given streams, and returns figures or
 * throws. Nothing here reads the command line or ends the process.
 */
package org.retrovisor.tools.task;
