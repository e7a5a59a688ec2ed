/* Transactions with librdkafka. usage: transactions HOST:PORT TOPIC TRANSACTIONAL-ID
 * Commits ten records, aborts ten, reads the committed ones, and has one producer fence another.
 * Ends with status 0 when all of that held. */
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT_MS 60000
#define RECORDS 10

static void fail(const char *what, const char *why) {
    fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

static void expect_ok(const char *what, rd_kafka_error_t *error) {
    if (error) fail(what, rd_kafka_error_string(error));
}

static void set(rd_kafka_conf_t *conf, const char *key, const char *value) {
    char why[512];
    if (rd_kafka_conf_set(conf, key, value, why, sizeof(why)) != RD_KAFKA_CONF_OK) fail(key, why);
}

static rd_kafka_t *client(rd_kafka_type_t type, rd_kafka_conf_t *conf) {
    char why[512];
    rd_kafka_t *made = rd_kafka_new(type, conf, why, sizeof(why));
    if (!made) fail("rd_kafka_new", why);
    return made;
}

static rd_kafka_t *producer(const char *bootstrap, const char *transactional_id) {
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", bootstrap);
    set(conf, "transactional.id", transactional_id);
    rd_kafka_t *made = client(RD_KAFKA_PRODUCER, conf);
    expect_ok("init_transactions", rd_kafka_init_transactions(made, LIMIT_MS));
    return made;
}

static void produce(rd_kafka_t *to, const char *topic, const char *prefix) {
    for (int i = 0; i < RECORDS; i++) {
        char value[64];
        int size = snprintf(value, sizeof(value), "%s %d", prefix, i);
        rd_kafka_resp_err_t error =
            rd_kafka_producev(to, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(i % 2), RD_KAFKA_V_VALUE(value, size),
                              RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
        if (error) fail("produce", rd_kafka_err2str(error));
    }
}

/* How many records of the topic readers of committed records get; fails when one of them was aborted. */
static int read_committed(const char *bootstrap, const char *topic) {
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", bootstrap);
    set(conf, "group.id", topic);
    set(conf, "isolation.level", "read_committed");
    set(conf, "enable.auto.commit", "false");
    set(conf, "enable.partition.eof", "true");
    rd_kafka_t *consumer = client(RD_KAFKA_CONSUMER, conf);
    rd_kafka_topic_partition_list_t *partitions = rd_kafka_topic_partition_list_new(2);
    for (int i = 0; i < 2; i++) rd_kafka_topic_partition_list_add(partitions, topic, i)->offset = 0;
    if (rd_kafka_assign(consumer, partitions)) fail("assign", "refused");
    int records = 0;
    for (int ends = 0; ends < 2;) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, LIMIT_MS);
        if (!message) fail("consume", "nothing came");
        if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            ends++;
        } else if (message->err) {
            fail("consume", rd_kafka_message_errstr(message));
        } else {
            if (strncmp(message->payload, "committed", 9) != 0) fail("read_committed", "an aborted record was read");
            records++;
        }
        rd_kafka_message_destroy(message);
    }
    rd_kafka_topic_partition_list_destroy(partitions);
    rd_kafka_consumer_close(consumer);
    rd_kafka_destroy(consumer);
    return records;
}

int main(int count, char **arguments) {
    if (count != 4) fail("usage", "transactions HOST:PORT TOPIC TRANSACTIONAL-ID");
    const char *bootstrap = arguments[1], *topic = arguments[2];

    rd_kafka_t *first = producer(bootstrap, arguments[3]);
    expect_ok("begin", rd_kafka_begin_transaction(first));
    produce(first, topic, "committed");
    expect_ok("commit", rd_kafka_commit_transaction(first, LIMIT_MS));
    expect_ok("begin", rd_kafka_begin_transaction(first));
    produce(first, topic, "aborted");
    if (rd_kafka_flush(first, LIMIT_MS)) fail("flush", "not all was acknowledged");
    if (read_committed(bootstrap, topic) != RECORDS) fail("read_committed", "wrong count while one is open");
    expect_ok("abort", rd_kafka_abort_transaction(first, LIMIT_MS));
    if (read_committed(bootstrap, topic) != RECORDS) fail("read_committed", "wrong count after the abort");

    expect_ok("begin", rd_kafka_begin_transaction(first));
    produce(first, topic, "aborted");
    rd_kafka_flush(first, LIMIT_MS);
    rd_kafka_t *second = producer(bootstrap, arguments[3]);
    rd_kafka_error_t *fenced = rd_kafka_commit_transaction(first, LIMIT_MS);
    if (!fenced || !rd_kafka_error_is_fatal(fenced)) fail("fencing", "the first producer could commit");
    expect_ok("begin", rd_kafka_begin_transaction(second));
    produce(second, topic, "committed");
    expect_ok("commit", rd_kafka_commit_transaction(second, LIMIT_MS));
    if (read_committed(bootstrap, topic) != 2 * RECORDS) fail("read_committed", "wrong count after the fencing");
    rd_kafka_destroy(second);
    rd_kafka_destroy(first);
    return 0;
}
