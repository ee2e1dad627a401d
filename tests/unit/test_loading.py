"""Long-running commands are loaded without a look for garbage, and look for it afterwards."""

import gc

import pytest

from aftersales.cli import _loaded
from aftersales.lifeline import Lifeline


def test_garbage_is_looked_for_again_once_all_is_loaded() -> None:
    frozen = gc.get_freeze_count()
    assert _loaded("aftersales.lifeline:Lifeline") is Lifeline
    assert gc.isenabled()
    assert gc.get_freeze_count() >= frozen


def test_also_when_there_is_no_such_thing() -> None:
    with pytest.raises(ModuleNotFoundError):
        _loaded("aftersales.nowhere:run")
    assert gc.isenabled()
