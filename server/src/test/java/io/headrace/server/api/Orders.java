package io.headrace.server.api;

import java.util.ArrayList;
import java.util.List;

/** Every way in which the steps of two things that go on at the same time can follow each other. */
final class Orders {
    private Orders() {}

    /** The two lists merged in each possible way; the order inside each of them stays. */
    static <T> List<List<T>> of(List<T> one, List<T> other) {
        if (one.isEmpty() || other.isEmpty()) {
            return List.of(one.isEmpty() ? other : one);
        }
        List<List<T>> orders = new ArrayList<>();
        for (List<T> rest : of(one.subList(1, one.size()), other)) {
            orders.add(prepended(one.get(0), rest));
        }
        for (List<T> rest : of(one, other.subList(1, other.size()))) {
            orders.add(prepended(other.get(0), rest));
        }
        return orders;
    }

    private static <T> List<T> prepended(T first, List<T> rest) {
        List<T> all = new ArrayList<>(rest.size() + 1);
        all.add(first);
        all.addAll(rest);
        return all;
    }
}
