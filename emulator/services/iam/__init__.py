"""IAM: central root access, the token version, and the role that Organizations creates."""
