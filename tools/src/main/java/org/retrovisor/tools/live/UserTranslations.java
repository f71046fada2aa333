package org.retrovisor.tools.live;

import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import org.retrovisor.monitor.processor.CpuModel;
import org.retrovisor.monitor.translator.Translator;
import org.retrovisor.monitor.translator.store.TranslationStore;
import org.retrovisor.tools.Build;
import org.retrovisor.tools.guests.GuestCache;

/**
 * The user's translations of earlier runs, a file for each processor model, shared by all machines of this process.
 *
 * <p>Code that was not packed into an archive, as in tests, has no name that tells one build from another, and no store.
 */
public final class UserTranslations {
    /** The folder to use instead of the user's, or {@code off}. */
    private static final String VARIABLE = "RETROVISOR_TRANSLATIONS";

    private static final String OFF = "off";

    private final Map<CpuModel, TranslationStore> stores = new EnumMap<>(CpuModel.class);
    private final Path folder;
    private final long build;

    private UserTranslations(Path folder, long build) {
        this.folder = folder;
        this.build = build;
    }

    /** By the environment of this process. */
    public static UserTranslations ofProcess() {
        String wanted = System.getenv().getOrDefault(VARIABLE, "");
        Path folder = wanted.isEmpty() ? GuestCache.ofUser("translations") : Path.of(wanted);
        return new UserTranslations(folder, wanted.equals(OFF) ? Build.NONE : Build.of(Translator.class));
    }

    /** Those for a processor model. */
    public synchronized TranslationStore of(CpuModel model) {
        return build == Build.NONE
                ? TranslationStore.NONE
                : stores.computeIfAbsent(
                        model,
                        m -> TranslationStore.open(folder.resolve(m.name().toLowerCase(Locale.ROOT) + ".bin"),
                                build));
    }
}
