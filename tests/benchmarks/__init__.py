"""Benchmarks on real servers, each beside a peer that does the same work: see docs/benchmarks."""
