"""The local AWS: ministack with an overlay that makes it as strict as AWS. See README.md."""
