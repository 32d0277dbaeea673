"""Mail to fill mailboxes with: like what people get, each one different, all of one size."""

WORDS = """harbour meeting invoice garden quarterly report lantern winter schedule kitchen river project window
letter budget holiday station copper evening paper travel answer morning market bridge number music summer""".split()


def message(n, size=8192):
    """The message of this number. Every fifth begins a thread that the next four answer."""
    first = n - n % 5
    subject = f"{WORDS[first % len(WORDS)]} {WORDS[first * 7 % 31 % len(WORDS)]} {first}"
    references = " ".join(f"<{first + k}.mail@sender{(first + k) % 17}.example>" for k in range(n % 5))
    answers = f"In-Reply-To: {references.split()[-1]}\r\nReferences: {references}\r\n" if references else ""
    minute, hour, day = n % 60, n // 60 % 24, n // 1440 % 28 + 1
    head = (
        f"Return-Path: <user{n % 97}@sender{n % 17}.example>\r\n"
        f"Received: from mx{n % 7}.sender{n % 17}.example (mx{n % 7}.sender{n % 17}.example [192.0.2.{n % 250}])\r\n"
        f"\tby mail.bench.test with ESMTPS id {n:08x}\r\n"
        f"\tfor <reader@bench.test>; Tue, {day} Sep 2026 {hour:02}:{minute:02}:00 +0000\r\n"
        f"From: \"Sender {n % 97}\" <user{n % 97}@sender{n % 17}.example>\r\n"
        f"To: Reader <reader@bench.test>, list{n % 13}@lists.example\r\n"
        f"Cc: \"Other Reader\" <other{n % 11}@bench.test>\r\n"
        f"Subject: {'Re: ' if references else ''}{subject}\r\n"
        f"Date: Tue, {day} Sep 2026 {hour:02}:{minute:02}:00 +0200\r\n"
        f"Message-ID: <{n}.mail@sender{n % 17}.example>\r\n{answers}"
        f"MIME-Version: 1.0\r\n"
        f"Content-Type: multipart/alternative; boundary=\"=_{n:08x}\"\r\n\r\n"
    )
    line = " ".join(WORDS[(n * 5 + k * 11) % len(WORDS)] for k in range(9))
    text = f"--=_{n:08x}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    html = f"--=_{n:08x}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    end = f"--=_{n:08x}--\r\n"
    room = max(0, size - len(head) - len(text) - len(html) - len(end))
    body, half = f"{line}\r\n", room // 2
    plain = (body * (half // len(body) + 1))[:max(0, half - 2)] + "\r\n"
    marked = (f"<p>{line}</p>\r\n" * (half // len(body) + 1))[:max(0, room - half - 2)] + "\r\n"
    return (head + text + plain + html + marked + end).encode()
