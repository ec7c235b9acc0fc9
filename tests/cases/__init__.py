"""Cases that people reported in public, each with the link to its source, run through the real command line."""
