/**
 * The command line: options and their checks, help, exit codes, and the words around the figures. A command hands over to
 * {@link org.retrovisor.tools.task} as soon as it knows what is wanted.
 */
package org.retrovisor.tools.cli;
