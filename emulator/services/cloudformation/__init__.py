"""CloudFormation: StackSets, Organizations access, and corrections to ministack."""
