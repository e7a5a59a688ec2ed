"""How fast a log of keyed records is compacted."""
import os
import subprocess
import time

BACKOFF_MS = 100
# The same for both brokers, and what is their default said aloud.
BROKER_SETTINGS = {
    'log.cleaner.threads': 1, 'log.cleaner.dedupe.buffer.size': 128 << 20, 'log.cleaner.io.buffer.size': 512 << 10,
    'log.cleaner.backoff.ms': BACKOFF_MS,
}
SEGMENT_BYTES = 64 << 20
TIMEOUT_S = 600
# name, records, keys, bytes of each record, compression
LOADS = [('1k', 1_000_000, 200_000, 1000, 'none'), ('100b', 5_000_000, 1_000_000, 100, 'lz4')]


def compaction(tools, broker):
    """Fills logs of a topic that is not compacted, makes it so, and waits until the cleaner has been through all of it."""
    metrics = {}
    for name, records, keys, size, compression in LOADS:
        metrics.update({key + '_' + name: value for key, value in _compact(tools, broker, name, records, keys, size, compression).items()})
    return metrics


def _compact(tools, broker, name, records, keys, size, compression):
    topic = 'keyed-' + name
    broker.create_topics({topic: (1, {'cleanup.policy': 'delete', 'segment.bytes': str(SEGMENT_BYTES)})})
    tools.run_java(
        tools.compile_java('KeyedLoad'), '127.0.0.1:%d' % broker.port, topic, records, keys, size, compression)
    directory = os.path.join(broker.work, 'data')
    partition = os.path.join(directory, topic + '-0')
    subprocess.run(['sync', '-f', partition], check=True)  # what was written is not what is measured
    segments = sorted(file for file in os.listdir(partition) if file.endswith('.log'))
    before = sum(os.path.getsize(os.path.join(partition, file)) for file in segments[:-1])
    active = int(segments[-1][:-len('.log')])
    _alter(broker, topic, 'min.cleanable.dirty.ratio', '0.01')
    cpu, begin = broker.cpu_seconds(), time.monotonic()
    _alter(broker, topic, 'cleanup.policy', 'compact')
    while _cleaned_to(directory, topic) < active:
        if time.monotonic() - begin > TIMEOUT_S:
            raise RuntimeError('%s has not compacted %s' % (broker.name, topic))
        time.sleep(0.005)
    seconds, cpu = time.monotonic() - begin, broker.cpu_seconds() - cpu
    after = sum(
        os.path.getsize(os.path.join(partition, file)) for file in os.listdir(partition)
        if file.endswith('.log') and int(file[:-len('.log')]) < active)
    return {
        'mb_s': before / 1e6 / seconds, 'cpu_s_per_gb': cpu / (before / 1e9), 's': seconds,
        'mb_before': before / 1e6, 'mb_after': after / 1e6,
    }


def _alter(broker, topic, key, value):
    connection = broker.connect()
    try:
        error = connection.alter_topic_config(topic, key, value)
        if error:
            raise RuntimeError('%s refused %s=%s: error %d' % (broker.name, key, value, error))
    finally:
        connection.close()


def _cleaned_to(directory, topic):
    """What the cleaner's checkpoint says of partition 0; -1 if nothing."""
    try:
        with open(os.path.join(directory, 'cleaner-offset-checkpoint')) as checkpoint:
            for line in checkpoint:
                fields = line.split()
                if fields[:2] == [topic, '0']:
                    return int(fields[2])
    except FileNotFoundError:
        pass
    return -1
