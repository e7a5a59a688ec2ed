package io.headrace.protocol.wire;

/** UTF-8 into an array that is already there; a lone surrogate becomes a question mark, as the JDK has it. */
final class Utf8 {
    private Utf8() {}

    static int encodedSizeBytes(String text) {
        int length = text.length();
        int size = length;
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (c >= 0x80) {
                if (c < 0x800) {
                    size++;
                } else if (!Character.isSurrogate(c)) {
                    size += 2;
                } else if (isPair(text, i)) {
                    size += 2;
                    i++;
                }
            }
        }
        return size;
    }

    /** Writes as many bytes as {@link #encodedSizeBytes} says. */
    static void encode(String text, byte[] target, int position) {
        int at = position;
        int length = text.length();
        int index = 0;
        while (index < length) {
            char c = text.charAt(index);
            if (c >= 0x80) {
                encodeBeyondAscii(text, index, target, at);
                return;
            }
            target[at++] = (byte) c;
            index++;
        }
    }

    private static void encodeBeyondAscii(String text, int from, byte[] target, int position) {
        int at = position;
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < 0x80) {
                target[at++] = (byte) c;
            } else if (c < 0x800) {
                target[at++] = (byte) (0xc0 | (c >> 6));
                target[at++] = (byte) (0x80 | (c & 0x3f));
            } else if (!Character.isSurrogate(c)) {
                target[at++] = (byte) (0xe0 | (c >> 12));
                target[at++] = (byte) (0x80 | ((c >> 6) & 0x3f));
                target[at++] = (byte) (0x80 | (c & 0x3f));
            } else if (isPair(text, i)) {
                int codePoint = Character.toCodePoint(c, text.charAt(++i));
                target[at++] = (byte) (0xf0 | (codePoint >> 18));
                target[at++] = (byte) (0x80 | ((codePoint >> 12) & 0x3f));
                target[at++] = (byte) (0x80 | ((codePoint >> 6) & 0x3f));
                target[at++] = (byte) (0x80 | (codePoint & 0x3f));
            } else {
                target[at++] = '?';
            }
        }
    }

    private static boolean isPair(String text, int index) {
        return Character.isHighSurrogate(text.charAt(index))
                && index + 1 < text.length()
                && Character.isLowSurrogate(text.charAt(index + 1));
    }
}
