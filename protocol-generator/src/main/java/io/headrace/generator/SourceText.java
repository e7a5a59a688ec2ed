package io.headrace.generator;

/** Java source in the making, with indentation by the braces at the ends of lines. */
final class SourceText {
    private final StringBuilder text = new StringBuilder();
    private int depth;

    void line(String line) {
        if (line.startsWith("}")) {
            depth--;
        }
        if (!line.isEmpty()) {
            text.append("    ".repeat(depth)).append(line);
        }
        text.append('\n');
        if (line.endsWith("{")) {
            depth++;
        }
    }

    void line() {
        line("");
    }

    /** Opens {@code if}, or a plain block's place when the condition always holds. */
    boolean openIf(String condition) {
        if (condition.equals("true")) {
            return false;
        }
        line("if (" + condition + ") {");
        return true;
    }

    void closeIf(boolean open) {
        if (open) {
            line("}");
        }
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
