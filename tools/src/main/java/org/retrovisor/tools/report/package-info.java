/**
 * Figures for people and for programs: numbers with units, one JSON object, a progress bar. Nothing here knows what the
 * figures are about.
 */
package org.retrovisor.tools.report;
