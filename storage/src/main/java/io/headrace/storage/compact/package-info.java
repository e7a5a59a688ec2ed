/** Log compaction: which logs need it, which records stay, and the work itself, off the log writer's thread. */
@NullMarked
package io.headrace.storage.compact;

import org.jspecify.annotations.NullMarked;
