/** Record batches as clients send them and logs store them: reading, checking, building. */
@NullMarked
package io.headrace.protocol.records;

import org.jspecify.annotations.NullMarked;
