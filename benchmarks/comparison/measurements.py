"""One function a measurement. Each drives a running broker and returns {metric: value}."""
import os
import subprocess
import time

LOAD = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'load')

TIMEOUT_S = 900

# A disk has come to rest when it does less than this for this long; it is not waited for longer than that.
REST_REQUESTS_PER_S, REST_S, REST_WITHIN_S = 30, 3, 90


def await_disk_at_rest(directory):
    """Waits until what earlier loads left has been written, and what was deleted has been given back to the disk.

    A file system that tells the disk of deleted blocks ("discard") goes on with that long after files of many GB are gone, and
    syncs wait behind it.
    """
    subprocess.run(['sync'], check=True)
    device = os.stat(directory).st_dev
    began, last, quiet = time.monotonic(), _disk_requests(device), 0
    while quiet < REST_S and time.monotonic() - began < REST_WITHIN_S:
        time.sleep(1)
        now = _disk_requests(device)
        quiet = quiet + 1 if now - last < REST_REQUESTS_PER_S else 0
        last = now


def _disk_requests(device):
    """Reads, writes, discards and flushes done so far; 0 for what is no disk. Fields as in the kernel's iostats document."""
    with open('/proc/diskstats') as stats:
        for line in stats:
            fields = line.split()
            if (int(fields[0]), int(fields[1])) == (os.major(device), os.minor(device)):
                return sum(int(fields[at]) for at in (3, 7, 14, 18) if at < len(fields))
    return 0


class Tools:
    """The load generators, and how long each load lasts."""

    def __init__(self, work, jdk, class_path, seconds, warm_up):
        self.work, self.jdk, self.class_path = work, jdk, class_path
        self.seconds, self.warm_up = seconds, warm_up
        self.kblast = self._compile('kblast', '-pthread')
        self.fsyncprobe = self._compile('fsyncprobe')

    def _compile(self, name, *options):
        target = os.path.join(self.work, name)
        source = os.path.join(LOAD, name + '.c')
        subprocess.run(['cc', '-O2', *options, '-o', target, source], check=True)
        return target

    def compile_java(self, name):
        """Compiles a load generator of one source file into the work directory, once; its name."""
        if not os.path.exists(os.path.join(self.work, name + '.class')):
            subprocess.run(
                [os.path.join(self.jdk, 'bin', 'javac'), '-cp', self.class_path, '-d', self.work, os.path.join(LOAD, name + '.java')],
                check=True)
        return name

    def run_kblast(self, mode, broker, topic, *arguments):
        command = [self.kblast, mode, '127.0.0.1', str(broker.port), topic, *[str(a) for a in arguments]]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=TIMEOUT_S)
        fields = dict(pair.split('=') for pair in done.stdout.decode().split())
        if done.returncode or fields.get('errors') != '0':
            raise RuntimeError('%s: kblast %s failed: %s %s' % (broker.name, mode, done.stdout, done.stderr))
        return {key: float(value) for key, value in fields.items()}

    def run_java(self, main, *arguments):
        done = subprocess.run(
            [os.path.join(self.jdk, 'bin', 'java'), '-Xmx512m', '-cp', self.work + os.pathsep + self.class_path, main, *[str(a) for a in arguments]],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=TIMEOUT_S)
        if done.returncode:
            raise RuntimeError('%s failed: %s%s' % (main, done.stdout[-2000:], done.stderr[-2000:]))
        return done.stdout.decode()


def _produce(tools, broker, topic, connections, size, per_batch, seconds, rate=0, in_flight=5):
    before = broker.cpu_seconds()
    result = tools.run_kblast('produce', broker, topic, 4, connections, in_flight, size, per_batch, -1, seconds, rate)
    result['cpu'] = broker.cpu_seconds() - before
    return result


def produce_batches(tools, broker):
    """16 records of 1 KB a batch, 4 partitions, 4 connections, 5 in flight."""
    broker.create_topics({'batches': (4, {})})
    _produce(tools, broker, 'batches', 4, 1000, 16, tools.warm_up)
    r = _produce(tools, broker, 'batches', 4, 1000, 16, tools.seconds)
    return {'cpu_s_per_gb': r['cpu'] / (r['MB_s'] * r['secs'] / 1000), 'mb_s': r['MB_s'], 'p50_us': r['p50us']}


def produce_small(tools, broker):
    """One record of 100 bytes a batch, the same connections."""
    broker.create_topics({'small': (4, {})})
    _produce(tools, broker, 'small', 4, 100, 1, tools.warm_up)
    r = _produce(tools, broker, 'small', 4, 100, 1, tools.seconds)
    return {'cpu_us_per_request': r['cpu'] / r['reqs'] * 1e6, 'requests_s': r['req_s'], 'p50_us': r['p50us']}


def fetch(tools, broker):
    """Fetches of 1 MB each out of the page cache, 4 connections."""
    broker.create_topics({'fetch': (4, {})})
    _produce(tools, broker, 'fetch', 4, 1000, 16, 2)
    tools.run_kblast('fetch', broker, 'fetch', 4, 4, 1 << 20, tools.warm_up)
    before = broker.cpu_seconds()
    r = tools.run_kblast('fetch', broker, 'fetch', 4, 4, 1 << 20, tools.seconds)
    return {'cpu_s_per_gb': (broker.cpu_seconds() - before) / (r['MB_s'] * r['secs'] / 1000), 'mb_s': r['MB_s']}


def java_client(tools, broker):
    """ProducerPerformance and ConsumerPerformance of Kafka's own tools: 500,000 records of 1 KB, acks=all."""
    broker.create_topics({'java': (4, {})})
    count, size = 500_000, 1000
    gb = count * size / 1e9
    bootstrap = '127.0.0.1:%d' % broker.port
    before = broker.cpu_seconds()
    out = tools.run_java(
        'org.apache.kafka.tools.ProducerPerformance', '--topic', 'java', '--num-records', count, '--record-size', size,
        '--throughput', -1, '--bootstrap-server', bootstrap, '--command-property', 'acks=all')
    produce_cpu = broker.cpu_seconds() - before
    records_s = float(out.strip().splitlines()[-1].split(' records/sec')[0].split()[-1])
    before = broker.cpu_seconds()
    out = tools.run_java(
        'org.apache.kafka.tools.ConsumerPerformance', '--topic', 'java', '--num-records', count, '--bootstrap-server', bootstrap,
        '--timeout', 60000, '--hide-header')
    consume_cpu = broker.cpu_seconds() - before
    fields = [f.strip() for f in [line for line in out.splitlines() if line.count(',') >= 5][-1].split(',')]
    return {
        'produce_cpu_s_per_gb': produce_cpu / gb, 'produce_mb_s': records_s * size / 1e6,
        'consume_cpu_s_per_gb': consume_cpu / gb, 'consume_mb_s': float(fields[3]) * 1.048576,
    }


def durable_latency(tools, broker):
    """One record of 1 KB a request at 500 requests a second, beside what the disk itself takes for one block.

    Once over one connection, and once over four that send at about the same moment and so wait for one another.
    """
    broker.create_topics({'latency': (4, {})})
    probe_file = os.path.join(broker.work, 'probe')

    def probe():
        done = subprocess.run([tools.fsyncprobe, probe_file, '1000', '500'], stdout=subprocess.PIPE, check=True)
        return {key: float(value) for key, value in (pair.split('=') for pair in done.stdout.decode().split())}

    metrics = {}
    for connections, suffix in (1, ''), (4, '_of_4'):
        _produce(tools, broker, 'latency', connections, 1000, 1, tools.warm_up, 500)
        before = probe()
        r = _produce(tools, broker, 'latency', connections, 1000, 1, tools.seconds, 500)
        disk = (before['p50us'] + probe()['p50us']) / 2
        metrics.update({
            'p50_us' + suffix: r['p50us'], 'p99_us' + suffix: r['p99us'], 'disk_p50_us' + suffix: disk,
            'times_disk' + suffix: r['p50us'] / disk})
    return metrics


def idle_memory(tools, broker):
    """Resident memory a few seconds after the start, with one record stored."""
    time.sleep(3)
    before = broker.cpu_seconds()
    time.sleep(3)
    return {'rss_mb': broker.resident_mb(), 'threads': broker.threads(), 'idle_cpu_percent': (broker.cpu_seconds() - before) / 3 * 100}


def memory_after(tools, broker):
    """Resident memory after the loads that ran before on the same process."""
    return {'rss_mb': broker.resident_mb()}
