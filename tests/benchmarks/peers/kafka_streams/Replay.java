import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.state.QueryableStoreTypes;
import org.apache.kafka.streams.state.Stores;

/**
 * Kafka Streams: the aggregation with state in RocksDB and its changelogs on Kafka, as shipped.
 *
 * <p>Counters are kept per partition and summed on read, as ours are, which spares the peer a
 * repartition topic. Time ends when everything is flushed and its offsets are committed.
 */
public final class Replay {
    private static final Map<String, String> ENV = System.getenv();

    private Replay() {}

    /** Counts BENCH_EVENTS events and writes the result to standard output. */
    public static void main(String[] arguments) throws Exception {
        Stopwatch watch = new Stopwatch(Long.parseLong(ENV.get("BENCH_EVENTS")));
        KafkaStreams streams = new KafkaStreams(topology(watch).build(), settings());
        streams.setUncaughtExceptionHandler(error -> {
            error.printStackTrace();
            Runtime.getRuntime().halt(1);
            return StreamThreadExceptionResponse.SHUTDOWN_APPLICATION;
        });
        streams.start();
        watch.await();
        List<List<Object>> table = table(streams);
        streams.close();
        System.out.println(new ObjectMapper().writeValueAsString(watch.told(table)));
    }

    private static StreamsBuilder topology(Stopwatch watch) {
        StreamsBuilder builder = new StreamsBuilder();
        builder.addStateStore(Stores.keyValueStoreBuilder(
            Stores.persistentKeyValueStore(Counting.DOSSIERS), Serdes.String(), Serdes.String())
            .withCachingEnabled());
        builder.addStateStore(Stores.keyValueStoreBuilder(
            Stores.persistentKeyValueStore(Counting.COUNTS), Serdes.String(), Serdes.Long())
            .withCachingEnabled());
        builder
            .stream(List.of(ENV.get("BENCH_TOPICS").split(",")),
                Consumed.with(Serdes.String(), Serdes.ByteArray()))
            .process(() -> new Counting(watch), Counting.DOSSIERS, Counting.COUNTS);
        return builder;
    }

    private static Properties settings() {
        Properties settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, ENV.get("BENCH_APPLICATION"));
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, ENV.get("BENCH_KAFKA"));
        settings.put(StreamsConfig.STATE_DIR_CONFIG, ENV.get("BENCH_FOLDER"));
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, ENV.get("BENCH_GUARANTEE"));
        settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
        settings.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
        settings.put("auto.offset.reset", "earliest");
        return settings;
    }

    /** Rows of agency, month, measure, outcome and how many, over all partitions. */
    private static List<List<Object>> table(KafkaStreams streams) {
        var type = QueryableStoreTypes.<String, Long>keyValueStore();
        var store = streams.store(StoreQueryParameters.fromNameAndType(Counting.COUNTS, type));
        Map<String, Long> sums = new TreeMap<>();
        try (var entries = store.all()) {
            entries.forEachRemaining(entry -> sums.merge(entry.key, entry.value, Long::sum));
        }
        List<List<Object>> rows = new ArrayList<>();
        sums.forEach((cell, n) -> {
            List<Object> row = new ArrayList<>(List.of(cell.split("\\|", -1)));
            row.add(n);
            rows.add(row);
        });
        return rows;
    }
}
