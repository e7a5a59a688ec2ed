/** What the commands share in talking to a cluster. */
@NullMarked
package io.headrace.cli.client;

import org.jspecify.annotations.NullMarked;
