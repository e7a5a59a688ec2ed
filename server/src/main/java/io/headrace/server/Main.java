package io.headrace.server;

import io.headrace.core.config.BrokerConfig;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;

public final class Main {
    private Main() {}

    public static void main(String[] args) throws Exception {
        long startedNs = System.nanoTime();
        Map<String, String> values = new HashMap<>();
        values.put("log.dirs", "headrace-data");
        for (int i = 0; i < args.length; i++) {
            if (args[i].equals("--config")) {
                Properties p = new Properties();
                try (Reader r = Files.newBufferedReader(Path.of(args[++i]))) {
                    p.load(r);
                }
                p.forEach((k, v) -> values.put((String) k, (String) v));
            } else if (args[i].equals("--set")) {
                String[] kv = args[++i].split("=", 2);
                values.put(kv[0], kv[1]);
            } else if (args[i].equals("--data")) {
                values.put("log.dirs", args[++i]);
            }
        }
        Broker broker;
        try {
            broker = Broker.start(BrokerConfig.of(values), Clock.systemUTC());
        } catch (IOException | RuntimeException e) {
            System.out.println("headrace: cannot start: " + e.getMessage());
            System.exit(1);
            return;
        }
        Runtime.getRuntime().addShutdownHook(new Thread(broker::close, "shutdown"));
        System.out.println("Started in " + (System.nanoTime() - startedNs) / 1_000_000 + " ms");
        broker.awaitFailure();
        System.exit(2);
    }
}
