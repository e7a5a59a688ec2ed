/** Defines the broker's and the topics' configuration keys: names, types, ranges, defaults and the typed views made of them. */
@NullMarked
package io.headrace.core.config;

import org.jspecify.annotations.NullMarked;
