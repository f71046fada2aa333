package org.retrovisor.tools.live;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.zip.CRC32C;
import org.retrovisor.monitor.processor.CpuModel;
import org.retrovisor.monitor.translator.Translator;
import org.retrovisor.monitor.translator.store.TranslationStore;
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
    private static final long NO_BUILD = 0;

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
        return new UserTranslations(folder, wanted.equals(OFF) ? NO_BUILD : build());
    }

    /** Those for a processor model. */
    public synchronized TranslationStore of(CpuModel model) {
        return build == NO_BUILD
                ? TranslationStore.NONE
                : stores.computeIfAbsent(
                        model,
                        m -> TranslationStore.open(folder.resolve(m.name().toLowerCase(Locale.ROOT) + ".bin"),
                                build));
    }

    /** Names the translator by the contents of the archive that it is in. */
    private static long build() {
        try {
            Path archive = Path.of(Translator.class.getProtectionDomain().getCodeSource().getLocation().toURI());
            if (!Files.isRegularFile(archive)) {
                return NO_BUILD;
            }
            byte[] bytes = Files.readAllBytes(archive);
            CRC32C sum = new CRC32C();
            sum.update(bytes);
            return sum.getValue() | (long) bytes.length << 32;
        } catch (IOException | URISyntaxException e) {
            return NO_BUILD;
        }
    }
}
