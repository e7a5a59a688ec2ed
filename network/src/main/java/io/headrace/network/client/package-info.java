/** The connecting end: requests to brokers, found by topic, partition or group. */
@NullMarked
package io.headrace.network.client;

import org.jspecify.annotations.NullMarked;
