import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/** Times this process from its first event on; the start of the JVM is not in it. */
final class Stopwatch {
    private static final OperatingSystemMXBean SYSTEM =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private final long wanted;
    private final CountDownLatch all = new CountDownLatch(1);
    private long events;
    private boolean running;
    private long began;
    private long cpu;

    Stopwatch(long wanted) {
        this.wanted = wanted;
    }

    /** Before each event; only the stream thread calls it. */
    void begin() {
        if (!running) {
            running = true;
            began = System.nanoTime();
            cpu = SYSTEM.getProcessCpuTime();
        }
    }

    /** After each event. */
    void count() {
        if (++events == wanted) {
            all.countDown();
        }
    }

    /** Returns when all events are counted. */
    void await() throws InterruptedException {
        all.await();
    }

    /** What the benchmark is told: seconds, CPU seconds, and the most memory in MiB. */
    Map<String, Object> told(List<List<Object>> table) throws IOException {
        return Map.of(
            "events", events,
            "seconds", (System.nanoTime() - began) / 1e9,
            "cpu", (SYSTEM.getProcessCpuTime() - cpu) / 1e9,
            "peak", peakMib(),
            "table", table);
    }

    private static double peakMib() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmHWM:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) / 1024.0;
            }
        }
        return 0;
    }
}
