package io.headrace.cli.group;

import io.headrace.cli.client.Cluster;
import io.headrace.cli.client.CommandFailure;
import io.headrace.cli.client.Session;
import io.headrace.cli.output.OutputOptions;
import io.headrace.cli.output.Table;
import io.headrace.protocol.ErrorCode;
import io.headrace.protocol.message.ListGroupsRequest;
import io.headrace.protocol.message.ListGroupsResponse;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** The groups there are. */
@Command(name = "list", aliases = "ls", description = "Lists groups.", mixinStandardHelpOptions = true)
final class ListGroupsCommand implements Runnable {
    private final Session session;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    ListGroupsCommand(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        Map<String, ListGroupsResponse.ListedGroup> groups = new TreeMap<>();
        try (Cluster cluster = session.connect()) {
            for (int node : cluster.brokerIds()) {
                ListGroupsResponse response =
                        cluster.askBroker(node, new ListGroupsRequest(), ListGroupsResponse.class);
                ErrorCode error = ErrorCode.forCode(response.errorCode());
                if (error != ErrorCode.NONE) {
                    throw CommandFailure.of(error, "Broker " + node + ": " + error.message());
                }
                response.groups().forEach(group -> groups.put(group.groupId(), group));
            }
        }
        Table table = new Table("group", "type", "protocol", "state");
        groups.values()
                .forEach(group -> table.row(
                        group.groupId(),
                        text(group.groupType()),
                        text(group.protocolType()),
                        text(group.groupState())));
        table.print(session.out(), output);
    }

    private static @Nullable String text(String value) {
        return value.isEmpty() ? null : value;
    }
}
