"""HTTP: recognize AWS calls, log them, and write answers and errors in AWS's wire formats."""
