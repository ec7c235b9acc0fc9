"""Faults, crashes and rivals: whatever goes wrong during a run, what RegionProof says stays true."""
