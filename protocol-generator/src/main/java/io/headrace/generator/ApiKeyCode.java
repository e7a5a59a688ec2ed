package io.headrace.generator;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The Java source of the enum of all API keys. */
final class ApiKeyCode {
    private static final int PRODUCE = 0;
    private static final int API_VERSIONS = 18;

    private final String packageName;
    private final String messagePackage;
    private final List<MessageSpec> requests = new ArrayList<>();
    private final Map<Integer, MessageSpec> responses = new HashMap<>();
    private final SourceText out = new SourceText();

    ApiKeyCode(String packageName, String messagePackage, List<MessageSpec> specs) {
        this.packageName = packageName;
        this.messagePackage = messagePackage;
        for (MessageSpec spec : specs) {
            if (spec.kind().equals("request")) {
                requests.add(spec);
            } else if (spec.kind().equals("response")) {
                responses.put(spec.apiKey(), spec);
            }
        }
        requests.sort(Comparator.comparingInt(MessageSpec::apiKey));
    }

    String generate() {
        out.line("package " + packageName + ";");
        out.line();
        out.line("import io.headrace.protocol.message.ApiMessage;");
        out.line("import io.headrace.protocol.wire.WireReader;");
        out.line("import javax.annotation.processing.Generated;");
        out.line("import org.jspecify.annotations.Nullable;");
        out.line();
        out.line("/** The APIs of the protocol with their keys and versions. */");
        out.line("@Generated(\"io.headrace.generator\")");
        out.line("public enum ApiKey {");
        for (int i = 0; i < requests.size(); i++) {
            constant(requests.get(i), i == requests.size() - 1 ? ";" : ",");
        }
        out.line();
        members();
        versions();
        lookup();
        reader("readRequest", "Reads a request's body.", requests);
        reader(
                "readResponse",
                "Reads a response's body.",
                requests.stream().map(this::response).toList());
        out.line("}");
        return out.toString();
    }

    private MessageSpec response(MessageSpec request) {
        MessageSpec response = responses.get(request.apiKey());
        if (response == null) {
            throw new SpecException("no response for " + request.name());
        }
        return response;
    }

    private static String apiName(MessageSpec request) {
        return request.name().substring(0, request.name().length() - "Request".length());
    }

    private static String constantName(MessageSpec spec) {
        return apiName(spec).replaceAll("([a-z])([A-Z])", "$1_$2").toUpperCase(Locale.ROOT);
    }

    private void constant(MessageSpec request, String end) {
        VersionRange flexible = request.flexibleVersions().intersect(request.versions());
        // Clients built on librdkafka look for Produce 0 to 2 in the advertisement, though nobody serves them.
        int advertisedLowest =
                request.apiKey() == PRODUCE ? 0 : request.versions().lowest();
        List<String> arguments = List.of(
                "" + request.apiKey(),
                "\"" + apiName(request) + "\"",
                "" + request.versions().lowest(),
                "" + request.versions().highest(),
                "" + request.latestVersionUnstable(),
                "" + advertisedLowest,
                flexible.isEmpty()
                        ? "Short.MAX_VALUE"
                        : "" + request.flexibleVersions().lowest(),
                "" + request.listeners().contains("broker"),
                "" + request.listeners().contains("controller"));
        out.line(constantName(request) + "(" + String.join(", ", arguments) + ")" + end);
    }

    private void members() {
        out.line("private static final @Nullable ApiKey[] BY_ID = byId();");
        out.line();
        out.line("private final short id;");
        out.line("private final String apiName;");
        out.line("private final short lowestVersion;");
        out.line("private final short highestVersion;");
        out.line("private final short highestStableVersion;");
        out.line("private final short lowestAdvertisedVersion;");
        out.line("private final short firstFlexibleVersion;");
        out.line("private final boolean onBrokerListener;");
        out.line("private final boolean onControllerListener;");
        out.line();
        out.line("ApiKey(int id, String apiName, int lowest, int highest, boolean latestUnstable, int lowestAdvertised,"
                + " int firstFlexible, boolean onBrokerListener, boolean onControllerListener) {");
        out.line("this.id = (short) id;");
        out.line("this.apiName = apiName;");
        out.line("this.lowestVersion = (short) lowest;");
        out.line("this.highestVersion = (short) highest;");
        out.line("this.highestStableVersion = (short) (latestUnstable ? highest - 1 : highest);");
        out.line("this.lowestAdvertisedVersion = (short) lowestAdvertised;");
        out.line("this.firstFlexibleVersion = (short) firstFlexible;");
        out.line("this.onBrokerListener = onBrokerListener;");
        out.line("this.onControllerListener = onControllerListener;");
        out.line("}");
        out.line();
    }

    private void versions() {
        accessor("The number on the wire.", "short id()", "id");
        accessor(
                "The name in the protocol's documentation, such as {@code ListOffsets}.",
                "String apiName()",
                "apiName");
        accessor("The oldest version that is served.", "short lowestVersion()", "lowestVersion");
        accessor("The newest stable version.", "short highestVersion()", "highestStableVersion");
        accessor(
                "The newest version with a specification, which may still change.",
                "short highestUnstableVersion()",
                "highestVersion");
        accessor(
                "The oldest version that ApiVersions announces: for Produce 0, because clients derive"
                        + " abilities from its presence.",
                "short lowestAdvertisedVersion()",
                "lowestAdvertisedVersion");
        accessor(
                "Whether brokers answer it to clients or other brokers.",
                "boolean onBrokerListener()",
                "onBrokerListener");
        accessor("Whether controllers answer it.", "boolean onControllerListener()", "onControllerListener");
        accessor(
                "Whether a stable version with this number is served.",
                "boolean isSupported(short version)",
                "version >= lowestVersion && version <= highestStableVersion");
        accessor(
                "Whether lengths are compact and tagged fields exist in this version (KIP-482).",
                "boolean isFlexible(short version)",
                "version >= firstFlexibleVersion");
        accessor(
                "The version of the header in front of a request of this version.",
                "short requestHeaderVersion(short version)",
                "(short) (isFlexible(version) ? 2 : 1)");
        accessor(
                "The version of the header in front of a response of this version. That of ApiVersions stays 0, so"
                        + " that a client can read it before it knows the versions (KIP-511).",
                "short responseHeaderVersion(short version)",
                "(short) (isFlexible(version) && id != " + API_VERSIONS + " ? 1 : 0)");
    }

    private void accessor(String javadoc, String signature, String expression) {
        out.line("/** " + javadoc + " */");
        out.line("public " + signature + " {");
        out.line("return " + expression + ";");
        out.line("}");
        out.line();
    }

    private void lookup() {
        out.line("/** The API with this number, or null when there is none. */");
        out.line("public static @Nullable ApiKey forId(short id) {");
        out.line("return id >= 0 && id < BY_ID.length ? BY_ID[id] : null;");
        out.line("}");
        out.line();
        out.line("private static @Nullable ApiKey[] byId() {");
        int highest = requests.get(requests.size() - 1).apiKey();
        out.line("@Nullable ApiKey[] byId = new @Nullable ApiKey[" + (highest + 1) + "];");
        out.line("for (ApiKey key : values()) {");
        out.line("byId[key.id] = key;");
        out.line("}");
        out.line("return byId;");
        out.line("}");
        out.line();
    }

    private void reader(String name, String summary, List<MessageSpec> messages) {
        // A switch and not a table of method references: classes load when first used, which keeps the start short.
        out.line("/** " + summary + " */");
        out.line("public ApiMessage " + name + "(WireReader in, short version) {");
        out.line("switch (this) {");
        for (int i = 0; i < messages.size(); i++) {
            out.line("case " + constantName(requests.get(i)) + ":");
            out.line("    return " + messagePackage + "." + messages.get(i).name() + ".read(in, version);");
        }
        out.line("default:");
        out.line("    throw new AssertionError(this);");
        out.line("}");
        out.line("}");
        out.line();
    }
}
