#!/usr/bin/env python3
"""Checks a .tlog-proof of onevisit with nothing but Python and openssl, after
docs/reference/verifying.md: the path from the leaf to the root of the head
(RFC 9162, 2.1.3.2), and the head's signature by one public key.

    check-proof.py FILE.tlog-proof KEY.pem [PAPER]

KEY.pem is what `onevisit key export-public ID --format pem` writes. With PAPER,
the file's hash is held against the one that the proof names. A second, short
program by which the format's description can be tried; it knows no revocations.
"""
import base64, hashlib, json, os, subprocess, sys, tempfile


def fail(text):
    print(text)
    sys.exit(1)


def hash_of(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def verify(pem, message, signature, sm2):
    with tempfile.TemporaryDirectory() as d:
        names = [os.path.join(d, n) for n in ("message", "signature")]
        for name, content in zip(names, (message, signature)):
            with open(name, "wb") as f:
                f.write(content)
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", pem, "-rawin", "-in", names[0], "-sigfile", names[1]]
        if sm2:
            command += ["-digest", "sm3", "-pkeyopt", "distid:1234567812345678"]
        return subprocess.run(command, capture_output=True).returncode == 0


def main(proof, pem, paper=None):
    with open(proof, "rb") as f:
        top, note = f.read().split(b"\n\n", 1)
    lines = top.decode().split("\n")
    if lines[0] != "c2sp.org/tlog-proof@v1":
        fail("not a proof")
    extra = json.loads(base64.b64decode(lines[1].removeprefix("extra ")))
    index = int(lines[2].removeprefix("index "))
    path = [base64.b64decode(x, validate=True) for x in lines[3:]]

    head, signatures = note.split(b"\n\n", 1)
    origin, size, root = head.decode().split("\n")[:3]
    fn, sn = index, int(size) - 1
    r = hash_of(b"\x00", extra["leaf"].encode())
    for p in path:
        if sn == 0:
            fail("path too long")
        if fn & 1 or fn == sn:
            r = hash_of(b"\x01", p, r)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = hash_of(b"\x01", r, p)
        fn, sn = fn >> 1, sn >> 1
    if sn or base64.b64encode(r).decode() != root:
        fail("the path does not lead to the root")

    ok = False
    for line in signatures.decode().strip().split("\n"):
        dash, name, value = line.split(" ")
        if dash != "\u2014" or name != origin:
            fail("a signature line of something else")
        value = base64.b64decode(value)[4:]  # after the key's hash
        # Ed25519 signatures have 64 bytes, SM2 ones are DER and longer.
        ok = ok or verify(pem, head + b"\n", value, len(value) != 64)
    if not ok:
        fail("no signature of the head by this key")
    if paper:
        with open(paper, "rb") as f:
            if hashlib.sha256(f.read()).hexdigest() != extra["paper"]["sha256"]:
                fail("another paper")
        for s in extra["paper"]["signatures"]:
            text = "onevisit/paper@1\nname %s\nsha256 %s\nleaf %s\nat %s\n" % (
                extra["paper"]["name"], extra["paper"]["sha256"], base64.b64encode(hash_of(b"\x00", extra["leaf"].encode())).decode(), s["at"])
            if verify(pem, text.encode(), base64.b64decode(s["value"]), s["algorithm"] == "SM2"):
                break
        else:
            fail("no signature of the paper by this key")
    print("ok", index, "of", size)


main(*sys.argv[1:])
