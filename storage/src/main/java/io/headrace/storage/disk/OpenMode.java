package io.headrace.storage.disk;

/** How a file is opened. */
public enum OpenMode {
    /** Reading only; the file must exist. */
    READ,
    /** Reading and writing; the file must exist. */
    READ_WRITE,
    /** Reading and writing; an absent file is created empty. */
    CREATE,
    /** Reading and writing; the file must be absent. */
    CREATE_NEW;

    /** Whether {@link DiskFile#write} and {@link DiskFile#truncate} are allowed. */
    public boolean writable() {
        return this != READ;
    }
}
