"""Transactions per second of one producer that commits one after the other."""
RECORD_SIZE = 100
PARTITIONS = (1, 8)
RECORDS = (1, 10, 100)


def transactions(tools, broker):
    """Transactions of 1, 10 and 100 records of 100 B over 1 and 8 partitions, each kind in a topic of its own."""
    kinds = [('txn-%d-%d' % (partitions, records), partitions, records) for partitions in PARTITIONS for records in RECORDS]
    broker.create_topics({topic: (partitions, {}) for topic, partitions, _ in kinds})
    cpu = broker.cpu_seconds()
    out = tools.run_java(
        tools.compile_java('TransactionLoad'), '127.0.0.1:%d' % broker.port, RECORD_SIZE, tools.warm_up, tools.seconds,
        *['%s:%d:%d' % kind for kind in kinds])
    metrics = {}
    for line in out.splitlines():
        found = dict(pair.split('=') for pair in line.split())
        kind = '%s_in_%s' % (found['records'], found['partitions'])
        metrics['txn_s_' + kind] = float(found['txn_s'])
        metrics['p50_us_' + kind] = float(found['p50_us'])
        metrics['p99_us_' + kind] = float(found['p99_us'])
    metrics['cpu_s'] = broker.cpu_seconds() - cpu
    return metrics
