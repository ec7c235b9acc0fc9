"""End to end: deployed with the real CDK CLI into a local emulator of AWS, invoked, scheduled, taken away."""
