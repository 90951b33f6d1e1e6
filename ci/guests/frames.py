"""Reads what the init of a guest says (init.c): lines "@@K SEQUENCE CRC32 BASE64" between whatever else is there."""
import base64
import binascii
import re

LINE = re.compile(rb"@@([A-Z]) (\d+) ([0-9a-f]{8}) ([A-Za-z0-9+/=]*)\r?\n")


class Frames:
    """Fed with bytes as they come; gives back (kind, payload) pairs, and counts what was lost or damaged."""

    def __init__(self):
        self.rest = b""
        self.next = 0
        self.lost = 0
        self.other = bytearray()  # what was not a frame: on a shared console, the kernel's own text

    def feed(self, data):
        self.rest += data
        found = []
        while b"\n" in self.rest:
            line, self.rest = self.rest.split(b"\n", 1)
            match = LINE.search(line + b"\n")
            frame = self.read(match) if match else None
            if frame:
                found.append(frame)
                line = line[: match.start()]
            if line.strip():
                self.other += line.rstrip(b"\r") + b"\n"
        return found

    def read(self, match):
        try:
            payload = base64.b64decode(match[4], validate=True)
        except binascii.Error:
            return None
        if binascii.crc32(payload) != int(match[3], 16):
            return None
        sequence = int(match[2])
        self.lost += max(0, sequence - self.next)
        self.next = sequence + 1
        return match[1].decode(), payload
