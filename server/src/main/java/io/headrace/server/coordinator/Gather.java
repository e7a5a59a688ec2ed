package io.headrace.server.coordinator;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;

/**
 * Waits for the parts of an answer, which may come in any order and from any thread, and passes them on in the order in
 * which they were asked for.
 *
 * @param <T> one part
 */
public final class Gather<T> {
    private final AtomicReferenceArray<T> parts;
    private final AtomicInteger missing;
    private final Consumer<List<T>> whole;

    private Gather(int count, Consumer<List<T>> whole) {
        this.parts = new AtomicReferenceArray<>(count);
        this.missing = new AtomicInteger(count);
        this.whole = whole;
    }

    /** Waits for so many parts; with none of them, the whole is there at once. */
    public static <T> Gather<T> of(int count, Consumer<List<T>> whole) {
        if (count == 0) {
            whole.accept(List.of());
        }
        return new Gather<>(count, whole);
    }

    /** Takes in a part. The last one completes the whole, on the thread that brings it. */
    public void put(int index, T part) {
        if (parts.getAndSet(index, part) != null) {
            throw new IllegalStateException("Part " + index + " came twice");
        }
        if (missing.decrementAndGet() == 0) {
            List<T> all = new ArrayList<>(parts.length());
            for (int i = 0; i < parts.length(); i++) {
                all.add(parts.get(i));
            }
            whole.accept(all);
        }
    }
}
