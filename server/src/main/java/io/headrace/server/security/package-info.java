/** Who may do what. */
@NullMarked
package io.headrace.server.security;

import org.jspecify.annotations.NullMarked;
