package io.headrace.generator;

/** A specification that makes no sense, or uses something the generator has no support for. */
final class SpecException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SpecException(String message) {
        super(message);
    }
}
