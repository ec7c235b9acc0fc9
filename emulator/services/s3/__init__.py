"""S3: AWS's answer for a missing key."""
