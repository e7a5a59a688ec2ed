/** JMH benchmarks of the parts that run for every request or batch. */
@NullMarked
package io.headrace.benchmarks;

import org.jspecify.annotations.NullMarked;
