package io.headrace.server.config;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;

/**
 * What a class file's table of constants holds (JVMS 4.4).
 *
 * @param className the class itself, with slashes
 * @param texts texts in its code, and values of its constants
 * @param calls methods it calls or refers to, as class.method with slashes
 */
record ClassConstants(String className, Set<String> texts, Set<String> calls) {
    private static final int UTF8 = 1;
    private static final int LONG = 5;
    private static final int DOUBLE = 6;
    private static final int CLASS = 7;
    private static final int STRING = 8;
    private static final int METHOD = 10;
    private static final int INTERFACE_METHOD = 11;
    private static final int METHOD_HANDLE = 15;
    private static final int METHOD_TYPE = 16;
    private static final int MODULE = 19;
    private static final int PACKAGE = 20;

    static ClassConstants of(byte[] classFile) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(classFile));
        in.skipNBytes(8);
        int count = in.readUnsignedShort();
        int[] tags = new int[count];
        int[] first = new int[count];
        int[] second = new int[count];
        String[] names = new String[count];
        for (int i = 1; i < count; i++) {
            tags[i] = in.readUnsignedByte();
            switch (tags[i]) {
                case UTF8 -> names[i] = in.readUTF();
                case LONG, DOUBLE -> {
                    in.skipNBytes(8);
                    i++;
                }
                case CLASS, STRING, METHOD_TYPE, MODULE, PACKAGE -> first[i] = in.readUnsignedShort();
                case METHOD_HANDLE -> in.skipNBytes(3);
                default -> {
                    first[i] = in.readUnsignedShort();
                    second[i] = in.readUnsignedShort();
                }
            }
        }
        in.skipNBytes(2);
        String className = names[first[in.readUnsignedShort()]];
        Set<String> texts = new HashSet<>();
        Set<String> calls = new HashSet<>();
        for (int i = 1; i < count; i++) {
            if (tags[i] == STRING) {
                texts.add(names[first[i]]);
            } else if (tags[i] == METHOD || tags[i] == INTERFACE_METHOD) {
                calls.add(names[first[first[i]]] + "." + names[first[second[i]]]);
            }
        }
        return new ClassConstants(className, texts, calls);
    }
}
