/** Gathers the broker's configuration from the command line, the environment and a file, and follows its changes. */
@NullMarked
package io.headrace.server.config;

import org.jspecify.annotations.NullMarked;
