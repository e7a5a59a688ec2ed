package io.headrace.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

class BoundedExecutorTest {
    private final ArrayDeque<Runnable> behind = new ArrayDeque<>();
    private final List<String> done = new ArrayList<>();

    @Test
    void refusesWhatIsTooMuchUntilSomeIsBegun() {
        BoundedExecutor bounded = new BoundedExecutor(behind::add, 2);
        bounded.execute(() -> done.add("one"));
        bounded.execute(() -> done.add("two"));
        assertThatThrownBy(() -> bounded.execute(() -> done.add("three")))
                .isInstanceOf(RejectedExecutionException.class);

        behind.remove().run();
        bounded.execute(() -> done.add("four"));
        while (!behind.isEmpty()) {
            behind.remove().run();
        }
        assertThat(done).containsExactly("one", "two", "four");
    }

    @Test
    void whatTheExecutorBehindRefusesDoesNotCount() {
        boolean[] ended = {true};
        BoundedExecutor bounded = new BoundedExecutor(
                task -> {
                    if (ended[0]) {
                        throw new RejectedExecutionException("ended");
                    }
                    behind.add(task);
                },
                1);
        assertThatThrownBy(() -> bounded.execute(() -> {})).hasMessage("ended");
        ended[0] = false;
        bounded.execute(() -> done.add("one"));
        behind.remove().run();
        assertThat(done).containsExactly("one");
    }
}
