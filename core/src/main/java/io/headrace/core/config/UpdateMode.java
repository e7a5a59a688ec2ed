package io.headrace.core.config;

/** How a broker key may be changed while the broker runs (KIP-226). */
public enum UpdateMode {
    /** Only in the broker's own file, with a restart. */
    READ_ONLY,
    /** While running: for one broker only, since the value makes no sense on another. */
    PER_BROKER,
    /** While running: as the default of the whole cluster, or for one broker. */
    CLUSTER_WIDE
}
