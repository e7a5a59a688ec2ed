/** Values shared by all decisions of the broker. */
@NullMarked
package io.headrace.core;

import org.jspecify.annotations.NullMarked;
