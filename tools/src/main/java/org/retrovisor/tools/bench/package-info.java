/**
 * The benchmarks: each measures this program from outside, in processes started anew, as a user would start them.
 */
package org.retrovisor.tools.bench;
