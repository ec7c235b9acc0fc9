"""CloudFormation: StackSets, and what ministack lacks."""
