"""Turns the medians into the table of the README: what was measured, the ratio, and the target it is held against."""
import os
import platform

from . import transactions


def _ratio(medians, measurement, metric):
    ours = medians.get((measurement, 'headrace'), {}).get(metric)
    theirs = medians.get((measurement, 'kafka'), {}).get(metric)
    return ours, theirs, ours / theirs if ours is not None and theirs else None


# work, measurement, metric, unit, target in words, whether the ratio meets it
RATIOS = [
    ('Produce 16 x 1 KB batches: broker CPU per GB', 'produce', 'cpu_s_per_gb', 's', 'at most 0.5', lambda r: r <= 0.5),
    ('Produce 16 x 1 KB batches: throughput', 'produce', 'mb_s', 'MB/s', '', None),
    ('Produce 100 B records: broker CPU per request', 'small', 'cpu_us_per_request', 'us', 'at most 0.25', lambda r: r <= 0.25),
    ('Produce 100 B records: requests per second', 'small', 'requests_s', '/s', 'at least 3', lambda r: r >= 3),
    ('Fetch 1 MB from the page cache: broker CPU per GB', 'fetch', 'cpu_s_per_gb', 's', 'at most 0.6', lambda r: r <= 0.6),
    ('Fetch 1 MB from the page cache: throughput', 'fetch', 'mb_s', 'MB/s', '', None),
    ('ProducerPerformance 1 KB, acks=all: broker CPU per GB', 'java', 'produce_cpu_s_per_gb', 's', '', None),
    ('ProducerPerformance 1 KB, acks=all: throughput', 'java', 'produce_mb_s', 'MB/s', '', None),
    ('ConsumerPerformance: broker CPU per GB', 'java', 'consume_cpu_s_per_gb', 's', '', None),
    ('ConsumerPerformance: throughput', 'java', 'consume_mb_s', 'MB/s', '', None),
    ('Start to first acknowledged record', 'start', 's', 's', 'at most 0.15', lambda r: r <= 0.15),
    ('Resident memory after the loads', 'memory-after', 'rss_mb', 'MB', 'under 0.5', lambda r: r < 0.5),
    ('Resident memory idle', 'memory-idle', 'rss_mb', 'MB', '', None),
]

for _partitions in transactions.PARTITIONS:
    for _records in transactions.RECORDS:
        RATIOS.append((
            'Transactions of %d x 100 B in %d partition%s, durability=os' % (_records, _partitions, 's' if _partitions > 1 else ''),
            'transactions', 'txn_s_%d_in_%d' % (_records, _partitions), '/s', 'at least 2', lambda r: r >= 2))
for _name, _words in ('1k', '1 KB'), ('100b', '100 B, lz4'):
    RATIOS.append((
        'Compaction of records of %s: input' % _words, 'compaction', 'mb_s_' + _name, 'MB/s', 'at least 1', lambda r: r >= 1))
    RATIOS.append(('Compaction of records of %s: broker CPU per GB' % _words, 'compaction', 'cpu_s_per_gb_' + _name, 's', '', None))
RATIOS.append((
    '1,000 partitions served after a kill', 'recovery', 's', 's', 'at most 0.1', lambda r: r <= 0.1))
RATIOS.append((
    '1,000 partitions served after a kill, a tenth of the data', 'recovery-tenth', 's', 's', 'at most 0.1', lambda r: r <= 0.1))

# work, measurement, metric, unit, target in words, whether Headrace's value meets it
ABSOLUTES = [
    ('Start to first acknowledged record', 'start', 's', 's', 'under 0.5 s', lambda v: v < 0.5),
    ('Resident memory idle', 'memory-idle', 'rss_mb', 'MB', 'under 100 MB', lambda v: v < 100),
    ('Durable produce at 500 requests/s: p50', 'durable-latency', 'p50_us', 'us', '', None),
    ('- the same over one 4 KiB overwrite + fdatasync', 'durable-latency', 'times_disk', 'times', 'at most 3', lambda v: v <= 3),
    ('- by four connections at a time: p50', 'durable-latency', 'p50_us_of_4', 'us', '', None),
    ('- the same over one 4 KiB overwrite + fdatasync', 'durable-latency', 'times_disk_of_4', 'times', 'at most 3', lambda v: v <= 3),
]

# The same for both numbers of partitions: metric, unit, words, target for 10,000 and whether it is met
PARTITIONS = [
    ('create_s', 's', 'create', 'under 20 s', lambda v: v < 20),
    ('restart_more_s', 's', 'restart, more than empty', 'under 1 s', lambda v: v < 1),
    ('killed_restart_more_s', 's', 'restart after a kill, more than empty', 'under 1 s', lambda v: v < 1),
    ('rss_mb', 'MB', 'resident memory', 'under 150 MB', lambda v: v < 150),
    ('metadata_cpu_ms', 'ms', 'broker CPU for a Metadata request for all', '', None),
    ('rss_after_asking_mb', 'MB', 'resident memory after ten of these', 'under 150 MB', lambda v: v < 150),
    ('produce_s', 's', 'the first record in each, acks=all', '', None),
    ('produce_again_s', 's', 'the second record in each', '', None),
    ('rss_after_produce_mb', 'MB', 'resident memory after that', '', None),
    ('open_files', '', 'open files after that', '', None),
    ('written_killed_restart_s', 's', 'restart after a kill at that moment', '', None),
    ('written_stop_s', 's', 'stop in order', '', None),
    ('written_restart_more_s', 's', 'restart after that, more than empty', 'under 1 s', lambda v: v < 1),
    ('delete_s', 's', 'delete', '', None),
]
for _measurement, _count in (('partitions', '10,000'), ('partitions100k', '100,000')):
    for _metric, _unit, _words, _target, _met in PARTITIONS:
        _held = _measurement == 'partitions'
        ABSOLUTES.append((
            '%s partitions: %s' % (_count, _words), _measurement, _metric, _unit, _target if _held else '', _met if _held else None))


def _number(value):
    return '-' if value is None else '%.0f' % value if abs(value) >= 100 else '%.3g' % value


def _verdict(met):
    return '' if met is None else 'yes' if met else 'NO'


def table(medians, jdk):
    lines = ['Both on %s, %d cores, Linux %s; medians.' % (os.path.basename(jdk), os.cpu_count(), platform.release()), '',
             '| Work | Headrace | Kafka | Ratio | Target | Met |', '|---|---|---|---|---|---|']
    for work, measurement, metric, unit, target, met in RATIOS:
        ours, theirs, ratio = _ratio(medians, measurement, metric)
        if ours is None and theirs is None:
            continue
        lines.append('| %s | %s %s | %s %s | %s | %s | %s |' % (
            work, _number(ours), unit, _number(theirs), unit, _number(ratio), target,
            _verdict(met(ratio)) if met and ratio is not None else ''))
    absolute = []
    for work, measurement, metric, unit, target, met in ABSOLUTES:
        value = medians.get((measurement, 'headrace'), {}).get(metric)
        if value is not None and (target or measurement not in ('memory-idle',)):
            absolute.append('| %s | %s %s | | | %s | %s |' % (work, _number(value), unit, target, _verdict(met(value)) if met else ''))
    for partitions in transactions.PARTITIONS:
        for records in transactions.RECORDS:
            metric = 'txn_s_%d_in_%d' % (records, partitions)
            synced = medians.get(('durable-transactions', 'headrace'), {}).get(metric)
            unsynced = medians.get(('transactions', 'kafka'), {}).get(metric)
            if synced and unsynced:
                absolute.append('| The same with fsync on: %d in %d | %s /s | %s /s | %s | at least 1 | %s |' % (
                    records, partitions, _number(synced), _number(unsynced), _number(synced / unsynced),
                    _verdict(synced >= unsynced)))
    synced = medians.get(('durable-produce', 'headrace'), {}).get('mb_s')
    unsynced = medians.get(('produce', 'headrace'), {}).get('mb_s')
    if synced and unsynced:
        absolute.append('| Durable throughput over that with durability=os | %s MB/s | | %s | at least 0.7 | %s |' % (
            _number(synced), _number(synced / unsynced), _verdict(synced / unsynced >= 0.7)))
    return '\n'.join(lines + absolute) + '\n'


def write(work, samples, medians):
    """results.tsv: every sample of every round beside its median."""
    with open(os.path.join(work, 'results.tsv'), 'w') as out:
        out.write('measurement\tbroker\tmetric\tmedian\tsamples\n')
        for (measurement, broker), metrics in sorted(samples.items()):
            for metric, values in metrics.items():
                out.write('%s\t%s\t%s\t%.6g\t%s\n' % (
                    measurement, broker, metric, medians[measurement, broker][metric], ','.join('%.6g' % v for v in values)))
