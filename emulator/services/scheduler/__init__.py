"""EventBridge Scheduler: shorter minutes for tests and the demo."""
