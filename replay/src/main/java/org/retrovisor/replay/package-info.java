/**
 * Re-executes a trace. No device, disk, network or clock is used here.
 */
package org.retrovisor.replay;
