package io.headrace.storage;

import java.util.List;

/**
 * Several batches of one partition that go into its log together: one behind the other, and all of them or none. They belong
 * to one group of the log writer and are decided on alike.
 *
 * <p>Only a crash can part them: what the first of them says may then be in the log without the rest, while nobody was told of
 * either.
 */
public final class JointAppend extends WriterTask {
    /** In the order of the log. */
    final List<AppendTask> parts;

    /**
     * @param parts at least one, all of one partition, and either none or all with the same producer and guard; each gets its own
     *     outcome. None of them may be one that waits for a {@link Verification}
     */
    public JointAppend(List<? extends AppendTask> parts) {
        this.parts = List.copyOf(parts);
        PartitionReplica replica = this.parts.get(0).replica;
        for (AppendTask part : this.parts) {
            if (part.replica != replica || part.verification != null) {
                throw new IllegalArgumentException("Appends to " + replica.id() + " and " + part.replica.id()
                        + " cannot be joined, or one of them is still to be verified");
            }
        }
    }

    @Override
    int sizeBytes() {
        return parts.stream().mapToInt(AppendTask::sizeBytes).sum();
    }
}
