"""EventBridge Scheduler: how long a minute lasts."""
