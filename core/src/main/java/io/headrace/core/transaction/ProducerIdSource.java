package io.headrace.core.transaction;

/** Gives out producer ids that were never given out before. */
public interface ProducerIdSource {
    /** What {@link #next} returns when there is no id at hand. */
    long NONE = -1;

    /** The next id, or {@link #NONE}: whoever needs one is to try again. */
    long next();
}
