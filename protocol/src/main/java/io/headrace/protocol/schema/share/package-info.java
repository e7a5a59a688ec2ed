/** The record keys and values of the share coordinator's internal topic, generated from Kafka's specifications at build time. */
@NullMarked
package io.headrace.protocol.schema.share;

import org.jspecify.annotations.NullMarked;
