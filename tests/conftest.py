"""How hard property tests try; `pytest --hypothesis-profile=thorough` tries much harder."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("quick", max_examples=40)
settings.register_profile("thorough", max_examples=1_000, deadline=None)
settings.load_profile("quick")
