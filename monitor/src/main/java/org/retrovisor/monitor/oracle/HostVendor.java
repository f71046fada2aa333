package org.retrovisor.monitor.oracle;

/** Who made the host's processor, by leaf 0 of its own CPUID. */
public enum HostVendor {
    AMD(0x6874_7541), // "Auth" of AuthenticAMD
    INTEL(0x756E_6547), // "Genu" of GenuineIntel
    /** Some other: nothing is known of it, so nothing is left out. */
    OTHER(0);

    /** The first four letters of the name, in EBX. */
    private final int letters;

    HostVendor(int letters) {
        this.letters = letters;
    }

    /** The maker of this host's processor, which must be an x86-64 one. */
    public static HostVendor current() {
        return Current.VENDOR;
    }

    static HostVendor of(int ebx) {
        for (HostVendor vendor : values()) {
            if (vendor.letters == ebx) {
                return vendor;
            }
        }
        return OTHER;
    }

    /** Asked once, and only when somebody wants to know. */
    private static final class Current {
        static final HostVendor VENDOR = HostFeatures.of(new HostPages()).vendor();
    }
}
