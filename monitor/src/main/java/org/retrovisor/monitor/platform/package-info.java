/**
 * The PC around the processors: clocks, interrupt controllers, timers, serial port and the rest, live.
 *
 * <p>A device knows neither its address nor the host's time; both are given to it. Devices are deterministic functions
 * of accesses, external input and the guest time they are told, and their state can be saved.
 */
package org.retrovisor.monitor.platform;
