"""Pictures made up for tests."""

import struct
import zlib
from io import BytesIO

import segno


def qr_code(content: str) -> bytes:
    """A PNG with a QR code."""
    picture = BytesIO()
    segno.make_qr(content).save(picture, kind="png", scale=6, border=4)
    return picture.getvalue()


def meme(*, width: int = 120, height: int = 90, shift: int = 0) -> bytes:
    """A PNG with a few shapes and no code: the same ones in every size, others for another shift."""
    columns = [x * 120 // width for x in range(width)]
    bands = [
        bytes(((x // (17 + shift % 7)) * (40 + shift) + band * (25 + shift)) % 256 for x in columns)
        for band in range(11)
    ]
    rows = [b"\0" + bands[y * 90 // height // 13 % len(bands)] for y in range(height)]
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = (_part(b"IHDR", head), _part(b"IDAT", zlib.compress(b"".join(rows))), _part(b"IEND"))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _part(name: bytes, content: bytes = b"") -> bytes:
    checked = name + content
    return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))
