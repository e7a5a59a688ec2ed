/** The {@code produce} command. */
@NullMarked
package io.headrace.cli.produce;

import org.jspecify.annotations.NullMarked;
