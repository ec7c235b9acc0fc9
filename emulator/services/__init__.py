"""The AWS services of the emulator, a folder each."""
