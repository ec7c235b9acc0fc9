"""Security Hub CSPM: custom findings in the AWS Security Finding Format (ASFF)."""
