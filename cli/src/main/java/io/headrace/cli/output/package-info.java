/** Tables and JSON on standard output. */
@NullMarked
package io.headrace.cli.output;

import org.jspecify.annotations.NullMarked;
