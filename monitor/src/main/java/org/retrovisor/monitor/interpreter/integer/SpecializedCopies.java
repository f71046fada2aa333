package org.retrovisor.monitor.interpreter.integer;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A step of the build: writes a copy of each template for each of its operations beside the compiled template.
 *
 * <p>A copy is the template's class file with another class name in its constant pool (JVM Specification 4.4).
 */
public final class SpecializedCopies {
    private static final Map<Class<?>, List<String>> WANTED = Map.of(
            OperationForms.class, IntegerInstructions.written(),
            ComparisonForms.class, IntegerInstructions.compared(),
            ConditionForms.class, Arrays.stream(Condition.values()).map(Condition::name).toList());

    /** Magic number and version. */
    private static final int HEADER_BYTES = 8;
    private static final int CONSTANT_UTF8 = 1;
    /** Bytes behind the tag of a constant, by tag; 0 for tags that are not used. */
    private static final int[] CONSTANT_BYTES = {0, 0, 0, 4, 4, 8, 8, 2, 2, 4, 4, 4, 4, 0, 0, 3, 2, 4, 4, 2, 2};
    /** Constants of eight bytes take two places. */
    private static final int TWO_PLACES = 8;

    private SpecializedCopies() {}

    /** Writes all copies; the argument is the folder of the compiled classes. */
    public static void main(String[] arguments) throws IOException {
        for (Map.Entry<Class<?>, List<String>> template : WANTED.entrySet()) {
            for (String operation : template.getValue()) {
                write(Path.of(arguments[0]), template.getKey().getName().replace('.', '/'), operation);
            }
        }
    }

    private static void write(Path classes, String template, String operation) throws IOException {
        String copy = template + Specialized.MARK + operation;
        Files.write(classes.resolve(copy + ".class"),
                renamed(Files.readAllBytes(classes.resolve(template + ".class")), template, copy));
    }

    private static byte[] renamed(byte[] template, String from, String to) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(template));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.write(in.readNBytes(HEADER_BYTES));
        int count = in.readUnsignedShort();
        out.writeShort(count);
        int place = 1;
        while (place < count) {
            int tag = in.readUnsignedByte();
            out.writeByte(tag);
            if (tag == CONSTANT_UTF8) {
                out.writeUTF(renamed(in.readUTF(), from, to));
            } else {
                out.write(in.readNBytes(CONSTANT_BYTES[tag]));
            }
            place += CONSTANT_BYTES[tag] == TWO_PLACES ? 2 : 1;
        }
        out.write(in.readAllBytes());
        return bytes.toByteArray();
    }

    /** A name or a descriptor. */
    private static String renamed(String text, String from, String to) {
        return text.equals(from) ? to : text.replace("L" + from + ";", "L" + to + ";");
    }
}
