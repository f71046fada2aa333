/**
 * Translations that outlive the process: host code of guest blocks in a file, found again by linear address and by the very
 * bytes that it was made of. Knows the file and what is in it; nothing here executes, decodes or translates.
 */
package org.retrovisor.monitor.translator.store;
