"""What a large number of partitions costs: to create, to start with, to ask for, to write to and to delete."""
import time

PARTITIONS_PER_TOPIC = 100
TOPICS_PER_REQUEST = 100
PARTITIONS_PER_PRODUCE = 1000


def partitions(broker, count, written):
    """Creates `count` partitions in topics of 100 and restarts the broker in order and after a kill, first with all of them
    empty; then, if `written`, with two records in each."""
    names = ['set-%05d' % i for i in range(count // PARTITIONS_PER_TOPIC)]
    metrics = {'create_s': _create(broker, names), 'rss_after_create_mb': broker.resident_mb()}
    metrics['stop_s'], metrics['restart_s'] = broker.stop(), broker.start()
    time.sleep(2)
    metrics['rss_mb'] = broker.resident_mb()
    metrics.update(_ask_for_all(broker, names))
    metrics['rss_after_asking_mb'] = broker.resident_mb()
    broker.kill()
    metrics['killed_restart_s'] = broker.start()
    if written:
        metrics.update(_with_records(broker, names))
    metrics['delete_s'] = _delete(broker, names)
    return metrics


def _with_records(broker, names):
    metrics = _produce_to_all(broker, names)
    metrics['rss_after_produce_mb'], metrics['open_files'] = broker.resident_mb(), broker.open_files()
    broker.kill()
    metrics['written_killed_restart_s'] = broker.start()
    metrics['rss_after_recovery_mb'] = broker.resident_mb()
    metrics['written_stop_s'] = broker.stop()
    metrics['written_restart_s'] = broker.start()
    time.sleep(2)
    metrics['written_rss_mb'] = broker.resident_mb()
    return metrics


def _timed(broker, work):
    connection = broker.connect()
    try:
        begin = time.monotonic()
        result = work(connection)
        return time.monotonic() - begin, result
    finally:
        connection.close()


def _in_parts(values, size):
    return [values[i:i + size] for i in range(0, len(values), size)]


def _require_none(errors, what):
    if errors:
        raise RuntimeError('%s failed: %s' % (what, dict(list(errors.items())[:5])))


def _create(broker, names):
    def work(connection):
        for part in _in_parts(names, TOPICS_PER_REQUEST):
            _require_none(connection.create_topics({name: (PARTITIONS_PER_TOPIC, {}) for name in part}), 'CreateTopics')
    return _timed(broker, work)[0]


def _delete(broker, names):
    def work(connection):
        for part in _in_parts(names, TOPICS_PER_REQUEST):
            _require_none(connection.delete_topics(part), 'DeleteTopics')
    return _timed(broker, work)[0]


def _ask_for_all(broker, names):
    """One Metadata request for all topics, ten times; then all of them in pages, with DescribeTopicPartitions."""
    def metadata(connection):
        return [connection.metadata_size() for _ in range(10)]

    cpu = broker.cpu_seconds()
    seconds, sizes = _timed(broker, metadata)
    cpu = broker.cpu_seconds() - cpu
    paging, pages = _timed(broker, lambda connection: connection.describe_all_topics(names[0]))
    return {
        'metadata_ms': seconds / 10 * 1000, 'metadata_cpu_ms': cpu / 10 * 1000, 'metadata_mb': sizes[0] / 1e6,
        'paging_s': paging, 'pages': pages,
    }


def _produce_to_all(broker, names):
    """One record to each partition over one connection, a thousand partitions a request, acknowledged when on disk."""
    topics_per_request = PARTITIONS_PER_PRODUCE // PARTITIONS_PER_TOPIC

    def work(connection):
        for part in _in_parts(names, topics_per_request):
            _require_none(connection.produce_to_topics(part, PARTITIONS_PER_TOPIC), 'Produce')
    first, _ = _timed(broker, work)
    again, _ = _timed(broker, work)
    return {'produce_s': first, 'produce_again_s': again}
