package io.headrace.protocol.message;

import io.headrace.protocol.wire.WireReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.protocol.Readable;
import org.apache.kafka.common.protocol.types.Schema;

/** Every generated message of ours beside the class that Kafka generates from the same specification. */
final class KafkaMessages {
    private KafkaMessages() {}

    /** One message, in both worlds. */
    record Pair(Class<? extends ApiMessage> ours, Class<? extends Message> kafkas) {
        ApiMessage newOurs() {
            return instance(ours);
        }

        Message newKafkas() {
            return instance(kafkas);
        }

        short lowestVersion() {
            return newKafkas().lowestSupportedVersion();
        }

        short highestVersion() {
            return newKafkas().highestSupportedVersion();
        }

        /** Kafka's description of one version. */
        Schema schema(short version) {
            try {
                return ((Schema[]) kafkas.getField("SCHEMAS").get(null))[version];
            } catch (ReflectiveOperationException e) {
                throw new LinkageError(e.getMessage(), e);
            }
        }

        ApiMessage read(WireReader in, short version) {
            try {
                return (ApiMessage)
                        ours.getMethod("read", WireReader.class, short.class).invoke(null, in, version);
            } catch (InvocationTargetException e) {
                if (e.getCause() instanceof RuntimeException cause) {
                    throw cause;
                }
                throw new AssertionError(e);
            } catch (ReflectiveOperationException e) {
                throw new LinkageError(e.getMessage(), e);
            }
        }

        Message readKafkas(ByteBuffer bytes, short version) {
            try {
                return kafkas.getConstructor(Readable.class, short.class)
                        .newInstance(new ByteBufferAccessor(bytes), version);
            } catch (ReflectiveOperationException e) {
                throw new LinkageError(e.getMessage(), e);
            }
        }

        static byte[] encode(Message message, short version) {
            return MessageUtil.byteBufferToArray(
                    MessageUtil.toByteBufferAccessor(message, version).buffer());
        }
    }

    static <T> T instance(Class<T> type) {
        try {
            return type.getDeclaredConstructor().newInstance();
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(e.getMessage(), e);
        }
    }

    /** All of them, requests and responses first, ordered by package and name. */
    static List<Pair> all() {
        List<Pair> pairs = new ArrayList<>();
        addPackage(pairs, "io.headrace.protocol.message", "org.apache.kafka.common.message");
        for (String coordinator : List.of("group", "transaction", "share")) {
            addPackage(
                    pairs,
                    "io.headrace.protocol.schema." + coordinator,
                    "org.apache.kafka.coordinator." + coordinator + ".generated");
        }
        return pairs;
    }

    private static void addPackage(List<Pair> pairs, String ourPackage, String kafkaPackage) {
        try (Stream<Path> files = Files.list(classes().resolve(ourPackage.replace('.', '/')))) {
            List<String> names = files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".class") && !name.contains("$") && !name.startsWith("package-"))
                    .map(name -> name.substring(0, name.length() - ".class".length()))
                    .sorted()
                    .toList();
            for (String name : names) {
                Class<?> ours = Class.forName(ourPackage + "." + name);
                if (ApiMessage.class.isAssignableFrom(ours) && !ours.isInterface()) {
                    pairs.add(new Pair(ours.asSubclass(ApiMessage.class), kafkaClass(kafkaPackage + "." + name)));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (ClassNotFoundException e) {
            throw new LinkageError(e.getMessage(), e);
        }
    }

    /** Requests, responses and headers have the suffix Data; records have none. */
    private static Class<? extends Message> kafkaClass(String name) throws ClassNotFoundException {
        try {
            return Class.forName(name + "Data").asSubclass(Message.class);
        } catch (ClassNotFoundException e) {
            return Class.forName(name).asSubclass(Message.class);
        }
    }

    private static Path classes() {
        try {
            return Path.of(ApiMessage.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }
}
