"""The prover on the shipped profiles, beside the mere walk through their configurations."""

from collections.abc import Callable

from states.process import Process
from states.profile import SHIPPED, load
from states.prover import Proof, prove
from states.space import Space
from tests.bench.figure import Figure, Line, Target, german
from tests.bench.scale import Scale
from tests.bench.timing import interleaved, tell

GROUP = "Der Beweis"
MOST_MS = 150


def measure(_folder: object, scale: Scale) -> list[Line]:
    """Prove each profile in turn, the base process most often."""
    tell("proof")
    processes = {name: load(name).process for name in SHIPPED}
    proofs: dict[str, Proof] = {}
    contenders = {name: _proving(name, process, proofs) for name, process in processes.items()}
    contenders["walk"] = _walking(processes["default"])
    timing = interleaved(contenders, scale.proofs)
    lines: list[Line] = []
    for name, proof in proofs.items():
        note = f"{german(proof.configurations)} Lagen, {german(proof.moves)} Züge"
        base = name == "default"
        lines.append(
            Figure(
                GROUP, f"Profil {name}", timing.each(name) * 1e3, "ms",
                timing.each("walk") * 1e3 if base else timing.each("default") * 1e3,
                "nur durchlaufen" if base else "das Grundprofil",
                timing.costs(name, "walk" if base else "default"),
                Target("≤", MOST_MS, of_value=True) if base else None, note,
            )
        )  # fmt: skip
    return lines


def _proving(name: str, process: Process, proofs: dict[str, Proof]) -> Callable[[], int]:
    def contender() -> int:
        proofs[name] = prove(process)
        return 1

    return contender


def _walking(process: Process) -> Callable[[], int]:
    def contender() -> int:
        Space(process).explore()
        return 1

    return contender
