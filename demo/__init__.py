"""The demo: RegionProof deployed into a local AWS with a sample organization."""
