package org.retrovisor.monitor.translator;

/**
 * How to compute status flags once more that an instruction left and that will be overwritten unseen, unless an instruction before
 * that faults: the way to the interpreter computes them, and the usual way does without. It may be used several times.
 *
 * @param sources the guest registers that it needs unchanged, a bit each
 * @param auxiliaryUndefined whether AF is to be cleared
 * @param code makes the host's flags the guest's
 */
record FlagRecipe(int sources, boolean auxiliaryUndefined, Runnable code) {}
