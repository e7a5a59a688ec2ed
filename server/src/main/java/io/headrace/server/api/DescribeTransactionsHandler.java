package io.headrace.server.api;

import io.headrace.core.coordinator.Step;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.DescribeTransactionsRequest;
import io.headrace.protocol.message.DescribeTransactionsResponse;
import io.headrace.protocol.message.DescribeTransactionsResponse.TransactionState;
import io.headrace.server.coordinator.Gather;
import io.headrace.server.security.Access;
import io.headrace.server.security.Authorizer;
import io.headrace.server.security.Authorizer.Operation;
import io.headrace.server.security.Authorizer.ResourceType;
import io.headrace.server.transaction.TransactionCoordinators;
import java.util.List;
import java.util.function.Consumer;

/** DescribeTransactions: where transactional ids stand (KIP-664). Shows only the topics that the client may see. */
public final class DescribeTransactionsHandler implements RequestHandler<DescribeTransactionsRequest> {
    private final TransactionCoordinators transactions;
    private final Authorizer authorizer;

    public DescribeTransactionsHandler(TransactionCoordinators transactions, Authorizer authorizer) {
        this.transactions = transactions;
        this.authorizer = authorizer;
    }

    @Override
    public void handle(RequestContext context, DescribeTransactionsRequest request) {
        Access access = Access.of(context, authorizer);
        List<String> asked = request.transactionalIds();
        Gather<TransactionState> answers = Gather.of(
                asked.size(), parts -> context.respond(new DescribeTransactionsResponse().setTransactionStates(parts)));
        for (int i = 0; i < asked.size(); i++) {
            int index = i;
            describe(access, asked.get(i), state -> answers.put(index, visible(access, state)));
        }
    }

    private void describe(Access access, String id, Consumer<TransactionState> answer) {
        if (!access.allows(Operation.DESCRIBE, ResourceType.TRANSACTIONAL_ID, id)) {
            answer.accept(failure(id, ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED));
        } else if (id.isEmpty()) {
            answer.accept(failure(id, ErrorCode.INVALID_REQUEST));
        } else {
            transactions.submit(
                    id,
                    (coordinator, nowMs) -> {
                        answer.accept(coordinator.describe(id));
                        return Step.NOTHING;
                    },
                    error -> answer.accept(failure(id, error)));
        }
    }

    private static TransactionState visible(Access access, TransactionState state) {
        return state.setTopics(state.topics().stream()
                .filter(topic -> access.allows(Operation.DESCRIBE, ResourceType.TOPIC, topic.topic()))
                .toList());
    }

    private static TransactionState failure(String id, ErrorCode error) {
        return new TransactionState().setTransactionalId(id).setErrorCode(error.code());
    }
}
