"""The CDK stacks of RegionProof: ``regionproof.yaml`` in, CloudFormation out. No AWS call, no git call."""
