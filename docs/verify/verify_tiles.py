# ruff: noqa: D103, INP001, PLR2004, S603, T201 - one script to be read whole and run anywhere
"""Prüft einen Export ohne Lotses Code, mit python3 verify_tiles.py ORDNER SCHLUESSELDATEI.

Rechnet aus den Einträgen jede Kachel und die Wurzel neu aus, vergleicht sie mit Dateien und Prüfpunkt und
lässt openssl dessen Unterschrift prüfen; endet mit 0, wenn alles stimmt. Formate: C2SP, RFC 6962, LTS1.
"""

import base64
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path


def check(condition: bool, message: str) -> None:
    if not condition:
        sys.exit(f"FEHLER: {message}")


def tiles(folder: Path, level: str, count: int) -> Iterator[tuple[int, bytes]]:
    for number in range((count + 255) // 256):
        *above, last = f"{number:,}".split(",")
        width = min(256, count - 256 * number)
        name = "/".join([*(f"x{part:0>3}" for part in above), f"{last:0>3}"]) + f".p/{width}" * (width < 256)
        yield width, (folder / "tile" / level / name).read_bytes()


def root_of(level: list[bytes]) -> bytes:
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        level = [sha256(b"\1" + a + b).digest() for a, b in pairs] + level[len(level) & ~1 :]
    return level[0] if level else sha256().digest()


def opened(note: bytes, vkey: str) -> str:
    name, key_hash, encoded = vkey.split("+", 2)
    key = base64.b64decode(encoded, validate=True)
    known = sha256(name.encode() + b"\n" + key).digest()[:4].hex() == key_hash
    check(known and len(key) == 33 and key[0] == 1, "kein Ed25519-Schlüssel mit seiner Kennung")
    text, block = note.decode().rsplit("\n\n", 1)
    mine = [line.split(" ")[2] for line in block.splitlines() if line.startswith(f"— {name} ")]
    check(len(mine) == 1 and text.split("\n")[0] == name, "keine Unterschrift dieses Protokolls")
    signature = base64.b64decode(mine[0], validate=True)
    check(signature[:4].hex() == key_hash, "Unterschrift mit einem anderen Schlüssel")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "key").write_bytes(bytes.fromhex("302a300506032b6570032100") + key[1:])
        Path(folder, "text").write_bytes(f"{text}\n".encode())
        Path(folder, "sig").write_bytes(signature[4:])
        command = "openssl pkeyutl -verify -pubin -keyform DER -inkey key -rawin -in text -sigfile sig"
        run = subprocess.run(command.split(), cwd=folder, capture_output=True, check=False)
    check(run.returncode == 0, "die Unterschrift des Prüfpunkts ist ungültig")
    return text


def main(folder: Path, vkey: str) -> None:
    origin, size, root = opened((folder / "checkpoint").read_bytes(), vkey).split("\n")[:3]
    time, level, hashes = 0, 0, []
    for width, bundle in tiles(folder, "entries", int(size)):
        check(len(bundle) == width * 186, f"nach Eintrag {len(hashes)}: Bündel mit falscher Länge")
        for leaf in (bundle[at : at + 186] for at in range(0, len(bundle), 186)):
            seq, last, time = int.from_bytes(leaf[10:18]), time, int.from_bytes(leaf[18:26])
            expected = leaf[:7] == b"\0\xb8LTS1\1" and leaf[26:58] == sha256(origin.encode()).digest()
            check(expected and seq == len(hashes) and time >= last, f"Eintrag {len(hashes)}")
            hashes.append(sha256(b"\0" + leaf[2:]).digest())
    check(base64.b64encode(root_of(hashes)).decode() == root, "die Wurzel ist nicht die unterschriebene")
    while hashes:
        stored = b"".join(tile for _, tile in tiles(folder, str(level), len(hashes)))
        check(stored == b"".join(hashes), f"Kacheln der Ebene {level}")
        level, hashes = level + 1, [root_of(hashes[at : at + 256]) for at in range(0, len(hashes) - 255, 256)]
    print(f"Protokoll unverändert: {size} Einträge, Wurzel {root}")


if __name__ == "__main__":
    check(len(sys.argv) == 3, "Aufruf: python3 verify_tiles.py ORDNER SCHLUESSELDATEI")
    try:
        main(Path(sys.argv[1]), Path(sys.argv[2]).read_text().strip())
    except (OSError, ValueError, IndexError) as error:
        sys.exit(f"FEHLER: {error}")
