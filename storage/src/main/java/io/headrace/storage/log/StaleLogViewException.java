package io.headrace.storage.log;

import java.io.IOException;

/**
 * What a {@link LogView} refers to was truncated or deleted after the view was taken. Take a new view and try again; its
 * offsets may have changed.
 */
public final class StaleLogViewException extends IOException {
    StaleLogViewException(String message) {
        super(message);
    }
}
