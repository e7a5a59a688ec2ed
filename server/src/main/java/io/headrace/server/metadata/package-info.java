/** What handlers need to tell clients of the cluster's metadata, or to change it. */
@NullMarked
package io.headrace.server.metadata;

import org.jspecify.annotations.NullMarked;
