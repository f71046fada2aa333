package org.retrovisor.tools.report;

import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** One JSON object (RFC 8259), in the order in which its members were put. */
public final class JsonObject {
    private final Map<String, Object> members = new LinkedHashMap<>();

    /**
     * Adds a member.
     *
     * @param value null, a String, Boolean, Number, Enum, JsonObject, or a List or Map of these
     */
    public JsonObject put(String name, Object value) {
        if (members.put(name, value) != null) {
            throw new IllegalArgumentException("the member " + name + " is there already");
        }
        return this;
    }

    /** Prints it on one line. */
    public void printTo(PrintStream out) {
        out.println(this);
        out.flush();
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        append(text, members);
        return text.toString();
    }

    private static void append(StringBuilder text, Object value) {
        switch (value) {
            case null -> text.append("null");
            case String string -> quote(text, string);
            case Enum<?> constant -> quote(text, constant.name());
            case Double number -> text.append(finite(number));
            case Boolean _,Integer _,Long _ -> text.append(value);
            case JsonObject object -> append(text, object.members);
            case Map<?, ?> map -> appendMembers(text, map);
            case List<?> list -> appendElements(text, list);
            default -> throw new IllegalArgumentException("no JSON for " + value.getClass());
        }
    }

    private static String finite(double number) {
        if (Double.isNaN(number) || Double.isInfinite(number)) {
            return "null";
        }
        // More digits than any of our clocks has would only be noise.
        return String.format(Locale.ROOT, "%.6f", number);
    }

    private static void appendMembers(StringBuilder text, Map<?, ?> map) {
        text.append('{');
        String separator = "";
        for (Map.Entry<?, ?> member : map.entrySet()) {
            text.append(separator);
            quote(text, member.getKey().toString());
            text.append(':');
            append(text, member.getValue());
            separator = ",";
        }
        text.append('}');
    }

    private static void appendElements(StringBuilder text, List<?> list) {
        text.append('[');
        String separator = "";
        for (Object element : list) {
            text.append(separator);
            append(text, element);
            separator = ",";
        }
        text.append(']');
    }

    private static void quote(StringBuilder text, String string) {
        text.append('"');
        for (int i = 0; i < string.length(); i++) {
            char c = string.charAt(i);
            if (c == '"' || c == '\\') {
                text.append('\\').append(c);
            } else if (c < ' ' || c == 0x7F || Character.isSurrogate(c)) {
                text.append(String.format("\\u%04x", (int) c));
            } else {
                text.append(c);
            }
        }
        text.append('"');
    }
}
