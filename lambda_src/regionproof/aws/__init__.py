"""The edge to AWS: clients, credentials, the organization, and the way into each account."""
