"""A run in steps: plan, many batches, conclude. Each step is one call of the function; files in S3 carry the run.

The steps call ``Audit.plan``, ``Audit.collect`` and ``Audit.conclude``, as a run in one call does. Here stands only
what lies between them. See docs/decisions/0013.
"""
