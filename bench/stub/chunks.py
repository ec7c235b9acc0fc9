"""Bodies in chunks: those of HTTP/1.1, and inside of them those in which botocore sends objects to S3 over TLS.

https://www.rfc-editor.org/rfc/rfc9112#section-7.1
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
"""

from __future__ import annotations

_LINE = b"\r\n"


def unchunked(body: bytes | bytearray) -> tuple[bytes, int] | None:
    """Return the content of a body in chunks and the length of its spelling; None while its end is missing."""
    content, position = b"", 0
    while (end := body.find(_LINE, position)) >= 0:
        size, start = int(body[position:end], 16), end + len(_LINE)
        if not size:
            return _ended(body, start, content)
        if len(body) < start + size + len(_LINE):
            return None
        content += body[start : start + size]
        position = start + size + len(_LINE)
    return None


def _ended(body: bytes | bytearray, position: int, content: bytes) -> tuple[bytes, int] | None:
    """Return the content once the trailers are there, up to the empty line."""
    while (end := body.find(_LINE, position)) >= 0:
        if end == position:
            return content, end + len(_LINE)
        position = end + len(_LINE)
    return None
