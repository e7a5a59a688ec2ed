package io.headrace.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.protocol.records.RecordBatch;
import io.headrace.protocol.records.RecordBatchBuilder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RecoveredBatchesTest {
    private final RecoveryMemory memory = new RecoveryMemory();

    private static RecordBatch batch(long baseOffset, String value) {
        ByteBuffer bytes = new RecordBatchBuilder()
                .append(1_000, null, value.getBytes(StandardCharsets.UTF_8))
                .build();
        RecordBatch batch = RecordBatch.of(bytes);
        batch.setBaseOffset(baseOffset);
        return batch;
    }

    private static RecoveredBatches noted(RecoveryMemory memory, List<RecordBatch> batches) {
        RecoveredBatches recovered = new RecoveredBatches(memory);
        batches.forEach(recovered::add);
        return recovered;
    }

    private static List<RecordBatch> many(int count) {
        List<RecordBatch> batches = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            batches.add(batch(7 + 3L * i, "value " + i));
        }
        return batches;
    }

    @Test
    void knowsTheBatchesItWasToldOfInAnyOrder() {
        memory.begin();
        List<RecordBatch> batches = many(200);
        RecoveredBatches recovered = noted(memory, batches);
        assertThat(batches).allMatch(recovered::contains);
        assertThat(recovered.contains(batches.get(150))).isTrue();
        assertThat(recovered.contains(batches.get(3))).isTrue();
    }

    @Test
    void anotherBatchAtAKnownOffsetIsNotContained() {
        memory.begin();
        RecoveredBatches recovered = noted(memory, many(10));
        assertThat(recovered.contains(batch(7, "value 1"))).isFalse();
        assertThat(recovered.contains(batch(7, "value 10"))).isFalse();
        assertThat(recovered.contains(batch(8, "value 0"))).isFalse();
        assertThat(recovered.contains(batch(0, "value 0"))).isFalse();
        assertThat(recovered.contains(batch(7 + (1L << 40), "value 0"))).isFalse();
    }

    @Test
    void whatIsForgottenIsUnknownForGood() {
        memory.begin();
        List<RecordBatch> batches = many(10);
        RecoveredBatches recovered = noted(memory, batches);
        recovered.forget();
        recovered.add(batches.get(0));
        assertThat(batches).noneMatch(recovered::contains);
    }

    @Test
    void nothingIsRememberedWhereNobodyWillAsk() {
        List<RecordBatch> batches = many(10);
        assertThat(batches).noneMatch(noted(memory, batches)::contains);
        memory.begin();
        memory.end();
        assertThat(batches).noneMatch(noted(memory, batches)::contains);
    }

    @Test
    void offsetsTooFarFromTheFirstAreLeftOut() {
        memory.begin();
        RecordBatch first = batch(5, "first");
        RecordBatch far = batch(5 + (1L << 32), "far");
        RecoveredBatches recovered = noted(memory, List.of(first, far));
        assertThat(recovered.contains(first)).isTrue();
        assertThat(recovered.contains(far)).isFalse();
    }
}
