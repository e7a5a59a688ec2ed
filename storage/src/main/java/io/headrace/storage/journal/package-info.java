/** The write-ahead journal that makes appends durable before the segment files are. */
@NullMarked
package io.headrace.storage.journal;

import org.jspecify.annotations.NullMarked;
