import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.OffsetDateTime;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.streams.processor.api.Record;

/** A CloudEvent in binary mode: its headers are looked at and its data is parsed in full. */
record CloudEvent(String id, String type, OffsetDateTime time, JsonNode data) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Throws an exception for what is no CloudEvent 1.0 with a JSON object. */
    static CloudEvent of(Record<String, byte[]> record) {
        Headers headers = record.headers();
        if (!header(headers, "ce_specversion").equals("1.0")) {
            throw new IllegalArgumentException("no CloudEvent 1.0");
        }
        OffsetDateTime.parse(header(headers, "ce_recordedtime"));
        return new CloudEvent(header(headers, "ce_id"), header(headers, "ce_type"),
            OffsetDateTime.parse(header(headers, "ce_time")), parsed(record.value()));
    }

    /** A field that must be there. */
    static String text(JsonNode data, String name) {
        return data.required(name).textValue();
    }

    private static JsonNode parsed(byte[] value) {
        try {
            return JSON.readTree(value);
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    private static String header(Headers headers, String name) {
        Header found = headers.lastHeader(name);
        if (found == null) {
            throw new IllegalArgumentException("no header " + name);
        }
        return new String(found.value(), StandardCharsets.UTF_8);
    }
}
