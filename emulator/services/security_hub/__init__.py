"""Security Hub CSPM, which ministack lacks: custom findings in AWS Security Finding Format."""
