"""A run in steps: plan, many batches, conclude. Each step is one call of the function. Files in S3 connect the steps.

The steps call ``Audit.plan``, ``Audit.collect`` and ``Audit.conclude``, which a run in one call uses too. This folder
contains only the code that connects them. See docs/decisions/0013.
"""
