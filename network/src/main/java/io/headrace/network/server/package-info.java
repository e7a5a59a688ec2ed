/** The accepting end: frames in, answers out in request order, limits on everything in between. */
@NullMarked
package io.headrace.network.server;

import org.jspecify.annotations.NullMarked;
