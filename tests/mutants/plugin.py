"""A pytest plugin that replaces a module by one of its mutants: `MUTANT=module:number`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

from tests.mutants.mutations import mutants_of


class _Loader(SourceFileLoader):
    """Loads a module with one change."""

    number = 0

    def get_code(self, fullname: str) -> CodeType:
        """Return the mutant's code."""
        tree = mutants_of(Path(self.path).read_text(encoding="utf-8"))[self.number].tree
        return compile(tree, self.path, "exec")


class Finder(MetaPathFinder):
    """Finds the mutant of one module, and no other module."""

    def __init__(self, module: str, number: int) -> None:
        self._module = module
        self._number = number

    def find_spec(
        self, name: str, path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where the mutant is loaded from."""
        if name != self._module:
            return None
        spec = PathFinder.find_spec(name, path)
        if spec is not None and spec.origin is not None:
            spec.loader = _Loader(name, spec.origin)
            spec.loader.number = self._number
        return spec


if named := os.environ.get("MUTANT"):
    _module, _, _number = named.rpartition(":")
    sys.meta_path.insert(0, Finder(_module, int(_number)))
