"""Clients of live streams over plain sockets, which say exactly what they are told to say."""
import base64
import hashlib
import json
import os
import socket
import struct

PATIENCE = 60  # seconds; a test that waits longer has failed


class Gone(Exception):
    """The server closed the connection."""


class Connection:
    def __init__(self, port, receive_buffer=None):
        self.socket = socket.socket()
        self.socket.settimeout(PATIENCE)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.connect(("127.0.0.1", port))
        self.buffer = b""

    def send(self, data):
        self.socket.sendall(data)

    def _more(self):
        data = self.socket.recv(65536)
        if not data:
            raise Gone()
        self.buffer += data

    def take(self, size):
        while len(self.buffer) < size:
            self._more()
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    def until(self, mark):
        while mark not in self.buffer:
            self._more()
        data, self.buffer = self.buffer.split(mark, 1)
        return data

    def ask(self, target, headers=(), method="GET"):
        """Sends a request; returns (status, headers in lower case)."""
        lines = [f"{method} {target} HTTP/1.1", f"Host: 127.0.0.1:{self.socket.getpeername()[1]}"] + [f"{n}: {v}" for n, v in headers]
        self.send(("\r\n".join(lines) + "\r\n\r\n").encode())
        first, *rest = self.until(b"\r\n\r\n").decode().split("\r\n")
        return int(first.split()[1]), {n.lower(): v for n, v in (line.split(": ", 1) for line in rest)}

    def closed(self):
        """Waits for the end; what still came before it."""
        try:
            while True:
                self._more()
        except Gone:
            return self.buffer

    def close(self):
        self.socket.close()


class Events(Connection):
    """Server-Sent Events. `place` is the last id that came."""

    def __init__(self, port, target, headers=(), receive_buffer=None):
        super().__init__(port, receive_buffer)
        self.status, self.headers = self.ask(target, headers)
        self.text = b""
        self.place = None
        if self.status == 200:
            assert self.headers["content-type"] == "text/event-stream", self.headers

    def _block(self):
        while b"\n\n" not in self.text:
            size = int(self.until(b"\r\n"), 16)
            self.text += self.take(size)
            assert self.take(2) == b"\r\n"
            if size == 0:
                raise Gone()
        block, self.text = self.text.split(b"\n\n", 1)
        return block.decode()

    def block(self):
        """The next block, as {field: value}; a comment has the field ''."""
        fields = {}
        for line in self._block().split("\n"):
            name, _, value = line.partition(":")
            fields[name] = value.removeprefix(" ")
        if "id" in fields:
            assert self.place is None or int(fields["id"]) >= int(self.place), "ids must rise"
            self.place = fields["id"]
        return fields

    def next(self):
        """The next event: (name, data); signs of life are passed over."""
        while True:
            fields = self.block()
            if "data" in fields:
                return fields["event"], json.loads(fields["data"])

    def begun(self):
        """Waits for the first block, after which nothing is missed."""
        return self.block()


class WebSocket(Connection):
    def __init__(self, port, target, headers=(), key=None, version="13"):
        super().__init__(port)
        key = key or base64.b64encode(os.urandom(16)).decode()
        self.status, self.headers = self.ask(target, [("Upgrade", "websocket"), ("Connection", "keep-alive, Upgrade"),
                                                      ("Sec-WebSocket-Version", version), ("Sec-WebSocket-Key", key), *headers])
        if self.status == 101:
            wanted = base64.b64encode(hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()).decode()
            assert self.headers["sec-websocket-accept"] == wanted, self.headers

    def frame(self, opcode, payload=b"", final=True, masked=True, length=None, reserved=0):
        size = len(payload) if length is None else length
        head = bytes([(0x80 if final else 0) | reserved | opcode])
        bit = 0x80 if masked else 0
        if size < 126:
            head += bytes([bit | size])
        elif size < 65536:
            head += bytes([bit | 126]) + struct.pack(">H", size)
        else:
            head += bytes([bit | 127]) + struct.pack(">Q", size)
        mask = os.urandom(4) if masked else b""
        if masked:
            payload = bytes(b ^ mask[i % 4] for i, b in enumerate(payload))
        self.send(head + mask + payload)

    def read(self):
        """The next frame of the server: (opcode, payload)."""
        first, second = self.take(2)
        assert first & 0x80 and not first & 0x70 and not second & 0x80, "whole, no extension, not masked"
        size = second
        if size == 126:
            size, = struct.unpack(">H", self.take(2))
        elif size == 127:
            size, = struct.unpack(">Q", self.take(8))
        return first & 0x0F, self.take(size)

    def next(self, answer_pings=True):
        """The next event: (name, data); positions, pings and pongs are passed over."""
        while True:
            opcode, payload = self.read()
            if opcode == 9 and answer_pings:
                self.frame(10, payload)
            if opcode == 8:
                raise Gone(close_code(payload))
            if opcode == 1:
                message = json.loads(payload)
                if "data" in message:
                    return message["event"], message["data"]

    def begun(self):
        opcode, payload = self.read()
        assert opcode == 1
        return json.loads(payload)

    def close_frame(self):
        """Passes over everything up to the server's close frame: (code, reason). Then the connection must end."""
        while True:
            opcode, payload = self.read()
            if opcode == 8:
                self.closed()
                return close_code(payload)


def close_code(payload):
    return (int.from_bytes(payload[:2], "big") if payload else None, payload[2:].decode())
