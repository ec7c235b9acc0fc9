"""HTTP: from a request to a recognized AWS call, and from an answer to bytes."""
