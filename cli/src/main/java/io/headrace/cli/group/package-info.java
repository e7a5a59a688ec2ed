/** The {@code groups} commands. */
@NullMarked
package io.headrace.cli.group;

import org.jspecify.annotations.NullMarked;
