package io.headrace.server;

import io.headrace.core.config.BrokerConfig;
import io.headrace.core.config.TransactionConfig;
import io.headrace.core.metadata.MetadataLog;
import io.headrace.protocol.ApiKey;
import io.headrace.protocol.UuidText;
import io.headrace.protocol.message.FetchRequest;
import io.headrace.server.api.AddOffsetsToTxnHandler;
import io.headrace.server.api.AddPartitionsToTxnHandler;
import io.headrace.server.api.AlterConfigsHandler;
import io.headrace.server.api.AlterPartitionReassignmentsHandler;
import io.headrace.server.api.ApiVersionsHandler;
import io.headrace.server.api.CreateAclsHandler;
import io.headrace.server.api.CreateDelegationTokenHandler;
import io.headrace.server.api.CreatePartitionsHandler;
import io.headrace.server.api.CreateTopicsHandler;
import io.headrace.server.api.DeleteAclsHandler;
import io.headrace.server.api.DeleteGroupsHandler;
import io.headrace.server.api.DeleteRecordsHandler;
import io.headrace.server.api.DeleteTopicsHandler;
import io.headrace.server.api.DescribeAclsHandler;
import io.headrace.server.api.DescribeClientQuotasHandler;
import io.headrace.server.api.DescribeClusterHandler;
import io.headrace.server.api.DescribeConfigsHandler;
import io.headrace.server.api.DescribeDelegationTokenHandler;
import io.headrace.server.api.DescribeGroupsHandler;
import io.headrace.server.api.DescribeLogDirsHandler;
import io.headrace.server.api.DescribeProducersHandler;
import io.headrace.server.api.DescribeQuorumHandler;
import io.headrace.server.api.DescribeTopicPartitionsHandler;
import io.headrace.server.api.DescribeTransactionsHandler;
import io.headrace.server.api.DescribeUserScramCredentialsHandler;
import io.headrace.server.api.ElectLeadersHandler;
import io.headrace.server.api.EndTxnHandler;
import io.headrace.server.api.ExpireDelegationTokenHandler;
import io.headrace.server.api.FindCoordinatorHandler;
import io.headrace.server.api.GetTelemetrySubscriptionsHandler;
import io.headrace.server.api.HeartbeatHandler;
import io.headrace.server.api.IncrementalAlterConfigsHandler;
import io.headrace.server.api.InitProducerIdHandler;
import io.headrace.server.api.JoinGroupHandler;
import io.headrace.server.api.LeaveGroupHandler;
import io.headrace.server.api.ListConfigResourcesHandler;
import io.headrace.server.api.ListGroupsHandler;
import io.headrace.server.api.ListOffsetsHandler;
import io.headrace.server.api.ListPartitionReassignmentsHandler;
import io.headrace.server.api.ListTransactionsHandler;
import io.headrace.server.api.MetadataHandler;
import io.headrace.server.api.OffsetCommitHandler;
import io.headrace.server.api.OffsetCommitVerification;
import io.headrace.server.api.OffsetDeleteHandler;
import io.headrace.server.api.OffsetFetchHandler;
import io.headrace.server.api.OffsetForLeaderEpochHandler;
import io.headrace.server.api.ProduceHandler;
import io.headrace.server.api.ProduceVerification;
import io.headrace.server.api.PushTelemetryHandler;
import io.headrace.server.api.RenewDelegationTokenHandler;
import io.headrace.server.api.RequestHandler;
import io.headrace.server.api.SaslAuthenticateHandler;
import io.headrace.server.api.SaslHandshakeHandler;
import io.headrace.server.api.SyncGroupHandler;
import io.headrace.server.api.TxnOffsetCommitHandler;
import io.headrace.server.api.WriteTxnMarkersHandler;
import io.headrace.server.config.BrokerLoggers;
import io.headrace.server.config.ConfigAlteration;
import io.headrace.server.fetch.FetchSessions;
import io.headrace.server.fetch.Fetches;
import io.headrace.server.group.GroupCoordinators;
import io.headrace.server.metadata.Proposals;
import io.headrace.server.metadata.TopicCreation;
import io.headrace.server.partition.Partitions;
import io.headrace.server.partition.TransactionMarkers;
import io.headrace.server.producer.ProducerIdQuota;
import io.headrace.server.producer.ProducerIds;
import io.headrace.server.security.Authorizer;
import io.headrace.server.transaction.TransactionCoordinators;
import java.time.Clock;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** The handler of each API that this broker serves. */
final class Handlers {
    /** Reads and searches of clients that may wait for a thread. */
    private static final int IO_TASKS_WAITING_MAX = 100_000;

    /** Clients whose producer ids are counted. */
    private static final int QUOTA_CLIENTS_MAX = 10_000;

    /** What groups and transactions need. */
    record Coordination(
            GroupCoordinators groups,
            TransactionCoordinators transactions,
            TransactionMarkers markers,
            ProducerIds producerIds) {}

    private final BrokerConfig startConfig;
    private final Supplier<BrokerConfig> config;
    private final MetadataLog metadata;
    private final Partitions partitions;
    private final GroupCoordinators groups;
    private final TransactionCoordinators transactions;
    private final TransactionMarkers markers;
    private final ProducerIds producerIds;
    private final Authorizer authorizer;
    private final Executor io;
    private final RandomGenerator random;
    private final Clock clock;
    private final LongSupplier monotonicMs;
    private final Proposals proposals;
    private final TopicCreation creation;

    Handlers(
            Supplier<BrokerConfig> config,
            MetadataLog metadata,
            Partitions partitions,
            Coordination coordination,
            Authorizer authorizer,
            BrokerCore.Environment environment) {
        this.startConfig = config.get();
        this.config = config;
        this.metadata = metadata;
        this.partitions = partitions;
        this.groups = coordination.groups();
        this.transactions = coordination.transactions();
        this.markers = coordination.markers();
        this.producerIds = coordination.producerIds();
        this.authorizer = authorizer;
        this.io = new BoundedExecutor(environment.io(), IO_TASKS_WAITING_MAX);
        this.random = environment.random();
        this.clock = environment.clock();
        this.monotonicMs = environment.monotonicMs();
        this.proposals = new Proposals(metadata);
        this.creation = new TopicCreation(config, this::randomId);
    }

    Map<ApiKey, RequestHandler<?>> all() {
        Map<ApiKey, RequestHandler<?>> handlers = new EnumMap<>(ApiKey.class);
        addRecords(handlers);
        addMetadata(handlers);
        addGroups(handlers);
        addTransactions(handlers);
        addSecurity(handlers);
        Set<ApiKey> served = EnumSet.copyOf(handlers.keySet());
        served.add(ApiKey.API_VERSIONS);
        handlers.put(ApiKey.API_VERSIONS, new ApiVersionsHandler(served, () -> metadata.image()
                .index()));
        // Not announced, as in Kafka when nothing receives the metrics; clients that ask all the same are answered.
        handlers.put(
                ApiKey.GET_TELEMETRY_SUBSCRIPTIONS,
                new GetTelemetrySubscriptionsHandler(telemetryBytesMax(), this::randomId));
        handlers.put(ApiKey.PUSH_TELEMETRY, new PushTelemetryHandler(telemetryBytesMax()));
        return handlers;
    }

    private void addRecords(Map<ApiKey, RequestHandler<?>> handlers) {
        Fetches fetches = new Fetches(
                partitions,
                new FetchSessions(startConfig.connections().fetchSessionsMax(), random),
                authorizer,
                startConfig.connections().fetchBytesMax(),
                monotonicMs,
                io);
        RequestHandler<FetchRequest> fetch = fetches::start;
        handlers.put(
                ApiKey.PRODUCE,
                new ProduceHandler(
                        partitions,
                        authorizer,
                        clock,
                        new ProduceVerification.Verifying(
                                transactions, partitions.store().writer(), monotonicMs, this::transactionConfig)));
        handlers.put(ApiKey.DESCRIBE_PRODUCERS, new DescribeProducersHandler(partitions, authorizer));
        handlers.put(ApiKey.FETCH, fetch);
        handlers.put(ApiKey.LIST_OFFSETS, new ListOffsetsHandler(partitions, authorizer, io));
        handlers.put(ApiKey.OFFSET_FOR_LEADER_EPOCH, new OffsetForLeaderEpochHandler(partitions, authorizer));
        handlers.put(ApiKey.DELETE_RECORDS, new DeleteRecordsHandler(partitions, authorizer));
        handlers.put(ApiKey.DESCRIBE_LOG_DIRS, new DescribeLogDirsHandler(partitions, authorizer, io));
    }

    private void addTransactions(Map<ApiKey, RequestHandler<?>> handlers) {
        ProducerIdQuota quota =
                new ProducerIdQuota(startConfig.transactions().producerIdsPerSecond(), QUOTA_CLIENTS_MAX, monotonicMs);
        handlers.put(ApiKey.INIT_PRODUCER_ID, new InitProducerIdHandler(producerIds, quota, transactions, authorizer));
        handlers.put(ApiKey.ADD_PARTITIONS_TO_TXN, new AddPartitionsToTxnHandler(transactions, proposals, authorizer));
        handlers.put(
                ApiKey.ADD_OFFSETS_TO_TXN, new AddOffsetsToTxnHandler(transactions, proposals, creation, authorizer));
        handlers.put(
                ApiKey.TXN_OFFSET_COMMIT,
                new TxnOffsetCommitHandler(
                        groups,
                        new OffsetCommitVerification(partitions, transactions, this::transactionConfig),
                        proposals,
                        authorizer));
        handlers.put(ApiKey.WRITE_TXN_MARKERS, new WriteTxnMarkersHandler(markers, authorizer));
        handlers.put(ApiKey.END_TXN, new EndTxnHandler(transactions, authorizer));
        handlers.put(ApiKey.DESCRIBE_TRANSACTIONS, new DescribeTransactionsHandler(transactions, authorizer));
        handlers.put(ApiKey.LIST_TRANSACTIONS, new ListTransactionsHandler(transactions, authorizer));
    }

    private void addMetadata(Map<ApiKey, RequestHandler<?>> handlers) {
        handlers.put(ApiKey.METADATA, new MetadataHandler(proposals, creation, config, authorizer));
        handlers.put(ApiKey.CREATE_TOPICS, new CreateTopicsHandler(proposals, creation, config, authorizer));
        handlers.put(ApiKey.DELETE_TOPICS, new DeleteTopicsHandler(proposals, config, authorizer));
        handlers.put(ApiKey.CREATE_PARTITIONS, new CreatePartitionsHandler(proposals, authorizer));
        handlers.put(ApiKey.DESCRIBE_CLUSTER, new DescribeClusterHandler(proposals, authorizer));
        handlers.put(
                ApiKey.ALTER_PARTITION_REASSIGNMENTS, new AlterPartitionReassignmentsHandler(proposals, authorizer));
        handlers.put(
                ApiKey.DESCRIBE_QUORUM,
                new DescribeQuorumHandler(proposals, startConfig.node().nodeId(), authorizer, clock));
        handlers.put(ApiKey.ELECT_LEADERS, new ElectLeadersHandler(proposals, authorizer));
        handlers.put(ApiKey.LIST_PARTITION_REASSIGNMENTS, new ListPartitionReassignmentsHandler(authorizer));
        BrokerLoggers loggers = new BrokerLoggers();
        ConfigAlteration alteration = new ConfigAlteration(config, authorizer, loggers);
        handlers.put(ApiKey.DESCRIBE_CONFIGS, new DescribeConfigsHandler(metadata, config, authorizer, loggers));
        handlers.put(ApiKey.ALTER_CONFIGS, new AlterConfigsHandler(proposals, alteration));
        handlers.put(
                ApiKey.INCREMENTAL_ALTER_CONFIGS, new IncrementalAlterConfigsHandler(proposals, alteration, loggers));
        handlers.put(ApiKey.LIST_CONFIG_RESOURCES, new ListConfigResourcesHandler(metadata, authorizer));
        handlers.put(
                ApiKey.DESCRIBE_TOPIC_PARTITIONS,
                new DescribeTopicPartitionsHandler(
                        proposals, authorizer, startConfig.connections().pagePartitionsMax()));
    }

    /** What clients ask of a broker with access control, authentication and quotas, answered by one that has none of it. */
    private void addSecurity(Map<ApiKey, RequestHandler<?>> handlers) {
        handlers.put(ApiKey.DESCRIBE_ACLS, new DescribeAclsHandler());
        handlers.put(ApiKey.CREATE_ACLS, new CreateAclsHandler());
        handlers.put(ApiKey.DELETE_ACLS, new DeleteAclsHandler());
        handlers.put(ApiKey.CREATE_DELEGATION_TOKEN, new CreateDelegationTokenHandler());
        handlers.put(ApiKey.RENEW_DELEGATION_TOKEN, new RenewDelegationTokenHandler());
        handlers.put(ApiKey.EXPIRE_DELEGATION_TOKEN, new ExpireDelegationTokenHandler());
        handlers.put(ApiKey.DESCRIBE_DELEGATION_TOKEN, new DescribeDelegationTokenHandler());
        handlers.put(ApiKey.SASL_HANDSHAKE, new SaslHandshakeHandler());
        handlers.put(ApiKey.SASL_AUTHENTICATE, new SaslAuthenticateHandler());
        handlers.put(ApiKey.DESCRIBE_USER_SCRAM_CREDENTIALS, new DescribeUserScramCredentialsHandler(authorizer));
        handlers.put(ApiKey.DESCRIBE_CLIENT_QUOTAS, new DescribeClientQuotasHandler(authorizer));
    }

    private void addGroups(Map<ApiKey, RequestHandler<?>> handlers) {
        handlers.put(ApiKey.FIND_COORDINATOR, new FindCoordinatorHandler(proposals, creation, authorizer));
        handlers.put(ApiKey.OFFSET_COMMIT, new OffsetCommitHandler(groups, proposals, authorizer));
        handlers.put(ApiKey.OFFSET_FETCH, new OffsetFetchHandler(groups, proposals, authorizer));
        handlers.put(ApiKey.OFFSET_DELETE, new OffsetDeleteHandler(groups, proposals, authorizer));
        handlers.put(ApiKey.JOIN_GROUP, new JoinGroupHandler(groups, authorizer));
        handlers.put(ApiKey.SYNC_GROUP, new SyncGroupHandler(groups, authorizer));
        handlers.put(ApiKey.HEARTBEAT, new HeartbeatHandler(groups, authorizer));
        handlers.put(ApiKey.LEAVE_GROUP, new LeaveGroupHandler(groups, authorizer));
        handlers.put(ApiKey.DESCRIBE_GROUPS, new DescribeGroupsHandler(groups, authorizer));
        handlers.put(ApiKey.LIST_GROUPS, new ListGroupsHandler(groups, authorizer));
        handlers.put(ApiKey.DELETE_GROUPS, new DeleteGroupsHandler(groups, authorizer));
    }

    private TransactionConfig transactionConfig() {
        return config.get().transactions();
    }

    private int telemetryBytesMax() {
        return startConfig.intValue("telemetry.max.bytes");
    }

    private UUID randomId() {
        return UuidText.random(random::nextLong);
    }
}
