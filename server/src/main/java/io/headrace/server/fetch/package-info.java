/** Incremental fetch sessions, and fetches that wait for data. */
@NullMarked
package io.headrace.server.fetch;

import org.jspecify.annotations.NullMarked;
