package io.headrace.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.headrace.core.config.TopicConfig;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.DescribeLogDirsRequest;
import io.headrace.protocol.message.DescribeLogDirsResponse;
import io.headrace.protocol.message.DescribeLogDirsResponse.DescribeLogDirsResult;
import io.headrace.server.partition.Partitions;
import io.headrace.server.security.Authorizer;
import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

class DescribeLogDirsHandlerTest {
    private final BrokerLogs logs = new BrokerLogs();

    DescribeLogDirsHandlerTest() throws IOException {
        logs.createTopic("t", 2);
    }

    private DescribeLogDirsResult ask(Partitions partitions, Executor io) {
        DescribeLogDirsResponse answer = AnsweredRequest.ask(
                new DescribeLogDirsHandler(partitions, Authorizer.ALLOW_ALL, io),
                4,
                new DescribeLogDirsRequest().setTopics(null),
                DescribeLogDirsResponse.class);
        assertThat(answer.results()).hasSize(1);
        return answer.results().get(0);
    }

    @Test
    void partitionsAreListed() {
        DescribeLogDirsResult directory = ask(logs.partitions(), Runnable::run);
        assertThat(directory.errorCode()).isZero();
        assertThat(directory.topics().get(0).partitions()).hasSize(2);
    }

    @Test
    void directoryThatNobodyCouldLookAtIsAnError() {
        DescribeLogDirsResult full = ask(logs.partitions(), task -> {
            throw new RejectedExecutionException("full");
        });
        assertThat(full.errorCode()).isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR.code());
        assertThat(full.logDir()).endsWith("data");
        Partitions broken = new Partitions(
                1,
                () -> {
                    throw new IllegalStateException("broken");
                },
                logs.store(),
                topic -> TopicConfig.DEFAULT);
        DescribeLogDirsResult failed = ask(broken, Runnable::run);
        assertThat(failed.errorCode()).isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR.code());
        assertThat(failed.logDir()).isEqualTo(full.logDir());
    }
}
