/** Proof that clients which were not written here work against a broker process, through crashes too. */
@NullMarked
package io.headrace.systemtests;

import org.jspecify.annotations.NullMarked;
