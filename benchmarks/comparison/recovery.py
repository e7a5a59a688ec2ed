"""How long a broker takes to serve all of its partitions again after it was killed."""
import time

TOPIC = 'recovered'
PARTITIONS = 1000
RECORD_SIZE = 1000
RECORDS_PER_BATCH = 64
CONNECTIONS = 8
TIMEOUT_S = 600


def recovery(tools, broker, gigabytes):
    """Writes so much to 1,000 partitions, kills the broker at once and starts it; then asks each partition for records and
    has it take one, until all answer."""
    broker.start()
    broker.create_topics({TOPIC: (PARTITIONS, {})})
    _serve_all(broker, {}, time.monotonic())
    requests = int(gigabytes * 1e9 / (RECORD_SIZE * RECORDS_PER_BATCH * CONNECTIONS))
    written = tools.run_kblast(
        'produce', broker, TOPIC, PARTITIONS, CONNECTIONS, 5, RECORD_SIZE, RECORDS_PER_BATCH, -1, 0, 0, requests)
    before = _watermarks(broker)
    broker.kill()
    begin = time.monotonic()
    first = broker.start()
    seconds = _serve_all(broker, before, begin)
    return {'s': seconds, 'first_record_s': first, 'cpu_s': broker.cpu_seconds(), 'gb': written['reqs'] * RECORD_SIZE * RECORDS_PER_BATCH / 1e9}


def _watermarks(broker):
    connection = broker.connect()
    try:
        return connection.high_watermarks(TOPIC, PARTITIONS)
    finally:
        connection.close()


def _serve_all(broker, expected, begin):
    """Seconds since `begin` until metadata, a fetch from each partition and a produce to each were answered without error."""
    connection = broker.connect()
    try:
        while time.monotonic() - begin < TIMEOUT_S:
            connection.metadata_size()
            watermarks = connection.high_watermarks(TOPIC, PARTITIONS)
            if min(watermarks.values()) >= 0 and not connection.produce_to_topics([TOPIC], PARTITIONS):
                seconds = time.monotonic() - begin
                lost = {p: (mark, watermarks[p]) for p, mark in expected.items() if watermarks[p] < mark}
                if lost:
                    raise RuntimeError('%s lost records: %s' % (broker.name, dict(list(lost.items())[:5])))
                return seconds
            time.sleep(0.01)
    finally:
        connection.close()
    raise RuntimeError('%s does not serve all partitions' % broker.name)
