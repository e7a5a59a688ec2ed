"""The few Kafka requests that the comparison sends itself, by hand, so that no client's own pauses are measured."""
import socket
import struct
import time

_CRC = []
for _n in range(256):
    _c = _n
    for _ in range(8):
        _c = (_c >> 1) ^ 0x82F63B78 if _c & 1 else _c >> 1
    _CRC.append(_c)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _CRC[(crc ^ byte) & 255] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def text(value):
    return struct.pack('>h', len(value)) + value.encode()


def compact_text(value):
    return bytes([len(value) + 1]) + value.encode()  # of fewer than 127 bytes


def next_cursor(answer):
    """Where a DescribeTopicPartitions answer without errors says to go on: at its end, before its tagged fields."""
    if answer[-2] == 0xFF:
        return None, 0
    # topic (compact), partition (int32), tagged fields of the cursor, tagged fields of the answer
    partition, = struct.unpack_from('>i', answer, len(answer) - 6)
    end = len(answer) - 6
    for length in range(1, 44):  # what is longer could be taken for a letter
        if answer[end - length - 1] == length + 1:
            return answer[end - length:end].decode(), partition
    raise ValueError('no cursor at the end of the answer')


def batch_of_one(value):
    """A record batch with one record of `value`, which is shorter than 50 bytes."""
    body = bytes([0, 0, 0, 1, len(value) << 1]) + value + bytes([0])
    now = int(time.time() * 1000)
    after_crc = struct.pack('>hiqqqhii', 0, 0, now, now, -1, -1, -1, 1) + bytes([len(body) << 1]) + body
    after_length = struct.pack('>ibI', -1, 2, crc32c(after_crc)) + after_crc
    return struct.pack('>qi', 0, len(after_length)) + after_length


class Connection:
    """A blocking connection; raises OSError when there is none to be had."""

    def __init__(self, port, timeout_s=30):
        self.socket = socket.create_connection(('127.0.0.1', port), timeout_s)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, api, version, body):
        frame = struct.pack('>hhi', api, version, 1) + text('compare') + body
        self.socket.sendall(struct.pack('>i', len(frame)) + frame)
        size, = struct.unpack('>i', self._read(4))
        return self._read(size)[4:]

    def ask_flexible(self, api, version, body):
        """As `ask`, with the tagged fields that end the header of a flexible version."""
        return self.ask(api, version, b'\0' + body)[1:]

    def _read(self, size):
        data = bytearray()
        while len(data) < size:
            part = self.socket.recv(min(size - len(data), 1 << 20))
            if not part:
                raise ConnectionError('closed by the broker')
            data += part
        return bytes(data)

    def close(self):
        self.socket.close()

    def creating_metadata(self, topic):
        """Metadata v4 for a topic, which creates it; the topic's error code."""
        answer = self.ask(3, 4, struct.pack('>i', 1) + text(topic) + b'\1')
        position = 4  # throttle time
        brokers, = struct.unpack_from('>i', answer, position)
        position += 4
        for _ in range(brokers):
            position += 4
            position += 2 + struct.unpack_from('>h', answer, position)[0] + 4
            rack, = struct.unpack_from('>h', answer, position)
            position += 2 + max(rack, 0)
        cluster, = struct.unpack_from('>h', answer, position)
        position += 2 + max(cluster, 0) + 4 + 4
        return struct.unpack_from('>h', answer, position)[0]

    def produce(self, topic, partition=0):
        """Produce v8 of one record with acks=all; the error code."""
        records = batch_of_one(b'first')
        body = struct.pack('>hhii', -1, -1, 10000, 1) + text(topic) + struct.pack('>iii', 1, partition, len(records)) + records
        answer = self.ask(0, 8, body)
        return struct.unpack_from('>h', answer, 4 + 2 + len(topic) + 4 + 4)[0]

    def create_topics(self, topics, timeout_ms=120000):
        """CreateTopics v2 of {name: (partitions, {config: value})}; the error codes that are not 0, by topic."""
        body = struct.pack('>i', len(topics))
        for name, (partitions, configs) in topics.items():
            body += text(name) + struct.pack('>ihii', partitions, 1, 0, len(configs))
            for key, value in configs.items():
                body += text(key) + text(value)
        answer = self.ask(19, 2, body + struct.pack('>ib', timeout_ms, 0))
        count, = struct.unpack_from('>i', answer, 4)
        position, errors = 8, {}
        for _ in range(count):
            length, = struct.unpack_from('>h', answer, position)
            name = answer[position + 2:position + 2 + length].decode()
            position += 2 + length
            error, message = struct.unpack_from('>hh', answer, position)
            position += 4 + max(message, 0)
            if error:
                errors[name] = error
        return errors

    def delete_topics(self, names, timeout_ms=120000):
        """DeleteTopics v1; the error codes that are not 0, by topic."""
        body = struct.pack('>i', len(names)) + b''.join(text(name) for name in names) + struct.pack('>i', timeout_ms)
        answer = self.ask(20, 1, body)
        count, = struct.unpack_from('>i', answer, 4)
        position, errors = 8, {}
        for _ in range(count):
            length, = struct.unpack_from('>h', answer, position)
            name = answer[position + 2:position + 2 + length].decode()
            error, = struct.unpack_from('>h', answer, position + 2 + length)
            position += 4 + length
            if error:
                errors[name] = error
        return errors

    def alter_topic_config(self, topic, key, value):
        """IncrementalAlterConfigs v0 of one key of a topic; the error code."""
        body = struct.pack('>ib', 1, 2) + text(topic) + struct.pack('>i', 1) + text(key) + b'\0' + text(value) + b'\0'
        return struct.unpack_from('>h', self.ask(44, 0, body), 8)[0]

    def high_watermarks(self, topic, partitions):
        """Fetch v4 from the beginning of each partition of a topic; the high watermarks, or -1 where there was an error."""
        each = b''.join(struct.pack('>iqi', p, 0, 1) for p in range(partitions))
        body = struct.pack('>iiiib', -1, 0, 0, 1, 0) + struct.pack('>i', 1) + text(topic) + struct.pack('>i', partitions) + each
        answer = self.ask(1, 4, body)
        topics, = struct.unpack_from('>i', answer, 4)  # one for all partitions, or for each
        position, watermarks = 8, {}
        for _ in range(topics):
            position += 2 + len(topic)
            count, = struct.unpack_from('>i', answer, position)
            position += 4
            for _ in range(count):
                partition, error, watermark, _, aborted = struct.unpack_from('>ihqqi', answer, position)
                position += 26 + 16 * max(aborted, 0)
                records, = struct.unpack_from('>i', answer, position)
                position += 4 + max(records, 0)
                watermarks[partition] = -1 if error else watermark
        return watermarks

    def metadata_size(self):
        """Metadata v9 for all topics; the size of the answer in bytes."""
        return len(self.ask_flexible(3, 9, b'\0\0\0\0\0'))

    def describe_all_topics(self, first_topic):
        """DescribeTopicPartitions v0 in order of name from a topic on; the number of pages."""
        pages, topic, partition = 0, first_topic, 0
        while topic:
            cursor = b'\1' + compact_text(topic) + struct.pack('>i', partition) + b'\0'
            answer = self.ask_flexible(75, 0, b'\1' + struct.pack('>i', 2000) + cursor + b'\0')
            pages += 1
            topic, partition = next_cursor(answer)
        return pages

    def produce_to_topics(self, topics, partitions):
        """Produce v8 of one record to each partition of some topics with acks=all; the error codes that are not 0."""
        records = batch_of_one(b'first')
        each = b''.join(struct.pack('>ii', p, len(records)) + records for p in range(partitions))
        body = struct.pack('>hhii', -1, -1, 60000, len(topics))
        answer = self.ask(0, 8, body + b''.join(text(topic) + struct.pack('>i', partitions) + each for topic in topics))
        position, errors = 4, {}
        for _ in topics:
            length, = struct.unpack_from('>h', answer, position)
            name = answer[position + 2:position + 2 + length].decode()
            position += 2 + length
            count, = struct.unpack_from('>i', answer, position)
            position += 4
            for _ in range(count):
                partition, error = struct.unpack_from('>ih', answer, position)
                if error:
                    errors[name, partition] = error
                if struct.unpack_from('>i', answer, position + 30)[0]:
                    raise ValueError('a record error where none can be')
                position += 34
                message, = struct.unpack_from('>h', answer, position)
                position += 2 + max(message, 0)
        return errors

    def await_partitions(self, topic, count, deadline_s=30):
        """Waits until each partition takes a record: Kafka's broker may lag behind its controller."""
        deadline = time.monotonic() + deadline_s
        for partition in range(count):
            while self.produce(topic, partition) != 0:
                if time.monotonic() > deadline:
                    raise RuntimeError('%s-%d takes no records' % (topic, partition))
                time.sleep(0.01)


def first_acknowledged_record(port, deadline_s, alive):
    """Seconds until a broker that is starting acknowledges a record, trying every millisecond; raises when it ends."""
    start = time.monotonic()
    while time.monotonic() - start < deadline_s:
        if not alive():
            raise RuntimeError('the broker ended')
        try:
            connection = Connection(port, 5)
        except OSError:
            time.sleep(0.001)
            continue
        try:
            while time.monotonic() - start < deadline_s:
                if connection.creating_metadata('first') == 0 and connection.produce('first') == 0:
                    return time.monotonic() - start
                time.sleep(0.001)
        except OSError:
            time.sleep(0.001)
        finally:
            connection.close()
    raise RuntimeError('no record was acknowledged within %d s' % deadline_s)
