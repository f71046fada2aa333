package org.retrovisor.monitor.translator;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.retrovisor.monitor.DebugStops;
import org.retrovisor.monitor.Engine;
import org.retrovisor.monitor.Machine;
import org.retrovisor.monitor.interpreter.Block;
import org.retrovisor.monitor.interpreter.Interpreter;
import org.retrovisor.monitor.interpreter.KnownBlocks;
import org.retrovisor.monitor.isa.Instruction;
import org.retrovisor.monitor.memory.GuestMemory;
import org.retrovisor.monitor.memory.HostMemory;
import org.retrovisor.monitor.processor.Control;
import org.retrovisor.monitor.processor.GuestFault;
import org.retrovisor.monitor.processor.ModelChange;
import org.retrovisor.monitor.processor.Processor;
import org.retrovisor.monitor.translator.StateBlock.Leaving;
import org.retrovisor.monitor.translator.Statistics.Cause;
import org.retrovisor.monitor.translator.store.FoundBlock;
import org.retrovisor.monitor.translator.store.StoredBlock;
import org.retrovisor.monitor.translator.store.TranslationStore;

/**
 * The fast engine: executes hot blocks as host code and everything else in the interpreter.
 *
 * <p>Blocks with a debugger's stop at an instruction are not translated, so everything else runs as fast as without.
 *
 * <p>Generated code returns with RIP, registers, flags and the count of moments exact. What it cannot do, a TLB miss, a
 * device, a privileged instruction, is done by the interpreter from just that instruction to the end of its block.
 */
public final class Translator implements Engine {
    /** How often a block is interpreted before it is translated. */
    private static final int USUAL_WARMTH = 24;
    /** The same when the translation will be of use to later runs, too. */
    private static final int WARMTH_FOR_STORE = 4;
    /** Moments per call: generated code cannot be interrupted, and the JVM waits for it at safepoints. */
    private static final long LONGEST_CALL = 1_000_000;
    /** Dead translations of one block that are kept in mind. */
    private static final int MOST_REPLACED = 16;

    private static final Deque<Translation> NOTHING = new ArrayDeque<>();

    private final Machine machine;
    private final Interpreter interpreter;
    private final CodeCache cache;
    private final BlockTranslator blocks;
    private final StateBlock state;
    private final JumpTables jumps;
    private final VectorPolicy vectors = new VectorPolicy();
    private final Map<Target, Translation> translations = new HashMap<>();
    /** Jumps that wait for a translation of their target: positions of their distances, by target. */
    private final Map<Target, List<Long>> waiting = new HashMap<>();
    /** Those of instructions that cross into another page, which nobody jumps to directly. */
    private final List<Translation> crossing = new ArrayList<>();

    /** Dead code that jumps may still go to, by where it was for: it sends them on to what replaces it. */
    private final Map<Target, Deque<Translation>> replaced = new HashMap<>();

    /** Java's own methods of a record are linked at run time, which takes a while. */
    private record Target(long rip, int frame) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Target target && target.rip == rip && target.frame == frame;
        }

        @Override
        public int hashCode() {
            return Long.hashCode(rip * 31 + frame);
        }
    }

    private final int warmth;
    private final TranslationStore store;
    private final Statistics statistics = new Statistics();
    /** Moments of the call under way that the machine knows of. */
    private long settled;
    /** The {@link DebugStops#changes} that translations were cut for. */
    private int stopChanges;
    /** The moment at which {@link #repeatsAnew} was true last. */
    private long repeatedAt = -1;
    /** Why {@link #find} found nothing. */
    private Cause cause;

    /** A translator for a machine with one processor or more, with this much memory for code. */
    public Translator(Machine machine, long codeBytes) {
        this(machine, codeBytes, USUAL_WARMTH, TranslationStore.NONE);
    }

    /** A translator that takes translations from a store, and adds to it. */
    public Translator(Machine machine, long codeBytes, TranslationStore store) {
        this(machine, codeBytes, store.remembers() ? WARMTH_FOR_STORE : USUAL_WARMTH, store);
    }

    /** A translator that translates a block when it is executed for the {@code warmth}-th time. */
    public Translator(Machine machine, long codeBytes, int warmth) {
        this(machine, codeBytes, warmth, TranslationStore.NONE);
    }

    /** The same with a store. */
    public Translator(Machine machine, long codeBytes, int warmth, TranslationStore store) {
        this.machine = machine;
        this.warmth = warmth;
        boolean latest = ModelChange.TARGETS_OF_GENERATED_CODE.isIn(machine.modelVersion());
        this.store = latest ? store : TranslationStore.NONE; // all that is in it is for the latest models
        this.blocks = new BlockTranslator(latest);
        this.state = new StateBlock(machine.memory());
        this.interpreter = new Interpreter(machine);
        this.cache = new CodeCache(codeBytes);
        this.jumps = new JumpTables(machine.processorCount());
        if (this.store.remembers()) {
            interpreter.ask(this::known);
        }
    }

    private KnownBlocks.Known known(long linear, long host, int available) {
        FoundBlock found = store.find(linear, vectors.allowed(), host, available);
        return found == null
                ? null
                : new KnownBlocks.Known(
                        found.blockBytes(), found.guestBytes(), new Translation(found));
    }

    /** Whether this host can run generated code. */
    public static boolean available() {
        return NativeDoor.available();
    }

    /** Loads the tables that all machines share, which takes a while; any thread may do that in advance. */
    public static void prepare() {
        Interpreter.prepare();
        Rules.standard();
        LateClasses.load();
    }

    /** Names of the rows of the instruction table that generated code executes, at least in some of their forms. */
    public static Set<String> translatedRows() {
        return Rules.standard().names();
    }

    @Override
    public Map<String, Long> figures() {
        return statistics.figures();
    }

    /** Moments that generated code retired so far. */
    public long generatedMoments() {
        return statistics.generatedMoments();
    }

    @Override
    public Exit run(Processor cpu, long limit) {
        interpreter.prepare(cpu, limit);
        cutAtStops();
        while (true) {
            if (cpu.wantsAttention()) {
                return Exit.ATTENTION;
            }
            long budget = limit - machine.moment();
            if (budget <= 0) {
                return Exit.LIMIT;
            }
            Block block = blockAtRip(cpu);
            Translation translation = find(cpu, block);
            Exit exit = null;
            if (translation == null) {
                exit = interpret(cpu, block, limit, cause);
            } else if (!execute(cpu, block, translation, budget) && machine.moment() < limit) {
                exit = finish(cpu, limit);
            }
            if (exit != null) {
                return exit;
            }
        }
    }

    /** Does what generated code has left undone. */
    private Exit finish(Processor cpu, long limit) {
        GuestFault fault = state.fault();
        if (fault == null) {
            Block block = interpreter.blockAtRip(cpu);
            return repeatsAnew(cpu, block) ? null : interpret(cpu, block, limit, null);
        }
        statistics.faulted();
        return interpreter.raise(cpu, fault);
    }

    /**
     * Whether the instruction at RIP clears or copies a page that was a paging structure, which is known to be none any more: then generated
     * code may do it. But once only: fetching the instruction may have made it one again.
     */
    private boolean repeatsAnew(Processor cpu, Block block) {
        long moment = machine.moment();
        if (!state.settled() || block == null || !block.instructions()[0].repeated() || moment == repeatedAt) {
            return false;
        }
        repeatedAt = moment;
        return find(cpu, block) != null;
    }

    /** The block at RIP, or null when it cannot be translated as things are. */
    private Block blockAtRip(Processor cpu) {
        if (vectors.changed(cpu)) {
            forgetTranslations();
            blocks.allowVectors(vectors.allowed());
        }
        return translatable(cpu) ? interpreter.blockAtRip(cpu) : null;
    }

    /**
     * Executes the rest of a block in the interpreter.
     *
     * @param block what RIP points at, or null if that is not known, or cannot be fetched
     * @param known why, or null when generated code left
     */
    private Exit interpret(Processor cpu, Block block, long limit, Cause known) {
        long before = machine.moment();
        Cause why = known == null || known == Cause.NO_RULE ? causeAt(block) : known;
        long budget = limit - before;
        Exit exit = block == null ? interpreter.step(cpu, budget) : interpreter.step(cpu, block, budget);
        statistics.interpreted(why, machine.moment() - before);
        return exit;
    }

    private Cause causeAt(Block block) {
        if (block == null) {
            return Cause.SPECIAL;
        }
        Instruction first = block.instructions()[0];
        statistics.without(first.row);
        return blocks.hasRule(first) ? Cause.SPECIAL : Cause.NO_RULE;
    }

    private boolean translatable(Processor cpu) {
        return cpu.mode64()
                && (cpu.systemFlags & Control.TF) == 0
                && !cpu.breakpoints.armed();
    }

    /** Drops the translations of blocks that have got a debugger's stop at an instruction. */
    private void cutAtStops() {
        DebugStops stops = interpreter.debugStops();
        if (stops.changes() == stopChanges) {
            return;
        }
        stopChanges = stops.changes();
        if (!stops.isEmpty()) {
            List<Translation> all = new ArrayList<>(translations.values());
            all.addAll(crossing);
            all.stream().filter(made -> stops.anyIn(made.rip, made.bytes)).forEach(this::kill);
            crossing.removeIf(made -> made.dead);
        }
    }

    /** The translation of a block, made if it is warm; null, with a {@link #cause}, to interpret it. */
    private Translation find(Processor cpu, Block block) {
        cause = Cause.STATE;
        if (block == null) {
            return null;
        }
        Translation found = translationOf(block, cpu.gpr[Processor.RIP]);
        if (found != null && cpu.interruptShadow) {
            // generated code that comes here from STI knows what to do; we must see its end
            jumps.of(cpu).put(found.rip, cache.host(found.entry));
            return null;
        }
        return found;
    }

    private Translation translationOf(Block block, long rip) {
        Translation found = (Translation) block.translation();
        cause = Cause.NO_RULE;
        if (found == Translation.REFUSED) {
            return null;
        }
        if (found != null && found.rip == rip && !found.dead) {
            return found;
        }
        boolean made = found != null && found.rip == rip && found.stored != null;
        cause = Cause.COLD;
        if (!made && block.warmUp() < warmth) {
            return null;
        }
        cause = Cause.STATE;
        if (interpreter.debugStops().anyIn(rip, block.bytes())) {
            return null;
        }
        boolean free = made && !interpreter.debugStops().anyIn(rip, found.bytes);
        return free ? install(block, found.stored.read()) : translate(block, rip);
    }

    private Translation translate(Block block, long rip) {
        if (cache.isFull()) {
            forgetTranslations();
            return null; // the block was forgotten too: nobody would tell when its bytes change
        }
        DebugStops stops = interpreter.debugStops();
        Superblock source = Superblock.from(block, (from, bytes) -> !stops.anyIn(rip + from, bytes));
        BlockTranslator.Made made = blocks.translate(source, rip, cache.nextHost(), cache.landmarks());
        if (made == null) {
            block.setTranslation(Translation.REFUSED, block.bytes(), () -> {});
            return null;
        }
        statistics.translated(made.code().length);
        long entry = cache.add(made.code());
        Translation translation = new Translation(
                rip, made.source().allBytes(), made.moments(), block.frame(), entry, entry + made.epitaph());
        block.setTranslation(translation, made.source().decidingBytes(), () -> kill(translation));
        interpreter.executesTranslation(block, rip);
        if (block.spansPages()) { // what follows on the next page depends on the address space
            crossing.add(translation);
        } else {
            link(translation, made.links(), made.targets());
            keep(block, made, translation);
        }
        return translation;
    }

    private void keep(Block block, BlockTranslator.Made made, Translation translation) {
        if (!store.remembers()) {
            return;
        }
        long host = machine.memory().hostOf(block.frame()) + block.offset();
        byte[] guest = new byte[made.source().decidingBytes()];
        if (store.find(translation.rip, vectors.allowed(), host, GuestMemory.PAGE - block.offset()) != null) {
            return; // it was killed for a debugger's stop
        }
        HostMemory.read(host, guest, 0, guest.length);
        CodeCache.moveToStart(made.code(), made.externals(), translation.entry);
        store.add(new StoredBlock(
                translation.rip, vectors.allowed(), guest.length, block.bytes(), made.moments(),
                MemorySegment.ofArray(made.code()),
                made.epitaph(), made.externals(), made.links(), made.targets()), guest);
    }

    /** Copies the code of an earlier run. */
    private Translation install(Block block, StoredBlock stored) {
        if (cache.isFull()) {
            forgetTranslations();
            return null;
        }
        statistics.reused();
        long entry = cache.add(stored.code(), stored.externals());
        int bytes = stored.guestBytes();
        Translation translation = new Translation(
                stored.rip(), bytes, stored.moments(), block.frame(), entry, entry + stored.epitaph());
        block.setTranslation(translation, bytes, () -> kill(translation));
        interpreter.executesTranslation(block, stored.rip());
        link(translation, stored.links(), stored.targets());
        return translation;
    }

    /** Connects the new code with its neighbours on the page, both ways. */
    private void link(Translation made, int[] links, long[] targets) {
        Target here = new Target(made.rip, made.frame);
        translations.put(here, made);
        for (int i = 0; i < links.length; i++) {
            long site = made.entry + links[i];
            Target there = new Target(targets[i], made.frame);
            Translation neighbour = translations.get(there);
            if (neighbour != null) {
                cache.patchJump(site, neighbour.entry);
            } else {
                waiting.computeIfAbsent(there, unused -> new ArrayList<>()).add(site);
            }
        }
        List<Long> sites = waiting.remove(here);
        if (sites != null) {
            sites.forEach(site -> cache.patchJump(site, made.entry));
        }
        for (Translation dead : replaced.getOrDefault(here, NOTHING)) {
            cache.writeJump(dead.entry, made.entry);
        }
    }

    private void kill(Translation translation) {
        if (!translation.dead && cache.holds(translation)) {
            translation.dead = true;
            statistics.killed();
            Target here = new Target(translation.rip, translation.frame);
            cache.writeJump(translation.entry, translation.epitaph);
            if (translations.remove(here, translation)) {
                remember(here, translation);
            }
        }
    }

    /** The oldest of many is forgotten: it goes on sending to the last that it was told of, which sends on. */
    private void remember(Target here, Translation dead) {
        Deque<Translation> all = replaced.computeIfAbsent(here, unused -> new ArrayDeque<>());
        all.addLast(dead);
        if (all.size() > MOST_REPLACED) {
            all.removeFirst();
        }
    }

    /** Executes host code until it comes back; false when the next instruction needs the interpreter. */
    private boolean execute(Processor cpu, Block block, Translation translation, long budget) {
        long host = cache.host(translation.entry);
        JumpTable table = jumps.of(cpu);
        if (table.beginsPage(translation.rip)) {
            offerPage(block, translation, table);
        }
        table.put(translation.rip, host);
        long given = Math.min(budget, LONGEST_CALL);
        state.enter(cpu, given, jumps);
        settled = 0;
        while (host != 0) {
            WayIn.enter(host, state.origin());
            host = resume(cpu, given);
        }
        long left = state.leave(cpu);
        machine.retire(given - left - settled);
        Leaving leaving = state.leaving();
        statistics.left(leaving, given - left);
        return switch (leaving) {
            case LOOKUP, VECTORS, TIMESTAMP -> true;
            case X87 -> state.x87().expect(cpu);
            case BUDGET -> given < budget;
            case SLOW, INTERRUPT_RETURN -> false;
        };
    }

    /**
     * Lets generated code go from elsewhere to all that is translated on a page, not only to the block found there: kernels often make us
     * forget where all of their pages are.
     */
    private void offerPage(Block found, Translation there, JumpTable table) {
        long[] places = found.notesOfFrame();
        if (places == null) {
            places = PlacesInFrame.of(found, cache);
            found.keepNotesOfFrame(places);
        }
        table.offer(places, there.rip);
    }

    /** Where to go on when nothing but a TLB entry or the timestamp counter was missing, or 0. */
    private long resume(Processor cpu, long given) {
        long host = switch (state.leaving()) {
            case SLOW, INTERRUPT_RETURN -> state.resume(cpu);
            case TIMESTAMP -> state.resume(timestamp(cpu, given - state.budget()));
            default -> 0;
        };
        if (host != 0) {
            statistics.resumed(state.leaving(), state.copied());
        }
        return host;
    }

    /** Asks for the timestamp counter after {@code done} moments of this call. */
    private long timestamp(Processor cpu, long done) {
        machine.retire(done - settled);
        settled = done;
        try {
            return cpu.msrs.timestamp();
        } catch (RuntimeException | Error e) { // the boundary gave up: the processor must be right nevertheless
            state.leave(cpu);
            throw e;
        }
    }

    private void forgetTranslations() {
        statistics.cleared();
        interpreter.forgetCode();
        cache.clear();
        translations.clear();
        waiting.clear();
        replaced.clear();
        crossing.clear();
        jumps.clear();
    }

    @Override
    public long unsettled() {
        return interpreter.unsettled();
    }

    @Override
    public void codeWritten(int frame, int offset, int length) {
        interpreter.codeWritten(frame, offset, length);
    }

    @Override
    public int nextBlockLength(Processor cpu) {
        Block block = translatable(cpu) ? interpreter.blockAtRip(cpu) : null;
        Translation made = block == null ? null : (Translation) block.translation();
        return made == null || made.moments == 0 ? interpreter.nextBlockLength(cpu) : made.moments;
    }

    @Override
    public String hostCode(Processor cpu, long rip) {
        int frame = machine.memory().frameAt(cpu.mmu.peek(rip));
        Translation made = translations.get(new Target(rip, frame));
        return made == null ? "" : cache.hexadecimal(made);
    }

    @Override
    public DebugStops debugStops() {
        return interpreter.debugStops();
    }

    @Override
    public void forgetCode() {
        forgetTranslations();
    }

    @Override
    public void close() {
        store.save();
    }

    /** The engine that executes what is not translated. */
    public Interpreter interpreter() {
        return interpreter;
    }
}
