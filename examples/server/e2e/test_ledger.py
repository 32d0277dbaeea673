"""Kill -9 at random points: what was acknowledged arrives, and arrives twice only where RFC 1047 leaves no choice.

`MAILWRIGHT_KILLS` sets the number of kills (default 6)."""

import base64
import os
import random
import socket
import threading
import time

from mailwright import PASSWORD, NameServer, Server, free_port, until

SUBMITTERS = 6
CONCURRENCY = 20  # of the server, to one destination


class Sink:
    """A mail server that takes everything, and notes each mail when it says 250 to it."""

    def __init__(self):
        self.taken = []  # (time, Message-ID)
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        try:
            with connection, connection.makefile("rb") as lines:
                connection.settimeout(60)
                connection.sendall(b"220 sink.test\r\n")
                for line in lines:
                    verb = line[:4].upper()
                    if verb == b"EHLO":
                        connection.sendall(b"250-sink.test\r\n250 PIPELINING\r\n")
                    elif verb == b"DATA":
                        connection.sendall(b"354 go on\r\n")
                        number = None
                        for line in lines:
                            if line == b".\r\n":
                                break
                            if line.startswith(b"Message-ID: "):
                                number = int(line.split(b"<")[1].split(b"@")[0])
                        else:
                            return
                        self.taken.append((time.monotonic(), number))
                        connection.sendall(b"250 taken\r\n")
                    else:
                        connection.sendall(b"250 ok\r\n")
                        if verb == b"QUIT":
                            return
        except OSError:
            pass


class Submitters:
    """People who send one mail after the other, whatever happens to the server; what was acknowledged is noted."""

    def __init__(self, port):
        self.port, self.acknowledged, self.refused, self.next, self.stop = port, [], [], 0, False
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.run, daemon=True) for _ in range(SUBMITTERS)]
        for thread in self.threads:
            thread.start()

    def run(self):
        while not self.stop:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 10) as s, s.makefile("rb") as replies:
                    login = base64.b64encode(b"\0alice@a.test\0" + PASSWORD.encode())
                    self.expect(replies)
                    s.sendall(b"EHLO client.test\r\n")
                    self.expect(replies)
                    s.sendall(b"AUTH PLAIN " + login + b"\r\n")
                    self.expect(replies)
                    while not self.stop:
                        self.submit(s, replies)
            except (OSError, EOFError):
                time.sleep(0.02)
            except AssertionError as e:
                self.refused.append(str(e))
                return

    def submit(self, s, replies):
        with self.lock:
            number, self.next = self.next, self.next + 1
        s.sendall(b"MAIL FROM:<alice@a.test>\r\nRCPT TO:<bob@b.test>\r\nDATA\r\n")
        for _ in range(3):
            self.expect(replies)
        body = (b"x" * 76 + b"\r\n") * random.choice([1, 40, 1300])
        s.sendall(b"From: alice@a.test\r\nMessage-ID: <%d@client.test>\r\n\r\n%s\r\n.\r\n" % (number, body))
        self.expect(replies)
        self.acknowledged.append(number)

    @staticmethod
    def expect(replies):
        while True:
            line = replies.readline()
            if not line.endswith(b"\n"):
                raise EOFError
            assert line[:1] in (b"2", b"3"), line
            if line[3:4] != b"-":
                return

    def end(self):
        self.stop = True
        for thread in self.threads:
            thread.join(20)


def test_nothing_acknowledged_is_lost_by_a_kill():
    kills = int(os.environ.get("MAILWRIGHT_KILLS", "6"))
    seed = int(os.environ.get("MAILWRIGHT_SEED", time.time_ns() % 1_000_000))
    random.seed(seed)
    sink, killed = Sink(), []
    with NameServer("b.test. A 127.0.0.1") as dns:
        delivery = f'port = {sink.port}\nretry = ["1s"]'
        server = Server("a.test", delivery=delivery, dns=dns.port, ports={"submission": free_port()})
        with server:
            submitters = Submitters(server.ports["submission"])
            for _ in range(kills):
                time.sleep(random.uniform(0.05, 0.9))
                killed.append(time.monotonic())
                server.kill()
                server.start()
            time.sleep(0.5)
            submitters.end()
            assert not submitters.refused, submitters.refused
            acknowledged = set(submitters.acknowledged)
            until("all that was acknowledged arrived",
                  lambda: acknowledged <= {number for _, number in list(sink.taken)}, 60)
            until("the queue is empty", lambda: server.command("queue", "list").strip() == "", 60)
    sink.listener.close()
    seen, twice, unexplained = {}, 0, []
    for when, number in sink.taken:
        if number in seen:
            twice += 1
            # The server was killed before it had noted that the first copy was taken; what it had sent by then may be
            # read a little later.
            if not any(abs(kill - seen[number]) < 1 and kill < when for kill in killed):
                unexplained.append(number)
        seen[number] = when
    print(f"ledger: seed {seed}, {kills} kills, {submitters.next} begun, {len(acknowledged)} acknowledged, "
          f"{len(acknowledged - seen.keys())} lost, {len(seen.keys() - acknowledged)} taken without word of it, "
          f"{twice} twice")
    assert acknowledged <= seen.keys()
    assert not unexplained, f"twice without a kill between: {unexplained[:10]}"
    assert twice <= kills * CONCURRENCY, twice
    assert acknowledged, "the submitters were at work"
