/** Event loops, and the way other threads hand them work. */
@NullMarked
package io.headrace.network.loop;

import org.jspecify.annotations.NullMarked;
