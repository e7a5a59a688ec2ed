package io.headrace.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

class TableTest {
    private final Table table = new Table("name", "endOffset", "replicas")
            .row("orders", 5L, List.of(1, 2))
            .row("a", null, List.of());

    @Test
    void alignsColumns() {
        StringWriter out = new StringWriter();
        table.printColumns(new PrintWriter(out), true);
        assertThat(out.toString().lines())
                .containsExactly("NAME    END-OFFSET  REPLICAS", "orders           5  1,2", "a                -  -");
    }

    @Test
    void becomesJson() {
        assertThat(JsonText.line(table.toJson()))
                .isEqualTo("[{\"name\":\"orders\",\"endOffset\":5,\"replicas\":[1,2]},"
                        + "{\"name\":\"a\",\"endOffset\":null,\"replicas\":[]}]");
    }
}
