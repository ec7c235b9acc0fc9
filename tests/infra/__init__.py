"""Tests of the stacks: what they would deploy, and with which rights."""
