package io.headrace.server.config;

import io.headrace.core.config.ConfigSource;
import io.headrace.core.metadata.ConfigChange;
import io.headrace.core.metadata.ConfigChange.Operation;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.DescribeConfigsResponse.DescribeConfigsResourceResult;
import io.headrace.server.config.ConfigAlteration.Checked;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The levels of this process's loggers, to be seen and changed while it runs (KIP-412). Any thread.
 *
 * <p>A change ends with the process: levels are no part of the metadata. Java has no level for FATAL; nothing is logged
 * there, so that it means off.
 */
public final class BrokerLoggers {
    /** Kafka's name for the logger above all others. */
    private static final String ROOT = "root";

    private static final String BROKER = "io.headrace";
    private static final Map<String, Level> LEVELS = levels();

    /** Those changed here, and the one above the broker's own: Java forgets a logger, and its level, that nobody holds. */
    private final Map<String, Logger> held = new ConcurrentHashMap<>();

    /** Makes sure that the broker's loggers can be changed at once, under the name of their package. */
    public BrokerLoggers() {
        held.put(BROKER, Logger.getLogger(BROKER));
    }

    /** By Kafka's names, the least talkative first. */
    private static Map<String, Level> levels() {
        Map<String, Level> levels = new LinkedHashMap<>();
        levels.put("FATAL", Level.OFF);
        levels.put("ERROR", Level.SEVERE);
        levels.put("WARN", Level.WARNING);
        levels.put("INFO", Level.INFO);
        levels.put("DEBUG", Level.FINE);
        levels.put("TRACE", Level.FINER);
        return levels;
    }

    /**
     * What each logger lets through.
     *
     * @param wanted names of loggers; null or empty for all
     */
    public List<DescribeConfigsResourceResult> describe(@Nullable Collection<String> wanted) {
        Set<String> names = names();
        if (wanted != null && !wanted.isEmpty()) {
            names.retainAll(Set.copyOf(wanted));
        }
        List<DescribeConfigsResourceResult> results = new ArrayList<>();
        for (String name : names) {
            results.add(new DescribeConfigsResourceResult()
                    .setName(name)
                    .setValue(nameOf(effectiveLevel(name)))
                    .setConfigSource(ConfigSource.DYNAMIC_BROKER_LOGGER.code())
                    .setSynonyms(List.of()));
        }
        return results;
    }

    private static Set<String> names() {
        Set<String> names = new TreeSet<>();
        LogManager.getLogManager()
                .getLoggerNames()
                .asIterator()
                .forEachRemaining(name -> names.add(name.isEmpty() ? ROOT : name));
        return names;
    }

    private static Level effectiveLevel(String name) {
        for (Logger logger = logger(name); logger != null; logger = logger.getParent()) {
            Level level = logger.getLevel();
            if (level != null) {
                return level;
            }
        }
        return Level.INFO;
    }

    private static Logger logger(String name) {
        return Logger.getLogger(name.equals(ROOT) ? "" : name);
    }

    private static String nameOf(Level level) {
        for (Map.Entry<String, Level> known : LEVELS.entrySet()) {
            if (level.intValue() >= known.getValue().intValue()) {
                return known.getKey();
            }
        }
        return "TRACE";
    }

    /** Whether changes can be made, all or none; INVALID_CONFIG or INVALID_REQUEST if not. */
    Checked check(List<ConfigChange> changes) {
        Set<String> known = names();
        for (ConfigChange change : changes) {
            String name = change.key();
            if (change.operation() != Operation.SET && change.operation() != Operation.DELETE) {
                return Checked.refused(ErrorCode.INVALID_REQUEST, "The level of a logger is no list.");
            }
            if (!known.contains(name)) {
                return Checked.refused(ErrorCode.INVALID_CONFIG, "There is no logger " + name + ".");
            }
            if (change.operation() == Operation.DELETE && name.equals(ROOT)) {
                return Checked.refused(ErrorCode.INVALID_REQUEST, "The root logger must have a level.");
            }
            if (change.operation() == Operation.SET && !LEVELS.containsKey(String.valueOf(change.value()))) {
                return Checked.refused(
                        ErrorCode.INVALID_CONFIG,
                        "The level of " + name + " cannot be " + change.value() + ", only one of " + LEVELS.keySet());
            }
        }
        return Checked.DONE_HERE;
    }

    /** Makes changes that were checked. A logger whose level is deleted has that of the one above it. */
    public void apply(List<ConfigChange> changes) {
        for (ConfigChange change : changes) {
            Logger logger = logger(change.key());
            held.put(change.key(), logger);
            logger.setLevel(change.operation() == Operation.DELETE ? null : LEVELS.get(change.value()));
        }
    }
}
