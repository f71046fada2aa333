package org.retrovisor.replay.symbols;

import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.retrovisor.replay.symbols.StackDepths.Depth;

import static org.junit.jupiter.api.Assertions.assertEquals;

class StackDepthsTest {
    private static TreeMap<Integer, Depth> of(String... instructions) {
        return StackDepths.of(HexFormat.of().parseHex(String.join("", instructions)));
    }

    @Test
    void pushesAndSubtractionsDeepenTheStack() {
        // push %rbp; push %rbx; sub $0x20,%rsp; pushf; pop %rax; lea 0x20(%rsp),%rsp; pop %rbx; pop %rbp; ret
        Map<Integer, Depth> depths = of("55", "53", "4883ec20", "9c", "58", "488d642420", "5b", "5d", "c3");
        assertEquals(new Depth(8, 0), depths.get(0));
        assertEquals(new Depth(16, 16), depths.get(1));
        assertEquals(new Depth(24, 16), depths.get(2));
        assertEquals(new Depth(56, 16), depths.get(6));
        assertEquals(new Depth(64, 16), depths.get(7));
        assertEquals(new Depth(56, 16), depths.get(8));
        assertEquals(new Depth(24, 16), depths.get(13));
        assertEquals(new Depth(16, 16), depths.get(14));
        assertEquals(new Depth(8, 0), depths.get(15));
    }

    @Test
    void bothWaysOfAJumpAreFollowedAndWhatIsBehindAReturnIsReachedByJumpsOnly() {
        // push %rbx; je +2; pop %rbx; ret; sub $8,%rsp; jmp -7 (to the pop)
        Map<Integer, Depth> depths = of("53", "7402", "5b", "c3", "4883ec08", "ebf8");
        assertEquals(new Depth(16, 0), depths.get(3));
        assertEquals(new Depth(16, 0), depths.get(5));
        assertEquals(new Depth(24, 0), depths.get(9));
        assertEquals(Depth.UNKNOWN, depths.get(11), "behind the jump");
    }

    @Test
    void behindAWarningItGoesOnUnlessAnotherWayLeadsThere() {
        // push %rbx; je +2; ud2; pop %rbx; ret
        assertEquals(new Depth(16, 0), of("53", "7402", "0f0b", "5b", "c3").get(5));
        // push %rbx; ud2; pop %rbx; ret
        assertEquals(new Depth(8, 0), of("53", "0f0b", "5b", "c3").get(4));
    }

    @Test
    void anotherStackIsNotFollowed() {
        assertEquals(Depth.UNKNOWN, of("53", "4889c4", "5b", "c3").get(4)); // mov %rax,%rsp
        assertEquals(Depth.UNKNOWN, of("53", "4883e4f0", "5b", "c3").get(5)); // and $-16,%rsp
        assertEquals(Depth.UNKNOWN, of("53", "c9", "c3").get(2)); // leave
        assertEquals(Depth.UNKNOWN, of("53", "4894", "c3").get(3)); // xchg %rax,%rsp
    }

    @Test
    void comparingOrStoringTheStackPointerIsNoMove() {
        // cmp %rax,%rsp; mov %rsp,%rax; mov %rax,(%rsp); call; ret
        Map<Integer, Depth> depths = of("4839c4", "4889e0", "48890424", "e800000000", "c3");
        assertEquals(new Depth(8, 0), depths.get(15));
    }

    @Test
    void damagedCodeEndsTheWay() {
        assertEquals(new Depth(8, 0), of("e9ffffff").get(0));
        assertEquals(1, of("0f").size());
        assertEquals(new Depth(16, 0), of("53", "70ff", "eb80").get(1));
    }
}
