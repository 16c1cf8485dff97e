"""The steps of a run in words: which criterion a statement counts, for the time and rows that it takes."""

from __future__ import annotations

from dataclasses import dataclass

from datacapture.engine.catalogue import Library
from datacapture.engine.compiler import Compiler, RunPlan
from datacapture.engine.grammar import Event
from datacapture.engine.prose import Language, Writer
from datacapture.engine.prose_words import WORDS


@dataclass(frozen=True)
class Explained:
    """A plan of one indicator with the words of its steps, by language and step name."""

    plan: RunPlan
    words: dict[Language, dict[str, str]]

    def of(self, step: str, language: Language) -> str:
        return self.words[language].get(step, step)


def explained_run(library: Library, code: str) -> Explained:
    """The plan that counts an indicator, and what each of its statements does in Danish and English."""
    compiler = Compiler(library)
    plan = compiler.run([code])
    languages: tuple[Language, ...] = ("da", "en")
    return Explained(plan, {language: _words(compiler, library, code, language) for language in languages})


def _words(compiler: Compiler, library: Library, code: str, language: Language) -> dict[str, str]:
    indicator = library.indicators[code]
    writer = Writer(library, language, library.indicators[indicator.of] if indicator.of else indicator)
    words = WORDS[language]
    keys = {table: key for key, table in compiler.tables.items()}
    told = {}
    for step in compiler.plan.setup:
        key = keys.get(step.name.partition(" ")[0])
        prepared = words.get(f"step.{step.name}") or words["step.prepared"].format(name=step.name)
        told[step.name] = _criterion(writer, key) if key else prepared
    for name in compiler.plan.indicators:
        told[name] = words["step.cases"].format(name=getattr(library.indicators[name], language))
    return told


def _criterion(writer: Writer, key: tuple[str, ...]) -> str:
    """What the table of a clause holds; key: as the compiler keeps it, the clause's canonical text last."""
    kind = key[0]
    if kind == "v":
        return writer.say("step.v")
    event = Event.model_validate_json(key[-1])
    if kind in ("c", "n"):
        return writer.say(f"step.{kind}", what=writer.event(event).item(True))
    return writer.say("step.near" if key[1] == "near" else f"step.{kind}", what=writer.many(event).rstrip(","))
