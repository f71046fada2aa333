package org.retrovisor.monitor.platform;

/** An interrupt line that a test looks at. */
final class Wire implements InterruptLine {
    boolean high;
    int rises;

    @Override
    public void level(boolean asserted) {
        rises += asserted && !high ? 1 : 0;
        high = asserted;
    }
}
