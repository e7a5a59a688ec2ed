package io.headrace.network.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** When a listener accepts again that has accepted too many connections in too short a time. */
class AcceptGateTest {
    private final CreationRate rate = new CreationRate(1, System.nanoTime());
    private final AcceptGate gate = new AcceptGate(
            new ListenerOptions("PLAINTEXT", new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)),
            new ConnectionLimits(ServerOptions.defaults()),
            rate,
            new NetworkCounters());
    private final EmbeddedChannel listener = new EmbeddedChannel();

    @BeforeEach
    void stopTheClock() {
        listener.freezeTime();
        listener.pipeline().addLast(gate);
    }

    private void accept() {
        EmbeddedChannel accepted = new EmbeddedChannel() {
            @Override
            public SocketAddress remoteAddress() {
                return new InetSocketAddress(InetAddress.getLoopbackAddress(), 5000);
            }
        };
        assertThat(listener.writeInbound(accepted)).isTrue();
    }

    private boolean acceptsAfter(long ms) {
        listener.advanceTimeBy(ms, TimeUnit.MILLISECONDS);
        listener.runPendingTasks();
        return listener.config().isAutoRead();
    }

    @Test
    void itWaitsUntilTheRateAllowsAnother() {
        assertThat(acceptsAfter(0)).isTrue();
        accept();
        assertThat(acceptsAfter(500)).isFalse();
        assertThat(acceptsAfter(600)).isTrue();
    }

    @Test
    void forConnectionsThatCameTogetherItWaitsAsLongAsForAllOfThem() {
        accept();
        accept();
        accept();
        assertThat(acceptsAfter(1_500)).isFalse();
        assertThat(acceptsAfter(1_600)).isTrue();
    }

    @Test
    void theWaitThatAnotherRateAskedForIsOver() {
        accept();
        assertThat(acceptsAfter(900)).isFalse();
        rate.change(2, System.nanoTime());
        gate.onLimitsChanged();
        assertThat(acceptsAfter(0)).isTrue();
        for (int i = 0; i < 4; i++) {
            accept();
        }
        assertThat(acceptsAfter(200)).as("when the first wait would have ended").isFalse();
        assertThat(acceptsAfter(1_400)).isTrue();
    }
}
