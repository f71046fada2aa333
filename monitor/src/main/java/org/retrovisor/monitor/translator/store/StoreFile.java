package org.retrovisor.monitor.translator.store;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.zip.CRC32C;

/** Puts entries together to the file of a {@link TranslationStore}. */
final class StoreFile {
    private StoreFile() {}

    static byte[] of(List<byte[]> entries, long build) {
        int buckets = Integer.highestOneBit(Math.max(16, entries.size())) << 1;
        int first = StoreLayout.aligned(StoreLayout.BUCKETS + 4 * buckets);
        int size = first + entries.stream().mapToInt(entry -> entry.length).sum();
        ByteBuffer file = StoreLayout.buffer(size);
        file.putLong(0, StoreLayout.MAGIC).putLong(StoreLayout.BUILD, build).putLong(StoreLayout.SIZE, size);
        file.putInt(StoreLayout.BUCKET_COUNT, buckets).putInt(StoreLayout.ENTRY_COUNT, entries.size());
        int at = first;
        for (byte[] entry : entries) {
            file.put(at, entry);
            int bucket = StoreLayout.BUCKETS + 4 * StoreLayout.bucket(file.getLong(at + StoreLayout.RIP), buckets);
            file.putInt(at + StoreLayout.NEXT, file.getInt(bucket));
            file.putInt(bucket, at >>> 3);
            at += entry.length;
        }
        CRC32C sum = new CRC32C();
        sum.update(file.array(), StoreLayout.BUCKETS, size - StoreLayout.BUCKETS);
        file.putLong(StoreLayout.CHECKSUM, sum.getValue());
        return file.array();
    }
}
