/** Starts, kills and questions the processes that the system tests are about. */
@NullMarked
package io.headrace.systemtests.harness;

import org.jspecify.annotations.NullMarked;
