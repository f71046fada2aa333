/**
 * The command line. Commands parse and validate, then hand over to plain code.
 */
package org.retrovisor.tools;
