/** The {@code topics} commands. */
@NullMarked
package io.headrace.cli.topic;

import org.jspecify.annotations.NullMarked;
