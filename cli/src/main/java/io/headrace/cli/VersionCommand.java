package io.headrace.cli;

import io.headrace.cli.client.Session;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Says which version this is. */
@Command(name = "version", description = "Prints the version.", mixinStandardHelpOptions = true)
final class VersionCommand implements Runnable {
    private final Session session;

    VersionCommand(Session session) {
        this.session = session;
    }

    @Override
    public void run() {
        session.out().println(text());
        session.out().flush();
    }

    private static String text() {
        String version = Main.class.getPackage().getImplementationVersion();
        return "headrace " + (version == null ? "(built from source)" : version);
    }

    /** For {@code --version}. */
    static final class Provider implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {text()};
        }
    }
}
