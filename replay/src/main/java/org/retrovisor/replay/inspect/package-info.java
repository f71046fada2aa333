/**
 * Looking at a guest that stands still: registers by name, memory by virtual and physical address, the walk of the paging
 * structures. Nothing here changes the guest or moves it, and nothing knows of a trace or a debugger's protocol.
 */
package org.retrovisor.replay.inspect;
