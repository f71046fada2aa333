package org.retrovisor.gdbstub.behaviour;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.retrovisor.gdbstub.debuggee.DebugTarget;
import org.retrovisor.gdbstub.debuggee.MonitorCommands;
import org.retrovisor.gdbstub.debuggee.PhysicalMemory;
import org.retrovisor.gdbstub.debuggee.ReversibleTarget;
import org.retrovisor.gdbstub.features.MemoryMap;
import org.retrovisor.gdbstub.features.TargetDescription;
import org.retrovisor.gdbstub.packet.GeneralPackets.Bare;
import org.retrovisor.gdbstub.packet.GeneralPackets.MonitorCommand;
import org.retrovisor.gdbstub.packet.GeneralPackets.Supported;
import org.retrovisor.gdbstub.packet.GeneralPackets.Switch;
import org.retrovisor.gdbstub.packet.GeneralPackets.Transfer;
import org.retrovisor.gdbstub.packet.GeneralPackets.Whatever;
import org.retrovisor.gdbstub.packet.MemoryPackets;
import org.retrovisor.gdbstub.packet.RegisterPackets;
import org.retrovisor.gdbstub.packet.ResumePackets.Continue;
import org.retrovisor.gdbstub.packet.ResumePackets.Resume;
import org.retrovisor.gdbstub.packet.StopPointPackets.StopPoint;
import org.retrovisor.gdbstub.packet.ThreadPackets;
import org.retrovisor.gdbstub.wire.Line;

import static org.retrovisor.gdbstub.behaviour.Row.longRow;
import static org.retrovisor.gdbstub.behaviour.Row.row;

/**
 * The whole protocol as a table: packet, parser, behaviour, and what qSupported announces because of it. Which rows there are
 * follows from what the target implements. The manual for all of it is GDB's, appendix "GDB Remote Serial Protocol".
 */
final class Protocol {
    private final DebugTarget target;
    private final Conversation conversation;
    private final Line line;
    private final StopPointTable stopPoints = new StopPointTable();
    /** Longest name first, so that the most specific row matches. */
    private final List<Row<?>> rows;

    Protocol(DebugTarget target, Conversation conversation, Line line) {
        this.target = target;
        this.conversation = conversation;
        this.line = line;
        this.rows = Stream
                .of(general(), threads(), registers(), memory(), physicalMemory(), stopPointRows(), resume(), reverse(),
                        documents(), monitor())
                .flatMap(List::stream)
                .sorted(Comparator.comparingInt((Row<?> row) -> row.name().length()).reversed())
                .collect(Collectors.toCollection(ArrayList::new));
    }

    Optional<Row<?>> find(byte[] packet) {
        return rows.stream().filter(row -> row.matches(packet)).findFirst();
    }

    List<String> announcements() {
        return rows.stream().map(Row::feature).filter(feature -> !feature.isEmpty()).toList();
    }

    private List<Row<?>> general() {
        GeneralBehaviour general = new GeneralBehaviour(conversation, stopPoints, line, this::announcements);
        return List.of(
                row("qSupported", Supported::parse, general::supported),
                row("QStartNoAckMode", Bare::parse, general::startNoAckMode).says("QStartNoAckMode+"),
                row("QNonStop", Switch::parse, general::nonStop),
                row("qAttached", Whatever::parse, general::attached),
                row("D", Whatever::parse, general::detach),
                row("vKill", Whatever::parse, general::detach),
                row("k", Whatever::parse, general::kill));
    }

    private List<Row<?>> threads() {
        ThreadBehaviour threads = new ThreadBehaviour(target, conversation);
        return List.of(
                row("H", ThreadPackets.Select::parse, threads::select).says("multiprocess+"),
                row("T", ThreadPackets.IsAlive::parse, threads::isAlive),
                row("qC", Bare::parse, threads::current),
                row("qfThreadInfo", Bare::parse, threads::firstList),
                row("qsThreadInfo", Bare::parse, threads::restOfList),
                row("qThreadExtraInfo", ThreadPackets.ExtraInfo::parse, threads::extraInfo),
                row("QThreadEvents", Switch::parse, threads::events).says("QThreadEvents+"),
                row("qXfer:threads:read", Transfer::parse, threads::document).says("qXfer:threads:read+"));
    }

    private List<Row<?>> registers() {
        RegisterBehaviour registers = new RegisterBehaviour(target, conversation);
        return List.of(
                row("g", Bare::parse, registers::readAll),
                row("p", RegisterPackets.Read::parse, registers::read),
                row("G", RegisterPackets.WriteAll::parse, registers::writeAll),
                row("P", RegisterPackets.Write::parse, registers::write));
    }

    private List<Row<?>> memory() {
        MemoryBehaviour memory = new MemoryBehaviour(target, conversation);
        return List.of(
                row("m", MemoryPackets.Read::parse, memory::readHex),
                row("x", MemoryPackets.Read::parse, memory::readBinary).says("binary-upload+"),
                row("M", MemoryPackets.Write::parseHex, memory::write),
                row("X", MemoryPackets.Write::parseBinary, memory::write),
                longRow("qSearch:memory", MemoryPackets.Search::parse, memory::search),
                longRow("qCRC", MemoryPackets.Checksum::parse, memory::checksum));
    }

    /** The names under which QEMU offers this, so that scripts written for it work. */
    private List<Row<?>> physicalMemory() {
        if (!(target instanceof PhysicalMemory)) {
            return List.of();
        }
        PhysicalMode mode = new PhysicalMode(conversation);
        return List.of(
                row("qqemu.Supported", Whatever::parse, mode::supported),
                row("qqemu.PhyMemMode", Bare::parse, mode::get),
                row("Qqemu.PhyMemMode", Switch::parse, mode::set));
    }

    private List<Row<?>> stopPointRows() {
        return List.of(
                row("Z", StopPoint::parse, stopPoints::insert).says("ConditionalBreakpoints+;swbreak+;hwbreak+"),
                row("z", StopPoint::parse, stopPoints::remove));
    }

    private List<Row<?>> resume() {
        ResumeBehaviour resume = new ResumeBehaviour(target, conversation, stopPoints);
        return List.of(
                row("?", Bare::parse, resume::whyStopped),
                row("vCont?", Bare::parse, resume::actions),
                longRow("vCont", Continue::parse, resume::vCont).says("vContSupported+"),
                longRow("c", Resume::parse, resume::continueForward),
                longRow("C", Resume::parseWithSignal, resume::continueForward),
                longRow("s", Resume::parse, resume::stepForward),
                longRow("S", Resume::parseWithSignal, resume::stepForward));
    }

    private List<Row<?>> reverse() {
        if (!(target instanceof ReversibleTarget reversible)) {
            return List.of();
        }
        ReverseBehaviour reverse = new ReverseBehaviour(reversible, conversation, stopPoints);
        return List.of(
                longRow("bs", Bare::parse, reverse::step).says("ReverseStep+"),
                longRow("bc", Bare::parse, reverse::resume).says("ReverseContinue+"));
    }

    private List<Row<?>> documents() {
        Document features = new Document(TargetDescription.NAME, TargetDescription.of(target));
        Document memoryMap = new Document("", MemoryMap.XML);
        return List.of(
                row("qXfer:features:read", Transfer::parse, features::part).says("qXfer:features:read+"),
                row("qXfer:memory-map:read", Transfer::parse, memoryMap::part).says("qXfer:memory-map:read+"));
    }

    private List<Row<?>> monitor() {
        if (!(target instanceof MonitorCommands commands)) {
            return List.of();
        }
        MonitorBehaviour monitor = new MonitorBehaviour(commands, conversation);
        return List.of(longRow("qRcmd", MonitorCommand::parse, monitor::execute));
    }
}
