"""The package docstring is the manual: its examples run, and it names every public function."""

import doctest
import importlib
import inspect
import pkgutil

import kip.stats

DOORS = {"arrays", "special"}  # internal: input and SciPy


def public_functions():
    for found in pkgutil.iter_modules(kip.stats.__path__):
        if found.name not in DOORS:
            module = importlib.import_module(f"kip.stats.{found.name}")
            for name, member in inspect.getmembers(module, inspect.isfunction):
                if member.__module__ == module.__name__ and not name.startswith("_"):
                    yield found.name, name, member


def test_every_example_of_the_package_runs():
    result = doctest.testmod(kip.stats)
    assert (result.failed, result.attempted > 60) == (0, True)


def test_every_public_function_stands_in_the_manual_with_an_example():
    missing = [f"{module}.{name}" for module, name, _ in public_functions() if f"{module}.{name}(" not in kip.stats.__doc__]
    assert missing == []


def test_every_public_function_is_documented():
    assert [f"{module}.{name}" for module, name, member in public_functions() if not member.__doc__] == []
