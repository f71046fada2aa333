package org.retrovisor.tools.report;

import com.google.gson.JsonParser;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

class JsonObjectTest {
    @Test
    void anotherParserReadsWhatWasPut() {
        String nasty = "quote \" backslash \\ newline \n escape \u001b[2J nul \0 umlaut \u00fc bell \u0007 \ud83d\ude00";
        JsonObject object = new JsonObject().put("text", nasty)
                .put("count", Long.MIN_VALUE)
                .put("half", 0.5)
                .put("none", null)
                .put("yes", true)
                .put("inner", new JsonObject().put("list", List.of("a", 1, Map.of("k", "v"))));
        com.google.gson.JsonObject read = JsonParser.parseString(object.toString()).getAsJsonObject();
        assertEquals(nasty, read.get("text").getAsString());
        assertEquals(Long.MIN_VALUE, read.get("count").getAsLong());
        assertEquals(0.5, read.get("half").getAsDouble());
        assertEquals(true, read.get("none").isJsonNull());
        assertEquals(3, read.getAsJsonObject("inner").getAsJsonArray("list").size());
    }

    @Test
    void noNumberThatJsonLacksIsPrinted() {
        assertEquals("{\"a\":null}", new JsonObject().put("a", Double.NaN).toString());
    }

    @Test
    void aMemberIsPutOnce() {
        JsonObject object = new JsonObject().put("a", 1);
        assertThrows(IllegalArgumentException.class, () -> object.put("a", 2));
    }
}
