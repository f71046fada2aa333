/**
 * The benchmarks: each measures this program from outside, in processes started anew, as a user would start them.
 * {@code SiliconBench} alone measures no speed, but how far the processor model is from the host's processor.
 */
package org.retrovisor.tools.bench;
