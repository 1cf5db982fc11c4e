# ruff: noqa: D103, INP001, PLR2004, S603, T201 - one script to be read whole and run anywhere
"""Prüft den Nachweis eines Eintrags ohne Protokoll und ohne Lotse: python3 verify_proof.py DATEI SCHLUESSELDATEI.

Rechnet vom Eintrag, der im Nachweis steht, zur Wurzel des Prüfpunkts und lässt openssl dessen Unterschrift
prüfen; endet mit 0, wenn beides stimmt. Formate: C2SP tlog-proof und signed-note, RFC 6962, LTS1.
"""

import base64
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path


def check(condition: bool, message: str) -> None:
    if not condition:
        sys.exit(f"FEHLER: {message}")


def opened(note: bytes, vkey: str) -> str:
    name, key_hash, encoded = vkey.split("+", 2)
    key = base64.b64decode(encoded, validate=True)
    check(len(key) == 33 and key[0] == 1, "kein Ed25519-Schlüssel")
    check(sha256(name.encode() + b"\n" + key).digest()[:4].hex() == key_hash, "Kennung des Schlüssels")
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


def climbed(node: bytes, index: int, last: int, siblings: list[bytes]) -> bytes:
    """Der Weg vom Blatt zur Wurzel (RFC 9162, 2.1.3.2): wer rechts am Rand steht, hat nur linke Nachbarn."""
    for sibling in siblings:
        check(last > 0, "der Nachweis ist zu lang")
        if index & 1 or index == last:
            node = sha256(b"\1" + sibling + node).digest()
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            node = sha256(b"\1" + node + sibling).digest()
        index, last = index >> 1, last >> 1
    check(last == 0, "der Nachweis ist zu kurz")
    return node


def main(content: bytes, vkey: str) -> None:
    head, _, note = content.partition(b"\n\n")
    header, extra, place, *lines = head.decode("ascii").split("\n")
    expected = header == "c2sp.org/tlog-proof@v1" and extra[:6] == "extra " and place[:6] == "index "
    check(expected and place[6:].isdecimal(), "Form")
    leaf, index = base64.b64decode(extra[6:], validate=True), int(place[6:])
    siblings = [base64.b64decode(line, validate=True) for line in lines]
    check(len(leaf) == 184 and {len(each) for each in siblings} <= {32}, "Länge des Eintrags oder Nachweises")
    origin, size, root = opened(note, vkey).split("\n")[:3]
    check(0 <= index < int(size), "der Eintrag liegt nicht unter dem Prüfpunkt")
    found = climbed(sha256(b"\0" + leaf).digest(), index, int(size) - 1, siblings)
    check(base64.b64encode(found).decode() == root, "der Eintrag stand nicht im unterschriebenen Protokoll")
    expected = leaf[:5] == b"LTS1\1" and leaf[24:56] == sha256(origin.encode()).digest()
    check(expected and int.from_bytes(leaf[8:16]) == index, "der Eintrag gehört nicht an diese Stelle")
    time = datetime.fromtimestamp(int.from_bytes(leaf[16:24]) / 1000, UTC)
    print(f"Eintrag {index} vom {time:%d.%m.%Y, %H:%M:%S} UTC stand unter den {size} Einträgen von {origin}")


if __name__ == "__main__":
    check(len(sys.argv) == 3, "Aufruf: python3 verify_proof.py NACHWEIS SCHLUESSELDATEI")
    try:
        main(Path(sys.argv[1]).read_bytes(), Path(sys.argv[2]).read_text().strip())
    except (OSError, ValueError, IndexError) as error:
        sys.exit(f"FEHLER: {error}")
