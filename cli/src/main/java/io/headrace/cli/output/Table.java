package io.headrace.cli.output;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Rows under named columns, printed for people or as JSON. A null cell is a dash in the table and null in JSON; a list is
 * separated by commas there and an array here.
 */
public final class Table {
    private static final String GAP = "  ";

    private final List<String> columns;
    private final List<List<@Nullable Object>> rows = new ArrayList<>();

    /** Columns by their JSON names, in camel case; the table shows them in capitals with hyphens. */
    public Table(String... columns) {
        this.columns = List.of(columns);
    }

    /** Adds a row with a cell for each column. */
    public Table row(@Nullable Object... cells) {
        if (cells.length != columns.size()) {
            throw new IllegalArgumentException(cells.length + " cells for " + columns.size() + " columns");
        }
        List<@Nullable Object> row = new ArrayList<>();
        for (Object cell : cells) {
            row.add(cell);
        }
        rows.add(row);
        return this;
    }

    /** Prints in the chosen format; names are the first column. */
    public void print(PrintWriter out, OutputOptions options) {
        switch (options.format()) {
            case json:
                out.println(JsonText.pretty(toJson()));
                break;
            case name:
                rows.forEach(row -> out.println(text(row.get(0))));
                break;
            default:
                printColumns(out, options.headers());
        }
        out.flush();
    }

    /** The rows as maps from column to cell. */
    public List<Map<String, @Nullable Object>> toJson() {
        List<Map<String, @Nullable Object>> result = new ArrayList<>();
        for (List<@Nullable Object> row : rows) {
            Map<String, @Nullable Object> map = new LinkedHashMap<>();
            for (int i = 0; i < columns.size(); i++) {
                map.put(columns.get(i), row.get(i));
            }
            result.add(map);
        }
        return result;
    }

    /** Prints the table form only. */
    public void printColumns(PrintWriter out, boolean headers) {
        List<List<String>> lines = new ArrayList<>();
        if (headers) {
            lines.add(columns.stream().map(Table::header).toList());
        }
        for (List<@Nullable Object> row : rows) {
            lines.add(row.stream().map(Table::text).toList());
        }
        int[] widths = new int[columns.size()];
        for (List<String> line : lines) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], line.get(i).length());
            }
        }
        for (List<String> line : lines) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                pad(text, line.get(i), widths[i], isNumeric(i), i == widths.length - 1);
            }
            out.println(text);
        }
        out.flush();
    }

    private boolean isNumeric(int column) {
        return !rows.isEmpty()
                && rows.stream().allMatch(row -> row.get(column) == null || row.get(column) instanceof Number);
    }

    private static void pad(StringBuilder text, String cell, int width, boolean right, boolean last) {
        String space = " ".repeat(width - cell.length());
        if (right) {
            text.append(space).append(cell);
        } else {
            text.append(cell).append(last ? "" : space);
        }
        text.append(last ? "" : GAP);
    }

    private static String header(String column) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < column.length(); i++) {
            char c = column.charAt(i);
            text.append(Character.isUpperCase(c) ? "-" : "").append(c);
        }
        return text.toString().toUpperCase(Locale.ROOT);
    }

    private static String text(@Nullable Object cell) {
        if (cell == null) {
            return "-";
        }
        if (cell instanceof Collection<?> list) {
            return list.isEmpty()
                    ? "-"
                    : String.join(",", list.stream().map(String::valueOf).toList());
        }
        return cell.toString();
    }
}
