package org.retrovisor.tools.guests;

import java.nio.file.Path;

/**
 * A Linux guest that is ready to boot.
 *
 * @param kernel a bzImage
 * @param initramfs a gzipped cpio archive
 * @param commandLine the kernel's command line
 */
public record LinuxGuest(Path kernel, Path initramfs, String commandLine) {}
