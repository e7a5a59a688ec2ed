package io.headrace.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ParallelTasksTest {
    @Test
    void everyTaskRunsOnce() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            AtomicIntegerArray runs = new AtomicIntegerArray(1000);
            List<ParallelTasks.Task> tasks = new ArrayList<>();
            for (int i = 0; i < runs.length(); i++) {
                int index = i;
                tasks.add(() -> runs.incrementAndGet(index));
            }
            ParallelTasks.run(threads, tasks);
            for (int i = 0; i < runs.length(); i++) {
                assertThat(runs.get(i)).isEqualTo(1);
            }
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void tasksRunAtTheSameTime() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(1);
        try {
            CyclicBarrier together = new CyclicBarrier(2);
            List<ParallelTasks.Task> tasks = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                tasks.add(() -> meet(together));
            }
            ParallelTasks.run(threads, tasks);
            assertThat(together.getNumberWaiting()).isZero();
        } finally {
            threads.shutdown();
        }
    }

    private static void meet(CyclicBarrier barrier) {
        try {
            barrier.await(20, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException("nobody else came", e);
        }
    }

    @Test
    void needsNoHelp() throws Exception {
        Queue<Runnable> later = new ArrayDeque<>();
        List<Integer> order = new ArrayList<>();
        ParallelTasks.run(later::add, noting(order, 50));
        assertThat(order).hasSize(50).isSorted();
        assertThat(later).isNotEmpty();
        later.forEach(Runnable::run);
        assertThat(order).hasSize(50);

        ParallelTasks.run(
                task -> {
                    throw new RejectedExecutionException("full");
                },
                noting(order, 50));
        assertThat(order).hasSize(100);
    }

    private static List<ParallelTasks.Task> noting(List<Integer> order, int count) {
        List<ParallelTasks.Task> tasks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int index = i;
            tasks.add(() -> order.add(index));
        }
        return tasks;
    }

    @Test
    void theFirstFailureEndsIt() {
        List<Integer> order = new ArrayList<>();
        List<ParallelTasks.Task> tasks = new ArrayList<>(noting(order, 10));
        tasks.add(3, () -> {
            throw new IOException("disk");
        });
        assertThatThrownBy(() -> ParallelTasks.run(task -> {}, tasks))
                .isInstanceOf(IOException.class)
                .hasMessage("disk");
        assertThat(order).containsExactly(0, 1, 2);
    }
}
