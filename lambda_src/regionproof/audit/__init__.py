"""The run: discover, collect, judge, reconcile, publish, remember. Start reading in `run.py`."""
