package io.headrace.server.api;

import io.headrace.core.BoundedPattern;
import io.headrace.core.transaction.TransactionFilter;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.ListTransactionsRequest;
import io.headrace.protocol.message.ListTransactionsResponse;
import io.headrace.protocol.message.ListTransactionsResponse.TransactionState;
import io.headrace.server.security.Access;
import io.headrace.server.security.Authorizer;
import io.headrace.server.security.Authorizer.Operation;
import io.headrace.server.security.Authorizer.ResourceType;
import io.headrace.server.transaction.TransactionCoordinators;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** ListTransactions: the transactional ids that this broker coordinates (KIP-664, KIP-994, KIP-1152). */
public final class ListTransactionsHandler implements RequestHandler<ListTransactionsRequest> {
    private final TransactionCoordinators transactions;
    private final Authorizer authorizer;

    public ListTransactionsHandler(TransactionCoordinators transactions, Authorizer authorizer) {
        this.transactions = transactions;
        this.authorizer = authorizer;
    }

    @Override
    public void handle(RequestContext context, ListTransactionsRequest request) {
        Access access = Access.of(context, authorizer);
        Predicate<String> pattern;
        try {
            String asked = request.transactionalIdPattern();
            pattern = asked == null || asked.isEmpty() ? id -> true : BoundedPattern.compile(asked)::matches;
        } catch (BoundedPattern.RefusedException e) {
            context.respond(new ListTransactionsResponse().setErrorCode(ErrorCode.INVALID_REGULAR_EXPRESSION.code()));
            return;
        }
        TransactionFilter filter =
                new TransactionFilter(request.stateFilters(), request.producerIdFilters(), request.durationFilter());
        List<TransactionState> listed = new ArrayList<>();
        transactions.list(
                filter,
                listed,
                error -> context.execute(() -> context.respond(answer(access, pattern, filter, listed, error))));
    }

    private static ListTransactionsResponse answer(
            Access access,
            Predicate<String> pattern,
            TransactionFilter filter,
            List<TransactionState> listed,
            ErrorCode error) {
        ListTransactionsResponse response = new ListTransactionsResponse();
        if (error != ErrorCode.NONE) {
            return response.setErrorCode(error.code());
        }
        Predicate<TransactionState> visible =
                state -> access.allows(Operation.DESCRIBE, ResourceType.TRANSACTIONAL_ID, state.transactionalId());
        try {
            return response.setUnknownStateFilters(filter.unknownStates())
                    .setTransactionStates(listed.stream()
                            .filter(visible)
                            .filter(state -> pattern.test(state.transactionalId()))
                            .toList());
        } catch (BoundedPattern.RefusedException e) {
            return response.setErrorCode(ErrorCode.INVALID_REGULAR_EXPRESSION.code());
        }
    }
}
