/** The commands on transactions. */
@NullMarked
package io.headrace.cli.transaction;

import org.jspecify.annotations.NullMarked;
