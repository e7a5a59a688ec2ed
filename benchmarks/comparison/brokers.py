"""Starts and stops the two brokers, each on a fresh data directory, and reads what the system knows about them."""
import os
import shutil
import signal
import socket
import subprocess
import time

from . import wire

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
HOME = os.path.dirname(HERE)
TICKS = os.sysconf('SC_CLK_TCK')


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def newest_jdk():
    """The JDK that bin/headrace would take: both brokers run on the same one."""
    best = (0, None)
    for home in [os.environ.get('HEADRACE_JAVA'), os.environ.get('JAVA_HOME')] + [
            os.path.join('/usr/lib/jvm', name) for name in sorted(os.listdir('/usr/lib/jvm'))]:
        release = os.path.join(home or '', 'release')
        if home and os.path.exists(os.path.join(home, 'bin', 'java')) and os.path.exists(release):
            with open(release) as lines:
                version = [line for line in lines if line.startswith('JAVA_VERSION=')][0].split('"')[1]
            number = tuple(int(part) for part in version.split('_')[0].split('.'))
            if best[1] is None or number > best[0]:
                best = (number, home)
    return best[1]


class Broker:
    """One broker process. `settings` are server.properties keys."""
    name = None

    def __init__(self, work, settings):
        self.work = work
        self.settings = settings
        self.port = free_port()
        self.process = None
        shutil.rmtree(work, ignore_errors=True)
        os.makedirs(work)
        self.config = os.path.join(work, 'server.properties')
        keys = {'log.dirs': os.path.join(work, 'data'), **self.required(), **settings}
        with open(self.config, 'w') as out:
            out.writelines('%s=%s\n' % pair for pair in keys.items())
        self.prepare()

    def prepare(self):
        pass

    def start(self):
        """Starts the process; the seconds until it acknowledged a record."""
        self.log = open(os.path.join(self.work, 'broker.log'), 'ab')
        begin = time.monotonic()
        self.process = subprocess.Popen(self.command(), stdout=self.log, stderr=self.log, cwd=self.work)
        try:
            wire.first_acknowledged_record(self.port, 120, lambda: self.process.poll() is None)
        except RuntimeError as error:
            self.stop()
            with open(os.path.join(self.work, 'broker.log'), errors='replace') as log:
                raise RuntimeError('%s: %s\n%s' % (self.name, error, log.read()[-3000:]))
        return time.monotonic() - begin

    def stop(self):
        """Asks the process to end; the seconds it took."""
        begin = time.monotonic()
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(120)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()
        return time.monotonic() - begin

    def kill(self):
        """Ends the process without warning."""
        self.process.kill()
        self.process.wait()
        self.log.close()

    def discard(self):
        self.stop()
        shutil.rmtree(os.path.join(self.work, 'data'), ignore_errors=True)

    def cpu_seconds(self):
        with open('/proc/%d/stat' % self.process.pid) as stat:
            fields = stat.read().rsplit(')', 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def resident_mb(self):
        with open('/proc/%d/status' % self.process.pid) as status:
            return int([line for line in status if line.startswith('VmRSS:')][0].split()[1]) / 1024

    def open_files(self):
        return len(os.listdir('/proc/%d/fd' % self.process.pid))

    def threads(self):
        return len(os.listdir('/proc/%d/task' % self.process.pid))

    def connect(self):
        return wire.Connection(self.port, 300)

    def create_topics(self, topics):
        connection = self.connect()
        try:
            errors = connection.create_topics(topics)
            if errors:
                raise RuntimeError('%s did not create topics: %s' % (self.name, errors))
            for topic, (partitions, _) in topics.items():
                if partitions < 10:
                    connection.await_partitions(topic, partitions)
        finally:
            connection.close()


class Headrace(Broker):
    name = 'headrace'

    def required(self):
        return {'listeners': 'PLAINTEXT://127.0.0.1:%d' % self.port}

    def command(self):
        return [os.path.join(HOME, 'bin', 'headrace'), 'start', '--config', self.config]


class Kafka(Broker):
    """KRaft combined mode; JVM options as kafka-server-start.sh gives them; every other setting left at its default."""
    name = 'kafka'
    class_path = None
    jdk = None

    def required(self):
        controller = free_port()
        return {
            'process.roles': 'broker,controller', 'node.id': '1',
            'listeners': 'PLAINTEXT://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d' % (self.port, controller),
            'controller.listener.names': 'CONTROLLER', 'controller.quorum.voters': '1@127.0.0.1:%d' % controller,
            'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
            'offsets.topic.replication.factor': '1', 'transaction.state.log.replication.factor': '1',
            'transaction.state.log.min.isr': '1', 'share.coordinator.state.topic.replication.factor': '1',
        }

    def java(self, *arguments):
        return [os.path.join(self.jdk, 'bin', 'java'), *arguments]

    def prepare(self):
        begin = time.monotonic()
        done = subprocess.run(
            self.java('-cp', self.class_path, 'kafka.tools.StorageTool', 'format', '-t', 'SGVhZHJhY2VIZWFkcmFjZQ', '-c', self.config),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.format_seconds = time.monotonic() - begin
        if done.returncode:
            raise RuntimeError('formatting Kafka\'s directory failed: ' + done.stdout.decode(errors='replace')[-2000:])

    def command(self):
        return self.java(
            '-Xmx1G', '-Xms1G', '-server', '-XX:+UseG1GC', '-XX:MaxGCPauseMillis=20',
            '-XX:InitiatingHeapOccupancyPercent=35', '-XX:+ExplicitGCInvokesConcurrent', '-Djava.awt.headless=true',
            '-cp', self.class_path, 'kafka.Kafka', self.config)
