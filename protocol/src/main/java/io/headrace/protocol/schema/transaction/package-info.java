/** The record keys and values of the transaction coordinator's internal topic, generated from Kafka's specifications at build time. */
@NullMarked
package io.headrace.protocol.schema.transaction;

import org.jspecify.annotations.NullMarked;
