package org.retrovisor.trace;

import com.google.protobuf.ByteString;
import java.util.regex.Pattern;
import org.retrovisor.trace.proto.ClockMode;
import org.retrovisor.trace.proto.End;
import org.retrovisor.trace.proto.EndReason;
import org.retrovisor.trace.proto.GuestImage;
import org.retrovisor.trace.proto.MachineConfiguration;
import org.retrovisor.trace.proto.Manifest;
import org.retrovisor.trace.proto.RecordingState;
import org.retrovisor.trace.proto.StoredFile;

/** Enforces what the comments of {@code manifest.proto} say, when a manifest is written and when it is read. */
public final class ManifestValidator {

    /** The format that this version writes, and the greatest that it reads. */
    public static final int FORMAT = 2;
    /** The first format whose final digest is over check sums of pages. */
    public static final int DIGEST_OVER_SUMS = 2;

    static final int MAX_PROCESSORS = 255;

    private static final long MIN_MEMORY = 1L << 20;
    private static final long MAX_MEMORY = 1L << 40;
    private static final int MAX_IMAGES = 64;
    private static final int SHA256_BYTES = 32;
    private static final Pattern FILE_NAME = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}");

    private ManifestValidator() {}

    /**
     * Checks every rule.
     *
     * @throws TraceException naming the first that does not hold
     */
    public static void validate(Manifest manifest) {
        checkVersion(manifest);
        require(!manifest.getRetrovisorVersion().isEmpty(), "the version that recorded it is missing");
        require(manifest.getCreatedMillis() >= 0, "its date is negative");
        RecordingState state = manifest.getState();
        require(state == RecordingState.RECORDING || state == RecordingState.COMPLETE, "its state is unknown");
        require(manifest.hasMachine(), "the machine is missing");
        checkMachine(manifest.getMachine());
        require(manifest.getImagesCount() <= MAX_IMAGES, "it names too many guest images");
        manifest.getImagesList().forEach(ManifestValidator::checkImage);
        boolean complete = state == RecordingState.COMPLETE;
        require(manifest.hasInitialState() || !complete, "the initial state is missing");
        if (manifest.hasInitialState()) {
            checkFile(manifest.getInitialState());
        }
        require(manifest.hasEnd() == complete, "its end contradicts its state");
        if (complete) {
            checkEnd(manifest.getEnd());
        }
    }

    private static void checkVersion(Manifest manifest) {
        int format = manifest.getFormatVersion();
        if (Integer.compareUnsigned(format, FORMAT) > 0) {
            throw new TraceException(TraceException.Reason.UNKNOWN_VERSION, "the trace has format "
                    + Integer.toUnsignedString(format) + ", and this version reads up to " + FORMAT
                    + "; use a newer retrovisor");
        }
        require(format >= 1, "its format is missing");
    }

    private static void checkMachine(MachineConfiguration machine) {
        require(isMemorySize(machine.getMemoryBytes()), "the memory has an impossible size");
        require(machine.getProcessors() >= 1 && machine.getProcessors() <= MAX_PROCESSORS,
                "the number of processors is impossible");
        require(!machine.getProcessorModel().isEmpty(), "the processor model is missing");
        require(machine.getClock() == ClockMode.CLOCK_HOST || machine.getClock() == ClockMode.CLOCK_STEPS,
                "the clock mode is unknown");
    }

    private static void checkImage(GuestImage image) {
        require(!image.getRole().isEmpty(), "a guest image has no role");
        require(image.getSizeBytes() >= 0, "the size of a guest image is impossible");
        checkDigest(image.getSha256());
    }

    private static void checkFile(StoredFile file) {
        require(isFileName(file.getName()), "the name of a file is not allowed");
        require(file.getSizeBytes() >= 0, "the size of a file is impossible");
        checkDigest(file.getSha256());
    }

    private static void checkEnd(End end) {
        EndReason reason = end.getReason();
        require(reason != EndReason.END_REASON_UNSPECIFIED && reason != EndReason.UNRECOGNIZED,
                "the reason of its end is unknown");
        require(end.getMoment() >= 0 && end.getConsoleBytes() >= 0 && end.getWallMillis() >= 0,
                "a number about its end is impossible");
        require(end.getEventCount() >= 1, "it claims to have no events");
        int digest = end.getFinalDigest().size();
        require(digest == 0 || digest == SHA256_BYTES, "the final digest has an impossible length");
    }

    private static void checkDigest(ByteString sha256) {
        require(sha256.size() == SHA256_BYTES, "a digest has an impossible length");
    }

    static boolean isMemorySize(long bytes) {
        return bytes >= MIN_MEMORY && bytes <= MAX_MEMORY && bytes % StateLayout.PAGE == 0;
    }

    static boolean isFileName(String name) {
        return FILE_NAME.matcher(name).matches();
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw TraceException.corrupt("the manifest of the trace is corrupt: %s", otherwise);
        }
    }
}
