"""The settings in ``regionproof.yaml``, and the part of them that the function carries.

``shape`` declares the file once, as frozen dataclasses. ``reading`` checks a file against it (CLI and
synth), ``schema`` makes the editor schema of it, ``asset`` carries the run's part into the zip.
"""
