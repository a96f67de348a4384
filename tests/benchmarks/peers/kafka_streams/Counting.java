import com.fasterxml.jackson.databind.JsonNode;
import java.time.OffsetDateTime;
import java.time.YearMonth;
import java.time.ZoneOffset;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * One event at a time: what is known of its dossier, and the counters that it raises.
 *
 * <p>A dossier is known by its home, "agency|channel", or, before it was received, by the acts that
 * wait for it, "?2020-03|resolved;...".
 */
final class Counting extends ContextualProcessor<String, byte[], Void, Void> {
    static final String DOSSIERS = "dossiers";
    static final String COUNTS = "counts";
    private static final String WAITING = "?";
    private static final ZoneOffset VIETNAM = ZoneOffset.ofHours(7);

    private final Stopwatch watch;
    private KeyValueStore<String, String> dossiers;
    private KeyValueStore<String, Long> counts;

    Counting(Stopwatch watch) {
        this.watch = watch;
    }

    @Override
    public void init(ProcessorContext<Void, Void> context) {
        super.init(context);
        dossiers = context.getStateStore(DOSSIERS);
        counts = context.getStateStore(COUNTS);
    }

    @Override
    public void process(Record<String, byte[]> record) {
        watch.begin();
        CloudEvent event = CloudEvent.of(record);
        switch (event.type()) {
            case "dossier.received.v1" -> receive(record.key(), event.data());
            case "dossier.resolved.v1" ->
                act(record.key(), month(event.data(), "resolved_at") + "|resolved");
            case "result.returned.v1" ->
                act(record.key(), month(event.data(), "returned_at") + "|returned");
            default -> { }
        }
        watch.count();
    }

    private void receive(String dossier, JsonNode data) {
        String home = CloudEvent.text(data, "resolving") + "|" + CloudEvent.text(data, "channel");
        String known = dossiers.get(dossier);
        dossiers.put(dossier, home);
        raise(home, month(data, "received_at") + "|received");
        if (known != null && known.startsWith(WAITING)) {
            for (String act : known.substring(1).split(";")) {
                raise(home, act);
            }
        }
    }

    private void act(String dossier, String act) {
        String known = dossiers.get(dossier);
        if (known == null) {
            dossiers.put(dossier, WAITING + act);
        } else if (known.startsWith(WAITING)) {
            dossiers.put(dossier, known + ";" + act);
        } else {
            raise(known, act);
        }
    }

    private void raise(String home, String act) {
        int bar = home.indexOf('|');
        String cell = home.substring(0, bar) + "|" + act + home.substring(bar);
        Long n = counts.get(cell);
        counts.put(cell, n == null ? 1L : n + 1);
    }

    private static String month(JsonNode data, String name) {
        OffsetDateTime at = OffsetDateTime.parse(CloudEvent.text(data, name));
        return YearMonth.from(at.withOffsetSameInstant(VIETNAM)).toString();
    }
}
