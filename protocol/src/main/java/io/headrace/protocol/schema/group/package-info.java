/** The record keys and values of the group coordinator's internal topic, generated from Kafka's specifications at build time. */
@NullMarked
package io.headrace.protocol.schema.group;

import org.jspecify.annotations.NullMarked;
