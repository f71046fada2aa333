package org.retrovisor.monitor.processor;

import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.retrovisor.monitor.isa.Feature;

/** The processor models that a machine can have. A new answer of CPUID is a new model: traces name theirs. */
public enum CpuModel {
    /** x86-64-v2: SSE4.2, POPCNT, CMPXCHG16B; the default. */
    V2("v2", "retrovisor-v2", EnumSet.noneOf(Feature.class)),
    /** x86-64-v3: AVX2, FMA, BMI, F16C, LZCNT; AES, PCLMULQDQ and SHA as well. */
    V3("v3", "retrovisor-v3", EnumSet.allOf(Feature.class));

    private final String option;
    private final String traceName;
    private final Set<Feature> features;

    CpuModel(String option, String traceName, Set<Feature> features) {
        this.option = option;
        this.traceName = traceName;
        this.features = Collections.unmodifiableSet(features);
    }

    /** The name on the command line. */
    public String option() {
        return option;
    }

    /** The name in traces. */
    public String traceName() {
        return traceName;
    }

    /** What it has beyond x86-64-v2. */
    public Set<Feature> features() {
        return features;
    }

    public boolean has(Feature feature) {
        return features.contains(feature);
    }

    /** The model that a trace names. */
    public static Optional<CpuModel> ofTrace(String name) {
        return Arrays.stream(values()).filter(model -> model.traceName.equals(name)).findFirst();
    }

    /** The components of XCR0 that the model has: x87, SSE and, with AVX, the upper halves. */
    public long stateComponents() {
        return has(Feature.AVX) ? 7 : 3;
    }
}
