package io.headrace.storage.disk;

/** What a name on a simulated disk stands for: a {@link SimulatedContents} or a {@link SimulatedDirectory}. */
interface SimulatedInode {}
