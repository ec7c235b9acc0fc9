"""Faults: errors, delays, broken connections and changed answers, injected into chosen calls."""
