/** Files of properties, with which both ends of a connection are configured. */
@NullMarked
package io.headrace.network.config;

import org.jspecify.annotations.NullMarked;
