"""An IMAP client that costs next to nothing: it looks at no more of a response than how it ends."""

import socket
import time

from servers import PASSWORD


class Imap:
    """One logged-in connection."""

    def __init__(self, contender, n=0, tls=None):
        self.socket = socket.create_connection(("127.0.0.1", contender.port("imaps" if tls else "imap")), 120)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            self.socket = tls.wrap_socket(self.socket)
        self.buffer = bytearray(1 << 16 if tls else 1 << 20)
        self.tag = 0
        self.socket.recv(4096)
        self(f"LOGIN {contender.user(n)} {PASSWORD}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def __call__(self, command):
        """Sends a command and waits for its end; the last few kilobytes of the response."""
        self.tag += 1
        tag = b"t%d " % self.tag
        text = command if isinstance(command, bytes) else command.encode()
        self.socket.sendall(tag + text + b"\r\n")
        return self.until(tag)

    def until(self, tag):
        end = b""
        while True:
            n = self.socket.recv_into(self.buffer)
            if n == 0:
                raise ConnectionError("the server closed the connection: " + end.decode(errors="replace")[-300:])
            end = (end + bytes(self.buffer[max(0, n - 4096):n]))[-4096:]
            if end.endswith(b"\r\n"):
                last = end[end.rfind(b"\r\n", 0, -2) + 2 if b"\r\n" in end[:-2] else 0:]
                if last.startswith(tag):
                    if not last.startswith((tag + b"OK", b"+ ")):
                        raise RuntimeError("refused: " + last.decode(errors="replace"))
                    return end

    def timed(self, command):
        """How many seconds a command takes."""
        begun = time.perf_counter()
        self(command)
        return time.perf_counter() - begun

    def count(self, mailbox="INBOX"):
        """How many messages a mailbox has."""
        answer = self(f"STATUS {mailbox} (MESSAGES)")
        return int(answer.split(b"MESSAGES ")[1].split(b")")[0])

    def fill(self, messages):
        """The inbox has these messages, and no others that came in other rows."""
        if self.count():
            self("SELECT INBOX")
            self("STORE 1:* +FLAGS.SILENT (\\Deleted)")
            self("EXPUNGE")
        self.append(messages)

    def append(self, messages, mailbox="INBOX", at_once=100):
        """Appends messages, many with one command (RFC 3502)."""
        for at in range(0, len(messages), at_once):
            self.tag += 1
            line = b"t%d APPEND %s" % (self.tag, mailbox.encode())
            for message in messages[at:at + at_once]:
                self.socket.sendall(line + b" {%d}\r\n" % len(message))
                self.until(b"+ ")
                line = message
            self.socket.sendall(line + b"\r\n")
            self.until(b"t%d " % self.tag)
