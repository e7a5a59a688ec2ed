package io.headrace.core.metadata;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * An immutable hash map whose changed copies share all but a few nodes with the original, so that a change to one of
 * 100,000 entries costs microseconds. The order of iteration follows the hashes and is the same for equal histories.
 *
 * <p>A trie over the bits of the hash, five at each level; a node holds only the children that exist (Bagwell, Ideal Hash
 * Trees, 2001).
 */
public final class PersistentMap<K, V> {
    private static final int BITS = 5;
    private static final int MASK = (1 << BITS) - 1;
    private static final int HASH_BITS = 32;
    private static final PersistentMap<?, ?> EMPTY = new PersistentMap<>(null, 0);

    private final @Nullable Node<K, V> root;
    private final int size;

    private PersistentMap(@Nullable Node<K, V> root, int size) {
        this.root = root;
        this.size = size;
    }

    private sealed interface Node<K, V> {}

    private record Leaf<K, V>(int hash, K key, V value) implements Node<K, V> {}

    /** Entries whose hashes are all the same. */
    private record Collision<K, V>(int hash, List<Leaf<K, V>> leaves) implements Node<K, V> {}

    /** Bit i of the bitmap is set when there is a child for digit i; children stand in the order of their digits. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Branch<K, V>(int bitmap, Node<K, V>[] children) implements Node<K, V> {}

    /** The map without entries. */
    @SuppressWarnings("unchecked")
    public static <K, V> PersistentMap<K, V> empty() {
        return (PersistentMap<K, V>) EMPTY;
    }

    /** The number of entries. */
    public int size() {
        return size;
    }

    /** The value of a key; null when there is none. */
    public @Nullable V find(K key) {
        int hash = spread(key);
        Node<K, V> node = root;
        for (int shift = 0; node instanceof Branch<K, V> branch; shift += BITS) {
            int bit = bit(hash, shift);
            node = (branch.bitmap() & bit) == 0 ? null : branch.children()[position(branch.bitmap(), bit)];
        }
        if (node instanceof Leaf<K, V> leaf) {
            return leaf.key().equals(key) ? leaf.value() : null;
        }
        return node instanceof Collision<K, V> collision ? valueIn(collision, key) : null;
    }

    /** This map with the key's value set. */
    public PersistentMap<K, V> with(K key, V value) {
        Leaf<K, V> leaf = new Leaf<>(spread(key), key, value);
        boolean known = find(key) != null;
        Node<K, V> changed = root == null ? leaf : insert(root, leaf, 0);
        return new PersistentMap<>(changed, known ? size : size + 1);
    }

    /** This map without the key. */
    public PersistentMap<K, V> without(K key) {
        if (root == null || find(key) == null) {
            return this;
        }
        return size == 1 ? empty() : new PersistentMap<>(remove(root, spread(key), key, 0), size - 1);
    }

    /**
     * This map with what a function makes of each value. Keeps its shape, so that it costs far less than setting them one by
     * one; what the function leaves as it is, the same object, is shared.
     */
    public PersistentMap<K, V> mapValues(UnaryOperator<V> function) {
        if (root == null) {
            return this;
        }
        Node<K, V> mapped = map(root, function);
        return mapped == root ? this : new PersistentMap<>(mapped, size);
    }

    private static <K, V> Node<K, V> map(Node<K, V> node, UnaryOperator<V> function) {
        if (node instanceof Branch<K, V> branch) {
            return map(branch, function);
        }
        if (node instanceof Leaf<K, V> leaf) {
            return map(leaf, function);
        }
        Collision<K, V> collision = (Collision<K, V>) node;
        return new Collision<>(
                collision.hash(),
                collision.leaves().stream().map(leaf -> map(leaf, function)).toList());
    }

    private static <K, V> Leaf<K, V> map(Leaf<K, V> leaf, UnaryOperator<V> function) {
        V mapped = function.apply(leaf.value());
        return mapped == leaf.value() ? leaf : new Leaf<>(leaf.hash(), leaf.key(), mapped);
    }

    private static <K, V> Node<K, V> map(Branch<K, V> branch, UnaryOperator<V> function) {
        Node<K, V>[] children = branch.children().clone();
        boolean same = true;
        for (int i = 0; i < children.length; i++) {
            Node<K, V> child = children[i];
            children[i] = map(child, function);
            same &= children[i] == child;
        }
        return same ? branch : new Branch<>(branch.bitmap(), children);
    }

    /** Visits every entry. */
    public void forEach(BiConsumer<? super K, ? super V> visitor) {
        if (root != null) {
            visit(root, visitor);
        }
    }

    /** Told of a key whose value is not the same object in two maps; a value is null where the map has no such key. */
    @FunctionalInterface
    public interface DifferenceVisitor<K, V> {
        void visit(K key, @Nullable V before, @Nullable V after);
    }

    /**
     * Visits the keys whose values differ between two maps. Passes over what they share, so that for a map and a changed
     * copy of it this costs as much as the changes did.
     */
    public static <K, V> void forEachDifference(
            PersistentMap<K, V> before, PersistentMap<K, V> after, DifferenceVisitor<? super K, ? super V> visitor) {
        compare(before.root, after.root, visitor);
    }

    private static <K, V> void compare(
            @Nullable Node<K, V> before, @Nullable Node<K, V> after, DifferenceVisitor<? super K, ? super V> visitor) {
        if (before == after) {
            return;
        }
        if (before instanceof Branch<K, V> left && after instanceof Branch<K, V> right) {
            for (int bits = left.bitmap() | right.bitmap(); bits != 0; bits &= bits - 1) {
                int bit = Integer.lowestOneBit(bits);
                compare(child(left, bit), child(right, bit), visitor);
            }
        } else {
            compareEntries(new PersistentMap<>(before, 0), new PersistentMap<>(after, 0), visitor);
        }
    }

    private static <K, V> @Nullable Node<K, V> child(Branch<K, V> branch, int bit) {
        return (branch.bitmap() & bit) == 0 ? null : branch.children()[position(branch.bitmap(), bit)];
    }

    private static <K, V> void compareEntries(
            PersistentMap<K, V> before, PersistentMap<K, V> after, DifferenceVisitor<? super K, ? super V> visitor) {
        Map<K, V> left = new LinkedHashMap<>();
        before.forEach(left::put);
        after.forEach((key, value) -> {
            V old = left.remove(key);
            if (old != value) {
                visitor.visit(key, old, value);
            }
        });
        left.forEach((key, value) -> visitor.visit(key, value, null));
    }

    /** All keys, as a new list. */
    public List<K> keys() {
        List<K> keys = new ArrayList<>(size);
        forEach((key, value) -> keys.add(key));
        return keys;
    }

    /** All values, as a new list. */
    public List<V> values() {
        List<V> values = new ArrayList<>(size);
        forEach((key, value) -> values.add(value));
        return values;
    }

    private static <K, V> Node<K, V> insert(Node<K, V> node, Leaf<K, V> leaf, int shift) {
        if (node instanceof Branch<K, V> branch) {
            return insertInBranch(branch, leaf, shift);
        }
        if (node instanceof Leaf<K, V> present) {
            if (present.key().equals(leaf.key())) {
                return leaf;
            }
            return present.hash() == leaf.hash()
                    ? new Collision<>(leaf.hash(), List.of(present, leaf))
                    : split(present, present.hash(), leaf, shift);
        }
        Collision<K, V> collision = (Collision<K, V>) node;
        return collision.hash() == leaf.hash()
                ? new Collision<>(leaf.hash(), replaced(collision.leaves(), leaf.key(), leaf))
                : split(collision, collision.hash(), leaf, shift);
    }

    private static <K, V> Node<K, V> insertInBranch(Branch<K, V> branch, Leaf<K, V> leaf, int shift) {
        int bit = bit(leaf.hash(), shift);
        int position = position(branch.bitmap(), bit);
        if ((branch.bitmap() & bit) != 0) {
            Node<K, V>[] children = branch.children().clone();
            children[position] = insert(children[position], leaf, shift + BITS);
            return new Branch<>(branch.bitmap(), children);
        }
        Node<K, V>[] children = array(branch.children().length + 1);
        System.arraycopy(branch.children(), 0, children, 0, position);
        children[position] = leaf;
        System.arraycopy(branch.children(), position, children, position + 1, branch.children().length - position);
        return new Branch<>(branch.bitmap() | bit, children);
    }

    /** A branch over two nodes of different hashes. */
    private static <K, V> Node<K, V> split(Node<K, V> present, int presentHash, Leaf<K, V> leaf, int shift) {
        if (shift >= HASH_BITS) {
            throw new IllegalStateException("Different hashes without a different digit");
        }
        int presentBit = bit(presentHash, shift);
        int leafBit = bit(leaf.hash(), shift);
        if (presentBit == leafBit) {
            Node<K, V>[] only = array(1);
            only[0] = split(present, presentHash, leaf, shift + BITS);
            return new Branch<>(presentBit, only);
        }
        Node<K, V>[] both = array(2);
        boolean presentFirst = Integer.compareUnsigned(presentBit, leafBit) < 0;
        both[presentFirst ? 0 : 1] = present;
        both[presentFirst ? 1 : 0] = leaf;
        return new Branch<>(presentBit | leafBit, both);
    }

    /** The node without the key, which it contains; null when nothing is left. */
    private static <K, V> @Nullable Node<K, V> remove(Node<K, V> node, int hash, K key, int shift) {
        if (node instanceof Leaf<K, V>) {
            return null;
        }
        if (node instanceof Collision<K, V> collision) {
            List<Leaf<K, V>> left = replaced(collision.leaves(), key, null);
            return left.size() == 1 ? left.get(0) : new Collision<>(hash, left);
        }
        Branch<K, V> branch = (Branch<K, V>) node;
        int bit = bit(hash, shift);
        int position = position(branch.bitmap(), bit);
        Node<K, V> child = remove(branch.children()[position], hash, key, shift + BITS);
        return child == null ? withoutChild(branch, bit, position) : withChild(branch, position, child);
    }

    private static <K, V> @Nullable Node<K, V> withoutChild(Branch<K, V> branch, int bit, int position) {
        int count = branch.children().length;
        if (count == 1) {
            return null;
        }
        if (count == 2 && !(branch.children()[1 - position] instanceof Branch<K, V>)) {
            return branch.children()[1 - position];
        }
        Node<K, V>[] children = array(count - 1);
        System.arraycopy(branch.children(), 0, children, 0, position);
        System.arraycopy(branch.children(), position + 1, children, position, count - 1 - position);
        return new Branch<>(branch.bitmap() & ~bit, children);
    }

    private static <K, V> Node<K, V> withChild(Branch<K, V> branch, int position, Node<K, V> child) {
        if (branch.children().length == 1 && !(child instanceof Branch<K, V>)) {
            return child;
        }
        Node<K, V>[] children = branch.children().clone();
        children[position] = child;
        return new Branch<>(branch.bitmap(), children);
    }

    private static <K, V> List<Leaf<K, V>> replaced(List<Leaf<K, V>> leaves, K key, @Nullable Leaf<K, V> replacement) {
        List<Leaf<K, V>> changed = new ArrayList<>(leaves);
        changed.removeIf(leaf -> leaf.key().equals(key));
        if (replacement != null) {
            changed.add(replacement);
        }
        return List.copyOf(changed);
    }

    private static <K, V> @Nullable V valueIn(Collision<K, V> collision, K key) {
        for (Leaf<K, V> leaf : collision.leaves()) {
            if (leaf.key().equals(key)) {
                return leaf.value();
            }
        }
        return null;
    }

    private static <K, V> void visit(Node<K, V> node, BiConsumer<? super K, ? super V> visitor) {
        if (node instanceof Leaf<K, V> leaf) {
            visitor.accept(leaf.key(), leaf.value());
        } else if (node instanceof Branch<K, V> branch) {
            for (Node<K, V> child : branch.children()) {
                visit(child, visitor);
            }
        } else {
            ((Collision<K, V>) node).leaves().forEach(leaf -> visitor.accept(leaf.key(), leaf.value()));
        }
    }

    @SuppressWarnings("unchecked")
    private static <K, V> Node<K, V>[] array(int length) {
        return (Node<K, V>[]) new Node<?, ?>[length];
    }

    private static int bit(int hash, int shift) {
        return 1 << ((hash >>> shift) & MASK);
    }

    private static int position(int bitmap, int bit) {
        return Integer.bitCount(bitmap & (bit - 1));
    }

    private static int spread(Object key) {
        int hash = key.hashCode();
        return hash ^ (hash >>> 16);
    }

    /** Two maps are equal when they have equal entries. */
    @Override
    public boolean equals(@Nullable Object other) {
        if (!(other instanceof PersistentMap<?, ?> map) || map.size != size) {
            return false;
        }
        boolean[] same = {true};
        @SuppressWarnings("unchecked")
        PersistentMap<Object, Object> that = (PersistentMap<Object, Object>) map;
        forEach((key, value) -> same[0] &= Objects.equals(that.find(key), value));
        return same[0];
    }

    @Override
    public int hashCode() {
        int[] hash = {size};
        forEach((key, value) -> hash[0] += Arrays.hashCode(new Object[] {key, value}));
        return hash[0];
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("{");
        forEach((key, value) -> text.append(text.length() > 1 ? ", " : "")
                .append(key)
                .append('=')
                .append(value));
        return text.append('}').toString();
    }
}
