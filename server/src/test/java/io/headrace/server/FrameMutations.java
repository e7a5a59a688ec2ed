package io.headrace.server;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/** Ways to damage a frame. Each returns a new array. */
final class FrameMutations {
    private static final int VERSION_POSITION = 2;
    private static final byte[][] VARINTS = {
        {(byte) 0x80, (byte) 0x80, (byte) 0x80, (byte) 0x80, 0},
        {(byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x0f},
        {(byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x7f},
        {(byte) 0x80, (byte) 0x80, (byte) 0x80, (byte) 0x80, (byte) 0x80, 1},
        {(byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x07},
    };

    private final RandomGenerator random;

    FrameMutations(RandomGenerator random) {
        this.random = random;
    }

    /** One or two mutations of {@code frame}; {@code other} is another valid frame. */
    byte[] mutate(byte[] frame, byte[] other) {
        byte[] damaged = once(frame, other);
        return random.nextInt(4) == 0 ? once(damaged, other) : damaged;
    }

    private byte[] once(byte[] frame, byte[] other) {
        return switch (random.nextInt(10)) {
            case 0 -> setInt(frame, at(frame));
            case 1 -> setShort(frame, at(frame));
            case 2 -> setVarint(frame, at(frame));
            case 3 -> setNull(frame, at(frame));
            case 4 -> Arrays.copyOf(frame, at(frame));
            case 5 -> splice(frame, other);
            case 6 -> swapVersion(frame);
            case 7 -> tags(frame);
            default -> flip(frame);
        };
    }

    /** Mostly behind the fixed part of the header, where frames differ. */
    private int at(byte[] frame) {
        int first = random.nextInt(8) == 0 ? 0 : Math.min(8, Math.max(0, frame.length - 1));
        return first + random.nextInt(Math.max(1, frame.length - first));
    }

    private byte[] setInt(byte[] frame, int at) {
        int left = frame.length - at - 4;
        int[] values = {Integer.MIN_VALUE, -1, 0, 1, left - 1, left, left + 1, Integer.MAX_VALUE, -2, 1 << 24};
        return overwrite(frame, at, values[random.nextInt(values.length)], 4);
    }

    private byte[] setShort(byte[] frame, int at) {
        int left = frame.length - at - 2;
        int[] values = {Short.MIN_VALUE, -1, 0, 1, left - 1, left, left + 1, Short.MAX_VALUE};
        return overwrite(frame, at, values[random.nextInt(values.length)], 2);
    }

    private static byte[] overwrite(byte[] frame, int at, int value, int sizeBytes) {
        byte[] copy = frame.clone();
        for (int i = 0; i < sizeBytes && at + i < copy.length; i++) {
            copy[at + i] = (byte) (value >> (8 * (sizeBytes - 1 - i)));
        }
        return copy;
    }

    private byte[] setVarint(byte[] frame, int at) {
        return replace(frame, at, Math.min(1, frame.length - at), VARINTS[random.nextInt(VARINTS.length)]);
    }

    private byte[] setNull(byte[] frame, int at) {
        return random.nextBoolean()
                ? replace(frame, at, Math.min(1, frame.length - at), new byte[1])
                : overwrite(frame, at, -1, 2);
    }

    private byte[] splice(byte[] frame, byte[] other) {
        int end = at(frame);
        int from = random.nextInt(Math.max(1, other.length));
        return replace(frame, end, frame.length - end, Arrays.copyOfRange(other, from, other.length));
    }

    private byte[] swapVersion(byte[] frame) {
        return overwrite(frame, VERSION_POSITION, random.nextInt(-1, 20), 2);
    }

    /** Ends the frame with tagged fields that come twice, or out of order, or are not all there. */
    private byte[] tags(byte[] frame) {
        byte[] tags = {(byte) random.nextInt(5), (byte) random.nextInt(4), 1, 7, (byte) random.nextInt(4), 1, 7};
        int from = Math.max(0, frame.length - 1);
        return replace(frame, from, frame.length - from, tags);
    }

    private byte[] flip(byte[] frame) {
        byte[] copy = frame.clone();
        int flips = 1 + random.nextInt(3);
        for (int i = 0; i < flips && copy.length > 0; i++) {
            copy[at(copy)] ^= (byte) (1 << random.nextInt(8));
        }
        return copy;
    }

    private static byte[] replace(byte[] frame, int at, int removed, byte[] with) {
        byte[] result = Arrays.copyOf(frame, frame.length - removed + with.length);
        System.arraycopy(with, 0, result, at, with.length);
        System.arraycopy(frame, at + removed, result, at + with.length, frame.length - at - removed);
        return result;
    }
}
