"""One questionnaire out of several: modules set into their host, and only what the profession is asked."""

from __future__ import annotations

from collections.abc import Iterable

from surveys.questionnaire.schema import ALL, Questionnaire


def with_modules(host: Questionnaire, modules: Iterable[Questionnaire]) -> Questionnaire:
    """The host with each module's sections after the section it names. Raises ValueError for a module of another host."""
    placed = list(modules)
    for module in placed:
        if module.append_to is None or module.append_to.questionnaire != host.id:
            raise ValueError(f"{module.id} cannot be set into {host.id}")
    sections = [
        part
        for section in host.sections
        for part in (section, *(own for module in placed if _after(module) == section.id for own in module.sections))
    ]
    update = {
        "sections": tuple(sections),
        "dimensions": tuple(dimension for one in (host, *placed) for dimension in one.dimensions),
        "breaks": next((one.breaks for one in (host, *placed) if one.breaks), None),
        "estimated_minutes": sum(one.estimated_minutes for one in (host, *placed)),
    }
    return _rebuilt(host, **update)


def _after(module: Questionnaire) -> str:
    return module.append_to.after if module.append_to else ""


def for_profession(questionnaire: Questionnaire, profession: str) -> Questionnaire:
    """Without the dimensions, questions and sections of other professions. Raises ValueError where nothing is left."""
    if questionnaire.professions != ALL and profession not in questionnaire.professions:
        raise ValueError(f"{questionnaire.id} is not for {profession}")
    dimensions = tuple(one for one in questionnaire.dimensions if not one.professions or profession in one.professions)
    left = {code for one in dimensions for code in one.items}
    sections = tuple(
        section.model_copy(update={"items": items})
        for section in questionnaire.sections
        if (items := tuple(item for item in section.items if item.dimension is None or item.code in left))
    )
    return _rebuilt(questionnaire, dimensions=dimensions, sections=sections)


def _rebuilt(questionnaire: Questionnaire, **parts: object) -> Questionnaire:
    """The questionnaire with other parts. Not `model_copy`: that would take along what has been computed from the old ones."""
    fields = {name: getattr(questionnaire, name) for name in Questionnaire.model_fields}
    return Questionnaire.model_construct(**{**fields, **parts})
