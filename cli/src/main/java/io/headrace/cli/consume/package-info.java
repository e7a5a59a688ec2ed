/** The {@code consume} command. */
@NullMarked
package io.headrace.cli.consume;

import org.jspecify.annotations.NullMarked;
