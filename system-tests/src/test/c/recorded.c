/* A client on librdkafka that goes on whatever becomes of the broker, and writes a history of what it saw, in the form that
 * HistoryText in the module simulation describes. It may be killed at any time: what it sends it has written down before.
 *
 * usage: recorded producer|transactions|reader HOST:PORT TOPIC PARTITIONS PROCESS FILE
 *
 * producer      idempotent, some records in flight all the time
 * transactions  one after the other, every fourth of them aborted
 * reader        reads what is committed of all partitions from their beginning; stores how far it came, and looks that up
 *
 * PROCESS is the client's number; one that begins anew in this program adds a hundred. SIGTERM ends it: the producers when
 * everything is acknowledged, the reader when it has read to the end. The exit status tells whether all that held. */
#include <librdkafka/rdkafka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LIMIT_MS 100000
#define IN_FLIGHT_MAX 12
#define TRANSACTION_RECORDS_MAX 4
#define POLL_RECORDS_MAX 200
#define PARTITIONS_MAX 16
#define POLLS_A_COMMIT 10
#define COMMITS_A_LOOK 3
#define VALUES_OF_ONE 1000000000LL
#define PAYLOAD_MAX 8200
#define UNKNOWN_OFFSET (-1)

static const char *bootstrap, *topic;
static int partitions, process, file;
static int64_t next_value;
static volatile sig_atomic_t stopping;

static void fail(const char *what, const char *why) {
    fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

static void on_signal(int signal) {
    (void)signal;
    stopping = 1;
}

/* The clock of System.nanoTime(). */
static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Lines of the history: each is one write, so that a kill leaves it whole or not at all. */

static char line[POLL_RECORDS_MAX * 300];
static size_t line_size;

static void append(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    line_size += vsnprintf(line + line_size, sizeof(line) - line_size, format, arguments);
    va_end(arguments);
    if (line_size >= sizeof(line)) fail("history", "a line is too long");
}

static void begin_line(int64_t start_ms, const char *kind, const char *outcome) {
    line_size = 0;
    append("%lld %lld %d %s %s", (long long)start_ms, (long long)now_ms(), process, kind, outcome);
}

static void append_step(char letter, int partition, int64_t value, int64_t offset) {
    append(" %c:%s-%d:%lld", letter, topic, partition, (long long)value);
    if (offset >= 0) append("@%lld", (long long)offset);
}

static void end_line(void) {
    append("\n");
    if (write(file, line, line_size) != (ssize_t)line_size) fail("history", "not written");
}

/* Records: a value, then bytes that follow from it. */

static size_t fill(uint8_t *payload, int64_t value, size_t more) {
    for (int i = 0; i < 8; i++) payload[i] = (uint8_t)(value >> (56 - 8 * i));
    for (size_t i = 0; i < more; i++) payload[8 + i] = (uint8_t)(value * 31 + (int64_t)i);
    return 8 + more;
}

static int64_t value_of(const rd_kafka_message_t *message) {
    const uint8_t *payload = message->payload;
    uint8_t expected[PAYLOAD_MAX];
    uint64_t value = 0;
    if (message->len < 8 || message->len > PAYLOAD_MAX) fail("record", "has a size that nobody sent");
    for (int i = 0; i < 8; i++) value = value << 8 | payload[i];
    fill(expected, (int64_t)value, message->len - 8);
    if (memcmp(expected, payload, message->len)) fail("record", "has bytes that nobody sent");
    return (int64_t)value;
}

static size_t some_size(void) {
    return rand() % 10 ? rand() % 200 : rand() % (PAYLOAD_MAX - 8);
}

static void set(rd_kafka_conf_t *conf, const char *key, const char *value) {
    char why[512];
    if (rd_kafka_conf_set(conf, key, value, why, sizeof(why)) != RD_KAFKA_CONF_OK) fail(key, why);
}

static rd_kafka_conf_t *settings(void) {
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", bootstrap);
    set(conf, "reconnect.backoff.ms", "20");
    set(conf, "reconnect.backoff.max.ms", "50");
    set(conf, "socket.timeout.ms", "5000");
    return conf;
}

static rd_kafka_t *client(rd_kafka_type_t type, rd_kafka_conf_t *conf) {
    char why[512];
    rd_kafka_t *made = rd_kafka_new(type, conf, why, sizeof(why));
    if (!made) fail("rd_kafka_new", why);
    return made;
}

/* Sends. */

struct sending {
    int64_t start_ms, value, offset;
    int partition, failed;
};

static void send_it(rd_kafka_t *to, struct sending *sending, const char *kind) {
    uint8_t payload[PAYLOAD_MAX];
    size_t size = fill(payload, sending->value, some_size());
    begin_line(sending->start_ms, kind, "invoke");
    append_step('s', sending->partition, sending->value, UNKNOWN_OFFSET);
    end_line();
    rd_kafka_resp_err_t error = rd_kafka_producev(
        to, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(sending->partition), RD_KAFKA_V_VALUE(payload, size),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_OPAQUE(sending), RD_KAFKA_V_END);
    /* A producer that is not usable any more takes nothing; its transaction will not be committed. */
    if (error) sending->failed = 1;
}

static void prepare(struct sending *sending) {
    sending->start_ms = now_ms();
    sending->value = next_value++;
    sending->offset = UNKNOWN_OFFSET;
    sending->partition = rand() % partitions;
    sending->failed = 0;
}

/* An idempotent producer. */

static int in_flight, failures;

static void on_delivery(rd_kafka_t *from, const rd_kafka_message_t *message, void *opaque) {
    (void)from, (void)opaque;
    struct sending *sending = message->_private;
    const char *outcome = "ok";
    if (message->err) {
        fprintf(stderr, "a record failed: %s\n", rd_kafka_err2str(message->err));
        failures++;
        outcome = rd_kafka_message_status(message) == RD_KAFKA_MSG_STATUS_NOT_PERSISTED ? "fail" : "info";
    }
    begin_line(sending->start_ms, "send", outcome);
    append_step('s', sending->partition, sending->value, message->err ? UNKNOWN_OFFSET : message->offset);
    end_line();
    free(sending);
    in_flight--;
}

static void produce(void) {
    rd_kafka_conf_t *conf = settings();
    set(conf, "enable.idempotence", "true");
    set(conf, "retry.backoff.ms", "20");
    set(conf, "message.timeout.ms", "100000");
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_t *producer = client(RD_KAFKA_PRODUCER, conf);
    while (!stopping) {
        while (in_flight < IN_FLIGHT_MAX) {
            struct sending *sending = malloc(sizeof(*sending));
            prepare(sending);
            send_it(producer, sending, "send");
            if (sending->failed) fail("produce", "refused");
            in_flight++;
        }
        rd_kafka_poll(producer, 100);
    }
    if (rd_kafka_flush(producer, LIMIT_MS)) fail("flush", "not everything was acknowledged");
    if (failures) fail("flush", "some records failed");
    rd_kafka_destroy(producer);
}

/* A producer with transactions. */

enum end { DONE, ONLY_ABORT, LOST };

static enum end outcome_of(rd_kafka_error_t *error) {
    if (!error) return DONE;
    fprintf(stderr, "transaction: %s\n", rd_kafka_error_string(error));
    enum end end = rd_kafka_error_txn_requires_abort(error) ? ONLY_ABORT : LOST;
    rd_kafka_error_destroy(error);
    return end;
}

/* What can be tried again is, until time is up. */
static enum end call(rd_kafka_error_t *(*request)(rd_kafka_t *, int), rd_kafka_t *producer) {
    int64_t until_ms = now_ms() + LIMIT_MS;
    for (;;) {
        rd_kafka_error_t *error = request(producer, LIMIT_MS / 10);
        if (!error || !rd_kafka_error_is_retriable(error) || now_ms() > until_ms) return outcome_of(error);
        rd_kafka_error_destroy(error);
    }
}

static void on_sent(rd_kafka_t *from, const rd_kafka_message_t *message, void *opaque) {
    (void)from, (void)opaque;
    struct sending *sending = message->_private;
    if (message->err) {
        sending->failed = 1;
    } else {
        sending->offset = message->offset;
    }
}

static rd_kafka_t *transactional_producer(void) {
    char id[256];
    snprintf(id, sizeof(id), "%s-librdkafka", topic);
    for (;;) {
        rd_kafka_conf_t *conf = settings();
        set(conf, "transactional.id", id);
        set(conf, "retry.backoff.ms", "20");
        rd_kafka_conf_set_dr_msg_cb(conf, on_sent);
        rd_kafka_t *producer = client(RD_KAFKA_PRODUCER, conf);
        if (call(rd_kafka_init_transactions, producer) == DONE) return producer;
        rd_kafka_destroy(producer);
        if (stopping) fail("init_transactions", "never succeeded");
    }
}

static enum end transact(rd_kafka_t *producer, struct sending *sent, int count, int64_t start_ms, int commit) {
    if (outcome_of(rd_kafka_begin_transaction(producer)) != DONE) return LOST;
    for (int i = 0; i < count; i++) {
        sent[i].start_ms = start_ms;
        send_it(producer, &sent[i], "transaction");
        if (sent[i].failed) commit = 0;
    }
    rd_kafka_flush(producer, LIMIT_MS);
    if (commit) {
        enum end end = call(rd_kafka_commit_transaction, producer);
        if (end != ONLY_ABORT) return end;
    }
    return call(rd_kafka_abort_transaction, producer) == DONE ? ONLY_ABORT : LOST;
}

static void one_after_the_other(void) {
    rd_kafka_t *producer = transactional_producer();
    while (!stopping) {
        struct sending sent[TRANSACTION_RECORDS_MAX];
        int count = 1 + rand() % TRANSACTION_RECORDS_MAX;
        int64_t start_ms = now_ms();
        for (int i = 0; i < count; i++) prepare(&sent[i]);
        enum end end = transact(producer, sent, count, start_ms, rand() % 4);
        begin_line(start_ms, "transaction", end == DONE ? "ok" : end == ONLY_ABORT ? "fail" : "info");
        for (int i = 0; i < count; i++) {
            append_step('s', sent[i].partition, sent[i].value, end == DONE ? sent[i].offset : UNKNOWN_OFFSET);
        }
        end_line();
        if (end == LOST) {
            rd_kafka_destroy(producer);
            process += 100;
            producer = transactional_producer();
        }
    }
    rd_kafka_destroy(producer);
}

/* A reader. */

static int64_t positions[PARTITIONS_MAX], ends[PARTITIONS_MAX];
static char group[256];

static rd_kafka_t *consumer(void) {
    rd_kafka_conf_t *conf = settings();
    snprintf(group, sizeof(group), "%s-librdkafka", topic);
    set(conf, "group.id", group);
    set(conf, "isolation.level", "read_committed");
    set(conf, "enable.auto.commit", "false");
    set(conf, "enable.partition.eof", "true");
    set(conf, "fetch.wait.max.ms", "50");
    /* A reader whose offset is gone must fail, not begin anew. */
    set(conf, "auto.offset.reset", "error");
    return client(RD_KAFKA_CONSUMER, conf);
}

static rd_kafka_topic_partition_list_t *list(void) {
    rd_kafka_topic_partition_list_t *all = rd_kafka_topic_partition_list_new(partitions);
    for (int i = 0; i < partitions; i++) rd_kafka_topic_partition_list_add(all, topic, i)->offset = positions[i];
    return all;
}

static void assign(rd_kafka_t *reader) {
    rd_kafka_topic_partition_list_t *all = list();
    begin_line(now_ms(), "assign", "ok");
    for (int i = 0; i < partitions; i++) append(" %s-%d", topic, i);
    end_line();
    if (rd_kafka_assign(reader, all)) fail("assign", "refused");
    rd_kafka_topic_partition_list_destroy(all);
}

static void write_commit(int64_t start_ms, const char *outcome) {
    begin_line(start_ms, "commit", outcome);
    for (int i = 0; i < partitions; i++) append(" c:%s/%s-%d@%lld", group, topic, i, (long long)positions[i]);
    end_line();
}

static void commit(rd_kafka_t *reader) {
    rd_kafka_topic_partition_list_t *all = list();
    int64_t start_ms = now_ms();
    write_commit(start_ms, "invoke");
    /* An error may have come after the offsets were stored. */
    write_commit(start_ms, rd_kafka_commit(reader, all, 0) ? "info" : "ok");
    rd_kafka_topic_partition_list_destroy(all);
}

static void look(rd_kafka_t *reader) {
    rd_kafka_topic_partition_list_t *all = list();
    int64_t start_ms = now_ms();
    if (!rd_kafka_committed(reader, all, LIMIT_MS)) {
        begin_line(start_ms, "committed", "ok");
        for (int i = 0; i < all->cnt; i++) {
            append(" f:%s/%s-%d", group, topic, all->elems[i].partition);
            if (all->elems[i].offset >= 0) append("@%lld", (long long)all->elems[i].offset);
        }
        end_line();
    }
    rd_kafka_topic_partition_list_destroy(all);
}

/* Returns how many records came. */
static int poll_once(rd_kafka_queue_t *queue) {
    rd_kafka_message_t *messages[POLL_RECORDS_MAX];
    int64_t start_ms = now_ms();
    ssize_t count = rd_kafka_consume_batch_queue(queue, 100, messages, POLL_RECORDS_MAX);
    int records = 0;
    begin_line(start_ms, "poll", "ok");
    for (ssize_t i = 0; i < count; i++) {
        const rd_kafka_message_t *message = messages[i];
        if (!message->err) {
            append_step('p', message->partition, value_of(message), message->offset);
            positions[message->partition] = message->offset + 1;
            records++;
        } else if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            positions[message->partition] = message->offset;
        } else if (message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) {
            fail("poll", rd_kafka_message_errstr(message));
        }
        rd_kafka_message_destroy(messages[i]);
    }
    if (records) end_line();
    return records;
}

static int is_at_end(void) {
    for (int i = 0; i < partitions; i++) {
        if (positions[i] < ends[i]) return 0;
    }
    return 1;
}

static void read_on(void) {
    rd_kafka_t *reader = consumer();
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(reader);
    /* What an earlier reader stored. */
    look(reader);
    assign(reader);
    int polls = 0, commits = 0;
    while (!stopping) {
        if (poll_once(queue) && ++polls % POLLS_A_COMMIT == 0) {
            commit(reader);
            if (++commits % COMMITS_A_LOOK == 0) look(reader);
        }
    }
    for (int i = 0; i < partitions; i++) {
        int64_t begin;
        if (rd_kafka_query_watermark_offsets(reader, topic, i, &begin, &ends[i], LIMIT_MS)) fail("end", "unknown");
    }
    for (int64_t until_ms = now_ms() + LIMIT_MS; !is_at_end(); poll_once(queue)) {
        if (now_ms() > until_ms) fail("end", "never reached");
    }
    commit(reader);
    look(reader);
    rd_kafka_queue_destroy(queue);
    rd_kafka_consumer_close(reader);
    rd_kafka_destroy(reader);
}

int main(int count, char **arguments) {
    if (count != 7) fail("usage", "recorded producer|transactions|reader HOST:PORT TOPIC PARTITIONS PROCESS FILE");
    bootstrap = arguments[2];
    topic = arguments[3];
    partitions = atoi(arguments[4]);
    process = atoi(arguments[5]);
    next_value = process * VALUES_OF_ONE;
    if (partitions < 1 || partitions > PARTITIONS_MAX) fail("partitions", "too many");
    file = open(arguments[6], O_WRONLY | O_CREAT | O_APPEND, 0644);
    if (file < 0) fail("history", "cannot be opened");
    srand(process);
    signal(SIGTERM, on_signal);
    if (strcmp(arguments[1], "producer") == 0) {
        produce();
    } else if (strcmp(arguments[1], "transactions") == 0) {
        one_after_the_other();
    } else if (strcmp(arguments[1], "reader") == 0) {
        read_on();
    } else {
        fail("usage", arguments[1]);
    }
    return 0;
}
