"""What we are measured against. Each module is a process; its settings come from BENCH_*."""
