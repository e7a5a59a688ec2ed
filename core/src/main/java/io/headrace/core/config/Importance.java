package io.headrace.core.config;

/** How much a configuration key matters to most operators. */
public enum Importance {
    HIGH,
    MEDIUM,
    LOW
}
