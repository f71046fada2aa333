package org.retrovisor.monitor.x87;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.retrovisor.monitor.oracle.ExtendedOperands;
import org.retrovisor.monitor.x87.X87Images.Form;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

/** Images of the unit's state in memory, against the host and against themselves. */
class X87ImagesTest {
    private static final long SEED = 0x0808_7;
    private static final int CASES = 2_000;
    private static final int FXSAVE_BYTES = 512;
    private static final int FX_REGISTERS = 32;
    private static final int FX_REGISTERS_END = 160;

    private static X87State random(ExtendedOperands operands) {
        X87State state = new X87State();
        for (int p = 0; p < 8; p++) {
            operands.next(16383);
            state.setPhysical(p, operands.significand, operands.signExponent);
        }
        state.setControl(operands.below(0x10000) | X87Bits.EXCEPTIONS);
        state.setStatus(operands.below(0x10000));
        state.setAbridgedTag(operands.below(256));
        return state;
    }

    private static byte[] saved(X87State state) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        state.save(new DataOutputStream(bytes));
        return bytes.toByteArray();
    }

    @Test
    void aSavedStateIsRestoredWhole() throws IOException {
        ExtendedOperands operands = new ExtendedOperands(SEED);
        for (int n = 0; n < CASES; n++) {
            X87State state = random(operands);
            state.setLastInstruction(operands.below(0x800), 8, operands.bits(), 16, operands.bits());
            byte[] bytes = saved(state);
            X87State other = random(operands);
            other.restore(new DataInputStream(new ByteArrayInputStream(bytes)));
            assertArrayEquals(bytes, saved(other));
        }
    }

    @ParameterizedTest
    @EnumSource(Form.class)
    void aFullSaveIsRestoredInEveryForm(Form form) throws IOException {
        ExtendedOperands operands = new ExtendedOperands(SEED);
        for (int n = 0; n < CASES; n++) {
            X87State state = random(operands);
            boolean real = form == Form.REAL_16 || form == Form.REAL_32;
            boolean keepsOpcode = form != Form.PROTECTED_16;
            int mask = form == Form.PROTECTED_16 ? 0xFFFF : form == Form.REAL_16 ? 0xFFFFF : -1;
            state.setLastInstruction(keepsOpcode ? operands.below(0x800) : 0, real ? 0 : 8,
                    operands.bits() & mask & 0xFFFF_FFFFL, real ? 0 : 16, operands.bits() & mask & 0xFFFF_FFFFL);
            byte[] image = new byte[form.saveSize()];
            X87Images.save(state, form, image, 0);
            X87State other = new X87State();
            X87Images.restore(other, form, image, 0);
            assertArrayEquals(saved(state), saved(other));
        }
    }

    @Test
    void fxsaveIsRestoredInBothForms() throws IOException {
        ExtendedOperands operands = new ExtendedOperands(SEED);
        for (int n = 0; n < CASES; n++) {
            X87State state = random(operands);
            boolean wide = n % 2 == 0;
            long mask = wide ? -1L : 0xFFFF_FFFFL;
            int selector = wide ? 0 : 8;
            state.setLastInstruction(
                    operands.below(0x800), selector, operands.bits() & mask, selector, operands.bits() & mask);
            byte[] image = new byte[FXSAVE_BYTES];
            X87Images.fxsave(state, wide, image, 0);
            X87State other = new X87State();
            X87Images.fxrstor(other, wide, image, 0);
            assertArrayEquals(saved(state), saved(other));
        }
    }

    @Test
    @EnabledIfSystemProperty(named = "os.arch", matches = "amd64|x86_64")
    void fxsaveLaysOutControlTagsAndRegistersAsTheHostDoes() {
        // fxsave64 [rdi+512]
        compareImage(FXSAVE_BYTES, (state, image) -> X87Images.fxsave(state, true, image, 0), image -> {
            Arrays.fill(image, 6, FX_REGISTERS, (byte) 0);
            Arrays.fill(image, FX_REGISTERS_END, FXSAVE_BYTES, (byte) 0);
        }, 0x48, 0x0F, 0xAE, 0x87, 0, 2, 0, 0);
    }

    @Test
    @EnabledIfSystemProperty(named = "os.arch", matches = "amd64|x86_64")
    void theSixteenBitSaveIsLaidOutAsTheHostDoes() {
        // fnsave [rdi+512] with an operand-size prefix
        compareImage(X87Images.SAVE_16, (state, image) -> X87Images.save(state, Form.PROTECTED_16, image, 0),
                image -> Arrays.fill(image, 6, X87Images.ENVIRONMENT_16, (byte) 0), 0x66, 0xDD, 0xB7, 0, 2, 0, 0);
    }

    private interface Writer {
        void write(X87State state, byte[] image);
    }

    private interface Mask {
        void clear(byte[] image);
    }

    private static void compareImage(int size, Writer writer, Mask pointers, int... instruction) {
        HostFpu host = new HostFpu();
        MemorySegment entry = host.define(instruction);
        ExtendedOperands operands = new ExtendedOperands(SEED);
        byte[] before = new byte[HostFpu.IMAGE];
        byte[] ours = new byte[size];
        byte[] theirs = new byte[size];
        for (int n = 0; n < CASES; n++) {
            X87State state = random(operands);
            X87Images.save(state, Form.PROTECTED_32, before, 0);
            MemorySegment.copy(before, 0, host.block, ValueLayout.JAVA_BYTE, 0, before.length);
            host.run(entry);
            MemorySegment.copy(host.block, ValueLayout.JAVA_BYTE, HostFpu.IMAGE_OPERAND, theirs, 0, size);
            writer.write(state, ours);
            pointers.clear(ours);
            pointers.clear(theirs);
            assertArrayEquals(theirs, ours);
        }
    }

    @Test
    void fnsaveAndFrstorOfAGuestCarryTheStateAndInitialise() throws IOException {
        try (GuestFpu guest = new GuestFpu()) {
            X87State wanted = random(new ExtendedOperands(SEED));
            wanted.clearExceptions();
            byte[] image = new byte[X87Images.SAVE_32];
            X87Images.save(wanted, Form.PROTECTED_32, image, 0);
            put(guest, image);
            guest.load(0xDD, 0x26); // frstor [esi]
            guest.step();
            assertArrayEquals(saved(wanted), saved(guest.cpu.fpu));
            put(guest, new byte[X87Images.SAVE_32]);
            guest.load(0xDD, 0x36); // fnsave [esi]
            guest.step();
            assertArrayEquals(image, get(guest, X87Images.SAVE_32));
            assertEquals(X87Bits.INITIAL_CONTROL, guest.cpu.fpu.control());
            assertEquals(0xFFFF, guest.cpu.fpu.tag());
        }
    }

    @Test
    void fnstenvMasksAllExceptionsAndFldenvUnmasksThemAgain() {
        try (GuestFpu guest = new GuestFpu()) {
            guest.cpu.fpu.initialize();
            guest.cpu.fpu.setControl(0x0340);
            guest.load(0xD9, 0x36); // fnstenv [esi]
            guest.step();
            assertEquals(0x037F, guest.cpu.fpu.control());
            assertEquals(0x0340, guest.cpu.mmu.load16(GuestFpu.OPERAND));
            guest.load(0xD9, 0x26); // fldenv [esi]
            guest.step();
            assertEquals(0x0340, guest.cpu.fpu.control());
        }
    }

    private static void put(GuestFpu guest, byte[] image) {
        for (int n = 0; n < image.length; n++) {
            guest.cpu.mmu.store8(GuestFpu.OPERAND + n, image[n]);
        }
    }

    private static byte[] get(GuestFpu guest, int size) {
        byte[] image = new byte[size];
        for (int n = 0; n < size; n++) {
            image[n] = (byte) guest.cpu.mmu.load8(GuestFpu.OPERAND + n);
        }
        return image;
    }
}
