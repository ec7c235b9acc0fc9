"""Files in S3: the ledger, and the files of a run in steps. Pure: convert bytes to records and back."""
