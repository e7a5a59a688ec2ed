/** Real faults on a real file system, and what clients and files must look like afterwards. */
@NullMarked
package io.headrace.systemtests.faults;

import org.jspecify.annotations.NullMarked;
